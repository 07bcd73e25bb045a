/* Sets of model rules in one canonical order: what the meet of allow and deny lists is made of. */
#pragma once

#include "api/types/gateway_rules.h"

struct arena;

/* A model as the rules see it: the provider and its name there, and what clients call it. */
struct model_identity {
    struct text provider; /* empty: not known, matches only patterns for any provider */
    struct text model;    /* empty: not known, the name stands for it */
    struct text name;
};

/* A closed set looks at what the provider will be asked for: whoever writes routes could otherwise give a
 * forbidden model an allowed name. A denial looks at both names. The gateway decides by the same two rules.
 */
bool model_rule_covers(const struct model_rule *closed_set, const struct model_identity *model);
bool model_rule_denies(const struct model_rule *denial, const struct model_identity *model);

void model_rules_add(struct arena *arena, struct model_rule_list *rules, struct model_pattern_list patterns,
                     struct rule_source from);
/* Every rule of either, none twice, in canonical order. Neither list is changed. */
struct model_rule_list
model_rules_union(struct arena *arena, const struct model_rule_list *a, const struct model_rule_list *b);
/* Every rule of `few` is among `many`, whoever set it. */
bool model_rules_include(const struct model_rule_list *many, const struct model_rule_list *few);
bool model_rules_equal(const struct model_rule_list *a, const struct model_rule_list *b);
