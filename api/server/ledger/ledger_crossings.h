/* The part of what is settled that people are told of: an account that has reached a threshold of its budget
 * is an alert, written in the transaction that settles what reached it. Once for each account and threshold,
 * whoever settles how often: an account is of one window. With it goes whom to tell (ledger_deliveries.h).
 * For api/server/ledger/ledger_*.c only.
 *
 * Reached is what settled says, leases of gateways that are gone included, for that is what is shown as
 * spent. It is looked at when something is settled: who adds a threshold that was passed, or lowers the
 * amount, is told with the next record of that account, so of a window that is over only if one comes late.
 */
#pragma once

#include "api/server/ledger/budget_account.h"
#include "api/server/ledger/ledger_parts.h"

struct budget_book;

struct watched_budgets;

/* The statements of one work, by number. */
struct crossings {
    const struct watched_budgets *watched;
    size_t *numbers;
    size_t count;
};

/* Room for so many accounts. */
struct crossings crossings_new(struct arena *arena, const struct watched_budgets *watched, size_t most);
/* Behind what is settled of the account in this work, whose row it has changed: so no other work is at it.
 * Nothing when its budget is not watched. now_ms: when. */
void crossings_add(struct crossings *crossings, struct sql_work *work, const struct budget_account *account,
                   int64_t now_ms);
/* How many alerts that was; results of that work. */
int64_t crossings_made(const struct crossings *crossings, const struct sql_result *results);
/* Of the work that puts a book in force: its thresholds and webhooks, and no others. */
void crossings_add_book(struct sql_work *work, const struct budget_book *book);
