/* A row for each threshold says from which amount on, so that one statement finds those that are reached;
 * the account's row is locked by who settled, so the next one sees the alerts of this one. */
#include "api/server/ledger/ledger_crossings.h"

#include "api/server/ledger/alert_threshold.h"
#include "api/server/ledger/watched_budgets.h"
#include "api/types/budget_book.h"
#include "lib/base/arena.h"
#include "lib/base/id.h"

/* $1 budget, $2 owner, $3 window, $4 an id, $5 now, $6 workspace. Ids are in the order in which they were
 * made: the id of this statement, and the percent behind it in three digits. */
static const char cross[] =
    "INSERT INTO alert (id, time_ms, workspace, budget, owner, window_id, percent, scope, unit, period, "
    "amount, settled, told) SELECT $4 || '-' || substr(CAST(1000 + budget_alert.percent AS text), 2), $5, "
    "$6, $1, "
    "$2, $3, budget_alert.percent, budget.scope, budget.unit, budget.period, budget.amount, account.settled, "
    "0 "
    "FROM budget_alert JOIN budget ON budget.id = budget_alert.budget JOIN account ON account.budget = "
    "budget_alert.budget WHERE budget_alert.budget = $1 AND account.owner = $2 AND account.window_id = $3 "
    "AND "
    "account.settled >= budget_alert.at_least ON CONFLICT (budget, window_id, owner, percent) DO NOTHING";

/* The same parameters but the last. Its webhooks, of the alerts that the statement before has made. */
static const char deliver[] =
    "INSERT INTO alert_delivery (alert, url, state, tries, due_ms, claim, note) SELECT alert.id, "
    "budget_webhook.url, 0, 0, $5, '', '' FROM alert JOIN budget_webhook ON budget_webhook.budget = "
    "alert.budget WHERE alert.budget = $1 AND alert.owner = $2 AND alert.window_id = $3 AND "
    "substr(alert.id, 1, 26) = $4";

static void add_thresholds(struct sql_work *work, const struct gateway_budget *budget);

struct crossings
crossings_new(struct arena *arena, const struct watched_budgets *watched, size_t most)
{
    return (struct crossings){.watched = watched, .numbers = arena_alloc_array(arena, most, sizeof(size_t))};
}

void
crossings_add(struct crossings *crossings, struct sql_work *work, const struct budget_account *account,
              int64_t now_ms)
{
    if (!watched_budgets_has(crossings->watched, account->budget))
        return;
    char id[ID_ULID_LENGTH];
    struct text rest = account->owner;
    struct text workspace = text_cut(&rest, '/');
    id_ulid_in_order(id, now_ms);
    const struct sql_value params[] = {sql_text(account->budget), sql_text(account->owner),
                                       sql_text(account->window), sql_text((struct text){id, sizeof(id)}),
                                       sql_int(now_ms),           sql_text(workspace)};
    crossings->numbers[crossings->count++] = sql_work_add(work, cross, params, COUNT_OF(params));
    sql_work_add(work, deliver, params, COUNT_OF(params) - 1);
}

int64_t
crossings_made(const struct crossings *crossings, const struct sql_result *results)
{
    int64_t made = 0;
    for (size_t i = 0; i < crossings->count; i++)
        made += results[crossings->numbers[i]].affected_count;
    return made;
}

void
crossings_add_book(struct sql_work *work, const struct budget_book *book)
{
    sql_work_add(work, "DELETE FROM budget_alert", NULL, 0);
    sql_work_add(work, "DELETE FROM budget_webhook", NULL, 0);
    for (size_t i = 0; i < book->budgets.count; i++)
        add_thresholds(work, &book->budgets.items[i]);
}

static void
add_thresholds(struct sql_work *work, const struct gateway_budget *budget)
{
    for (size_t i = 0; i < budget->alerts.count; i++) {
        int64_t percent = budget->alerts.items[i];
        const struct sql_value params[] = {sql_text(budget->id), sql_int(percent),
                                           sql_int(alert_threshold(budget->amount, percent))};
        sql_work_add(work, "INSERT INTO budget_alert (budget, percent, at_least) VALUES ($1, $2, $3)", params,
                     COUNT_OF(params));
    }
    for (size_t i = 0; i < budget->webhooks.count; i++) {
        const struct sql_value params[] = {sql_text(budget->id), sql_text(budget->webhooks.items[i].url)};
        sql_work_add(work, "INSERT INTO budget_webhook (budget, url) VALUES ($1, $2)", params,
                     COUNT_OF(params));
    }
}
