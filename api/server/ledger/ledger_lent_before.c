/* Only a lease that nothing was heard of is told again. An orphan too: its gateway gives it back, and what
 * counts as settled is there again. */
#include "api/server/ledger/ledger_lent_before.h"

#include "api/server/ledger/ledger_leases.h"

enum { STATE = 5, AMOUNT, CHARGED }; /* behind LEDGER_LEASE_COLUMNS */

static bool check(const struct lease_identity *lease, const struct ledger_ask *ask, struct error *err);

size_t
ledger_lent_before_add_read(struct sql_work *work, const struct lend_question *question)
{
    const struct sql_value params[] = {sql_text(question->origin.journal), sql_int(question->ask->number)};
    return sql_work_add(work,
                        "SELECT " LEDGER_LEASE_COLUMNS
                        ", state, amount, charged FROM lease WHERE journal = $1 AND question = $2",
                        params, COUNT_OF(params));
}

bool
ledger_lent_before_take(const struct sql_result *result, const struct ledger_ask *ask,
                        struct lent_before *out_before, struct error *err)
{
    struct lease_identity lease;
    int64_t state = LEASE_OPEN, amount = 0, charged = 0;
    if (!ledger_leases_take(result, &lease, err))
        return false;
    if (text_is_empty(lease.journal)) {
        *out_before = (struct lent_before){0};
        return true;
    }
    if (!sql_result_int(result, 0, STATE, &state, err) || !sql_result_int(result, 0, AMOUNT, &amount, err) ||
        !sql_result_int(result, 0, CHARGED, &charged, err))
        return error_context(err, "reading what was lent before");
    if (!check(&lease, ask, err))
        return false;
    if (state == LEASE_CLOSED || charged > 0 || amount == 0)
        return error_set(err, ERROR_CONFLICT,
                         "question %lld was answered with lease %.*s, which was used since",
                         (long long)ask->number, TEXT_ARG(lease.id));
    *out_before = (struct lent_before){
        .lease = lease.id, .amount = amount, .length_ms = state == LEASE_OPEN ? LEASE_LENGTH_MS : 0};
    return true;
}

static bool
check(const struct lease_identity *lease, const struct ledger_ask *ask, struct error *err)
{
    const struct budget_account asked = {ask->budget, ask->owner, ask->window};
    return budget_account_compare(&lease->account, &asked) == 0 ||
           error_set(err, ERROR_CONFLICT,
                     "question %lld was asked before, about budget %.*s, and lease %.*s was lent for it",
                     (long long)ask->number, TEXT_ARG(lease->account.budget), TEXT_ARG(lease->id));
}
