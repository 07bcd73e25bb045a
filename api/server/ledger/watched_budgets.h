/* Which budgets have thresholds that people are told of, as the book of a revision has them: kept here, so
 * that who settles what was charged to any other asks nothing more. Whoever decides by it holds its revision
 * against the book's in the same transaction. For api/server/ledger/ledger_*.c only. */
#pragma once

#include "api/server/ledger/ledger_parts.h"

struct watched_budgets;

/* Nothing is known yet. Until the arena ends. */
struct watched_budgets *watched_budgets_new(struct arena *arena);
/* Two statements. */
void watched_budgets_add_read(struct sql_work *work);
/* What they answered, instead of what was known. */
MUST_CHECK bool
watched_budgets_take(struct watched_budgets *watched, const struct sql_result *results, struct error *err);
bool watched_budgets_is_known(const struct watched_budgets *watched);
/* Of the book; lives until the next watched_budgets_take. */
struct text watched_budgets_revision(const struct watched_budgets *watched);
bool watched_budgets_has(const struct watched_budgets *watched, struct text budget);
