/* Is a model kept out by closed sets and denials, and by which one: the one decision that operator, gateways
 * and explanations share. Pure; what follows from it is theirs. */
#pragma once

#include "api/types/gateway_rules.h"

/* A model as the rules see it: the provider and its name there, and what clients call it. */
struct model_identity {
    struct text provider; /* up to a slash; empty: not known, matched only by patterns for any provider */
    struct text model;    /* empty: not known, the name stands for it */
    struct text name;
};

struct model_refusal {
    const struct model_rule *rule; /* NULL: the model passes */
    bool is_denied;                /* by a denial; otherwise it is missing from a closed set */
};

/* The first denial of this mode that has the model, or else the first closed set of this mode without it.
 *
 * A closed set looks at what the provider will be asked for: whoever writes routes could otherwise give a
 * forbidden model an allowed name. A denial looks at both names. */
struct model_refusal
model_rules_find_refusal(const struct model_rule_list *allow, const struct model_rule_list *deny,
                         enum policy_mode mode, const struct model_identity *model);
