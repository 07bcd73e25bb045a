/* May this model be called: closed sets (it must be in each), then denials (it may be in none). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "api/types/gateway_config.h"

struct arena;

/* What patterns are held against: a pattern's provider glob against provider, its name glob against name and
 * provider_model. An empty provider (model not known to the config) is matched by "*" only. */
struct model_candidate {
    struct text provider;
    struct text name;           /* what clients call it */
    struct text provider_model; /* what the provider calls it; may be empty */
};

struct model_verdict {
    bool allowed;
    bool is_denied;                  /* refused by a denial; otherwise it is missing from a closed set */
    const struct model_rule *rule;   /* refused: by which */
    const struct model_rule *shadow; /* the first rule in Shadow mode that would have refused, or NULL */
};

struct model_verdict
model_rules_decide(const struct gateway_config *config, const struct model_candidate *candidate);
/* A model of the config as a whole: allowed when any of its targets is; else the verdict on the first. */
struct model_verdict
model_rules_decide_model(const struct gateway_config *config, const struct gateway_model *model);
/* A name clients ask for: the model of the config with that name, or a stranger. *out_model NULL for a
 * stranger. */
struct model_verdict model_rules_decide_name(const struct gateway_config *config, struct text name,
                                             const struct gateway_model **out_model);
/* Whether one target of a model may be used. */
bool model_rules_allow_target(const struct gateway_config *config, const struct gateway_model *model,
                              const struct gateway_target *target);
/* "echo, gpt-4.1-mini": names of the config's models that are allowed, at most max_names, then "and 12 more".
 */
struct text
model_rules_list_allowed(struct arena *arena, const struct gateway_config *config, size_t max_names);
