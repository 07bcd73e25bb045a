/* Sets of model rules in one canonical order: what the meet of allow and deny lists is made of. */
#pragma once

#include "api/types/gateway_rules.h"

struct arena;

void model_rules_add(struct arena *arena, struct model_rule_list *rules, struct model_pattern_list patterns,
                     struct rule_source from);
/* Every rule of either, none twice, in canonical order. Neither list is changed. */
struct model_rule_list
model_rules_union(struct arena *arena, const struct model_rule_list *a, const struct model_rule_list *b);
/* Whatever passes all closed sets of `narrow` passes all of `wide`: each of these has one of those within it.
 * Pattern by pattern, so it may say false of sets that only together are narrower. */
bool closed_sets_are_within(const struct model_rule_list *narrow, const struct model_rule_list *wide);
/* Whatever `few` denies `many` denies too, pattern by pattern. */
bool denials_cover(const struct model_rule_list *many, const struct model_rule_list *few);
/* One of the closed sets lies within this one. */
bool closed_sets_have_within(const struct model_rule_list *closed_sets, const struct model_rule *wide);
/* Each pattern of the denial is covered by some denial of the list. */
bool denials_cover_one(const struct model_rule_list *denials, const struct model_rule *one);
bool model_rules_equal(const struct model_rule_list *a, const struct model_rule_list *b);
