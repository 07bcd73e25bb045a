/* Values as people read them. For operator/reconcile only. */
#pragma once

#include "operator/reconcile/effective_policy.h"

/* 80,000 */
struct text explain_number(struct arena *arena, int64_t number);
#define EXPLAINED_NUMBERS (LIMIT_SCOPE_COUNT * LIMIT_UNIT_COUNT + 3)

/* One number of constraints under the name it is explained by. */
struct explained_number {
    struct text name; /* limits[caller].tokensPerMinute */
    struct merged_number number;
    bool is_duration;
};

/* All of them, in the same order for any constraints; amounts may be FIELD_UNSET. */
void
explain_numbers(const struct merged_constraints *constraints, struct explained_number out[EXPLAINED_NUMBERS]);
/* Whether gateways record what a Shadow policy's number would have refused: limits, not yet maxima and
 * timeouts. */
bool explain_is_recorded(const struct explained_number *number);
struct text explain_amount(struct arena *arena, const struct explained_number *number);
/* budgets[environment].Month.amount */
struct text explain_budget_name(struct arena *arena, const struct gateway_budget *budget);
/* $9,000.00 by the clocks of Europe/Berlin, only counted */
struct text explain_budget(struct arena *arena, const struct gateway_budget *budget);
/* gpt-4.1-mini, anthropic/claude-* */
struct text explain_patterns(struct arena *arena, const struct model_pattern_list *patterns);
/* A closed set that came from providers.allow: any model of some providers. */
bool explain_is_provider_rule(const struct model_rule *rule);
/* The patterns that all closed sets leave together, as few as possible. */
struct text_list explain_intersection(struct arena *arena, const struct model_rule_list *closed_sets);
/* "hardening" of "demo-prod/hardening". */
struct text explain_short_name(struct text title);
/* "free", or "input 0.15, output 0.60 USD per million, other prices above 200,000 tokens". */
struct text explain_price(struct arena *arena, const struct model_price *price);
