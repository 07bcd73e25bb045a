/* Sets of model rules in one canonical order: what the meet of allow and deny lists is made of. */
#pragma once

#include "api/types/gateway_rules.h"

struct arena;

void model_rules_add(struct arena *arena, struct model_rule_list *rules, struct model_pattern_list patterns,
                     struct rule_source from);
/* Every rule of either, none twice, in canonical order. Neither list is changed. */
struct model_rule_list
model_rules_union(struct arena *arena, const struct model_rule_list *a, const struct model_rule_list *b);
/* Every rule of `few` is among `many`, whoever set it. */
bool model_rules_include(const struct model_rule_list *many, const struct model_rule_list *few);
bool model_rules_equal(const struct model_rule_list *a, const struct model_rule_list *b);
