/* Values as people read them. For operator/reconcile/explain_*.c only. */
#pragma once

#include "operator/reconcile/effective_policy.h"

/* 80,000 */
struct text explain_number(struct arena *arena, int64_t number);
/* gpt-4.1-mini, anthropic/claude-* */
struct text explain_patterns(struct arena *arena, const struct model_pattern_list *patterns);
/* A closed set that came from providers.allow: any model of some providers. */
bool explain_is_provider_rule(const struct model_rule *rule);
/* The patterns that all closed sets leave together, as few as possible. */
struct text_list explain_intersection(struct arena *arena, const struct model_rule_list *closed_sets);
/* "hardening" of "demo-prod/hardening". */
struct text explain_short_name(struct text title);
