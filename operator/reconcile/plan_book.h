/* The book that plans come to: every budget of every environment, each once, and every limit that the
 * replicas of an environment's gateway share. It is what the ledger lends by. */
#pragma once

#include "api/types/budget_book.h"
#include "operator/reconcile/plan.h"

/* What plans declare. While a looser amount waits in one environment it waits in all: they draw from one
 * account. */
struct plan_shares {
    struct gateway_budget_list enforced, shadow; /* budgets */
    struct shared_limit_list limits;             /* that gateways enforce */
};

/* Of held environments too, as far as their objects are known. Refers to the plan. */
struct plan_shares plan_shares_of(struct arena *arena, const struct plan *plan);
/* Of several plans, of no common environment, as if they were one; refers to all of them. */
struct plan_shares plan_shares_join(struct arena *arena, const struct plan_shares *parts, size_t count);
/* Refers to nothing else. */
struct plan_shares plan_shares_copy(struct arena *arena, const struct plan_shares *shares);
bool plan_shares_equal(const struct plan_shares *a, const struct plan_shares *b);

/* Its revision is a digest of what is in it: where budgets are written is not in it. keep: the budgets of an
 * earlier book that stay although nobody declares them any more, because gateways may still run a config that
 * has them; NULL: none. Refers to both. */
struct budget_book *
plan_book(struct arena *arena, const struct plan_shares *shares, const struct budget_book *keep);
/* Which workspaces there are, in any order; whole: these are all. Adds them to the book, and to its revision.
 * Refers to the names. */
void plan_book_set_workspaces(struct arena *arena, struct budget_book *book,
                              const struct text_list *workspaces, bool is_whole);
/* Whether the book has budgets that nobody declares. */
bool plan_book_is_wider(const struct budget_book *book, const struct plan_shares *shares);
