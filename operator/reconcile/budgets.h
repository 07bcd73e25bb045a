/* Budgets of policies, workspaces and environments as gateways and the ledger have them.
 *
 * They are never merged: each budget written anywhere is one of the list, with an id that stays the same
 * whatever its amount becomes. One that gives an amount and tokens is two, and
 * each that slows calls has a pace beside it. */
#pragma once

#include "api/types/gateway_budget.h"
#include "operator/reconcile/levels.h"

/* Lists are ordered by id and have each id once. Texts are those of the objects. */
struct gateway_budget_list budgets_of_policy(struct arena *arena, const struct applied_policy *applied);
/* The workspace's own, and the environment's own. */
struct gateway_budget_list budgets_of_workspace(struct arena *arena, const struct workspace *workspace,
                                                const struct workspace_environment *environment);
/* Of two with the same id the stricter one, whatever the order: that is one budget as two environments have
 * it, or as it was and as it is to be. */
struct gateway_budget_list
budgets_union(struct arena *arena, const struct gateway_budget_list *a, const struct gateway_budget_list *b);
/* Whatever `a` lets through `b` lets through too. What is only counted (Alert) keeps nothing out. */
bool budgets_are_within(const struct gateway_budget_list *a, const struct gateway_budget_list *b);
/* Whether what comes after a budget lets through no more than it did. */
bool budgets_keep(const struct gateway_budget_list *after, const struct gateway_budget *before);
/* Refers to nothing else; where they are written is not kept. */
struct gateway_budget_list budgets_copy(struct arena *arena, const struct gateway_budget_list *budgets);
bool budgets_equal(const struct gateway_budget_list *a, const struct gateway_budget_list *b);
/* NULL when there is none of that id. */
const struct gateway_budget *budgets_find(const struct gateway_budget_list *budgets, struct text id);
