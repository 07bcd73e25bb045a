/* The meet of constraints: whatever any policy forbids stays forbidden, in whatever order policies are read.
 *
 * constraints_meet is commutative, associative and idempotent, and a meet is never wider than either side.
 * Every value keeps who set it. Enforced and Shadow constraints are two values that never meet. */
#pragma once

#include "api/types/model_rule_match.h"
#include "operator/reconcile/budgets.h"
#include "operator/reconcile/levels.h"
#include "operator/reconcile/model_rules.h"

#define LIMIT_SCOPE_COUNT 2 /* Environment, Caller */
#define LIMIT_UNIT_COUNT 3  /* RequestsPerMinute, TokensPerMinute, Concurrency */

struct merged_number {
    int64_t amount; /* FIELD_UNSET: nobody set one */
    enum policy_level level;
    struct rule_source from;
};

struct merged_constraints {
    struct model_rule_list allow; /* closed sets: a model must be in each; canonical order, no doubles */
    struct model_rule_list deny;
    struct merged_number limits[LIMIT_SCOPE_COUNT][LIMIT_UNIT_COUNT];
    struct merged_number max_input_tokens;
    struct merged_number max_output_tokens;
    enum over_maximum max_output_over; /* Refuse is stricter */
    struct merged_number request_timeout_ms;
    struct gateway_budget_list budgets; /* all there are, by id: see budgets.h */
};

/* Constrains nothing: the neutral element. */
struct merged_constraints constraints_none(void);
struct merged_constraints constraints_of(struct arena *arena, const struct applied_policy *applied);
struct merged_constraints
constraints_meet(struct arena *arena, const struct merged_constraints *a, const struct merged_constraints *b);
/* The meet of all policies of one mode. */
struct merged_constraints
constraints_of_all(struct arena *arena, const struct applied_policy_list *policies, enum policy_mode mode);
/* Whatever `a` lets through `b` lets through too, sources aside. Sufficient: it may say false of sets that
 * are included in each other for a reason that only their patterns know. */
bool constraints_are_within(const struct merged_constraints *a, const struct merged_constraints *b);
bool constraints_equal(const struct merged_constraints *a, const struct merged_constraints *b);

/* The enforced rule that keeps the model out, or NULL. What is only Shadow keeps nothing out. */
const struct model_rule *
constraints_find_refusal(const struct merged_constraints *constraints, const struct model_identity *model);
