/* A charge is covered by its lease as far as that is open; what is beyond it is settled without. */
#include "api/server/ledger/ledger_charges.h"

/* $1 lease, $2 amount, $3 to $5 account, $6 journal. */
/* clang-format off */
#define COVERED "(CASE WHEN lease.amount - lease.charged < $2 THEN lease.amount - lease.charged ELSE $2 END)"
#define IS_IT "lease.id = $1 AND lease.budget = $3 AND lease.owner = $4 AND lease.window_id = $5 AND lease.journal = $6"
/* clang-format on */

/* The open part of an orphan is settled already. settled and unheld end at 2^62, so that no claim, however
 * wild, ends in an overflow that holds up every batch behind it. */
static const char settle[] =
    "INSERT INTO account (budget, owner, window_id, settled, leased, unheld) VALUES ($3, $4, $5, $2, 0, $2) "
    "ON CONFLICT (budget, window_id, owner) DO UPDATE SET "
    "settled = CASE WHEN account.settled > 4611686018427387904 - $2 THEN 4611686018427387904 "
    "ELSE account.settled + $2 - coalesce((SELECT " COVERED " FROM lease WHERE " IS_IT
    " AND lease.state = 2), 0) END, "
    "leased = account.leased - coalesce((SELECT " COVERED " FROM lease WHERE " IS_IT
    " AND lease.state <> 2), 0), "
    "unheld = CASE WHEN account.unheld > 4611686018427387904 - $2 THEN 4611686018427387904 "
    "ELSE account.unheld + $2 - coalesce((SELECT " COVERED " FROM lease WHERE " IS_IT "), 0) END";
static const char charge[] = "UPDATE lease SET charged = charged + " COVERED " WHERE " IS_IT;

static bool is_same_account(const struct budget_account *one, const struct budget_account *other);

void
ledger_charges_add_reads(struct sql_work *work, const struct usage_batch *batch)
{
    for (size_t i = 0; i < batch->charges.leased_count; i++)
        ledger_leases_add_read(work, batch->charges.leased[i]->lease);
}

bool
ledger_charges_check(const struct usage_batch *batch, const struct sql_result *results, struct error *err)
{
    for (size_t i = 0; i < batch->charges.leased_count; i++) {
        const struct charge_sum *sum = batch->charges.leased[i];
        struct lease_identity lease;
        if (!ledger_leases_take(&results[i], &lease, err))
            return false;
        if (text_is_empty(lease.journal))
            continue;
        if (!text_equals(lease.journal, batch->origin.journal) ||
            !is_same_account(&lease.account, &sum->account))
            return error_set(err, ERROR_DENIED,
                             "records are charged to lease %.*s, which was not lent to this journal for "
                             "budget %.*s: nothing of the batch is kept",
                             TEXT_ARG(sum->lease), TEXT_ARG(sum->account.budget));
    }
    return true;
}

size_t
ledger_charges_add(struct sql_work *work, const struct usage_batch *batch, struct crossings *crossings)
{
    const struct charge_sums *sums = &batch->charges;
    size_t first = 0;
    for (size_t i = 0; i < sums->leased_count; i++) {
        size_t number = ledger_leases_add_lock(work, sums->leased[i]->lease, batch->origin.journal);
        first = i == 0 ? number : first;
    }
    for (size_t i = 0; i < sums->count; i++) {
        const struct charge_sum *sum = &sums->items[i];
        const struct budget_account *account = &sum->account;
        const struct sql_value params[] = {sql_text(sum->lease),      sql_int(sum->amount),
                                           sql_text(account->budget), sql_text(account->owner),
                                           sql_text(account->window), sql_text(batch->origin.journal)};
        sql_work_add(work, settle, params, COUNT_OF(params));
        if (!text_is_empty(sum->lease))
            sql_work_add(work, charge, params, COUNT_OF(params));
        if (i + 1 == sums->count || !is_same_account(account, &sums->items[i + 1].account))
            crossings_add(crossings, work, account, batch->came_ms);
    }
    return first;
}

int64_t
ledger_charges_overdrawn(const struct usage_batch *batch, const struct sql_result *results, size_t first)
{
    int64_t count = 0;
    for (size_t i = 0; i < batch->charges.leased_count; i++) {
        int64_t open;
        bool is_known = sql_result_int(&results[first + i], 0, 0, &open, NULL);
        count += !is_known || open < batch->charges.leased[i]->amount;
    }
    return count;
}

static bool
is_same_account(const struct budget_account *one, const struct budget_account *other)
{
    return budget_account_compare(one, other) == 0;
}
