/* May this model be called: closed sets (it must be in each), then denials (it may be in none). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "api/types/gateway_config.h"
#include "api/types/model_rule_match.h"

struct arena;

struct model_verdict {
    bool allowed;
    bool is_denied;                  /* refused by a denial; otherwise it is missing from a closed set */
    const struct model_rule *rule;   /* refused: by which */
    const struct model_rule *shadow; /* the first rule in Shadow mode that would have refused, or NULL */
};

struct model_verdict
model_rules_decide(const struct gateway_config *config, const struct model_identity *model);
/* A model of the config as a whole: allowed when any of its targets is; else the verdict on the first. A
 * model whose targets only lack something is allowed: why it cannot be called is another question. */
struct model_verdict
model_rules_decide_model(const struct gateway_config *config, const struct gateway_model *model);
/* A name clients ask for: the model of the config with that name, or a stranger. *out_model NULL for a
 * stranger. */
struct model_verdict model_rules_decide_name(const struct gateway_config *config, struct text name,
                                             const struct gateway_model **out_model);
/* Whether one target of a model may be used. */
bool model_rules_allow_target(const struct gateway_config *config, const struct gateway_model *model,
                              const struct gateway_target *target);
/* "echo, gpt-4.1-mini": names of the config's models that can be called and are allowed, at most max_names,
 * then "and 12 more".
 */
struct text
model_rules_list_allowed(struct arena *arena, const struct gateway_config *config, size_t max_names);
