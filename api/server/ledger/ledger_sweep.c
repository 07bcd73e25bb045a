/* By time alone, whether the gateway is there or not: that is what lease_terms.h proves. The sum of settled
 * and leased stays the same, so a clock of ours that jumps makes nothing wrong here: late records and late
 * give-backs find the lease. */
#include "api/server/ledger/ledger_alerts.h"
#include "api/server/ledger/ledger_crossings.h"
#include "api/server/ledger/ledger_leases.h"
#include "api/server/ledger/ledger_lending.h"
#include "api/server/ledger/ledger_limit_row.h"
#include "api/server/ledger/watched_budgets.h"
#include "lib/base/arena.h"

enum { OVERDUE, OVER, WATCHED };
/* What is lent of a limit's minute stays lent: its account goes with it, long after anybody could hold of it
 * or ask for more by a clock that lend_check.h believes. */
enum { MINUTES_KEPT_MS = 600000 };
#define FORGETTING INT64_C(0x7765697266726774) /* "weirfrgt": one ledger at a time */
#define OF_A_MINUTE "(" LEDGER_IS_OF_LIMIT " AND window_id <> '" SHARED_LIMIT_NO_WINDOW "')"
#define MOST_AT_ONCE 500 /* as the statements have it */

/* $1: now. */
static const char find_overdue[] =
    "SELECT " LEDGER_LEASE_COLUMNS " FROM lease WHERE state <> 2 AND charged < amount AND "
    "orphaned_ms < $1 AND NOT " OF_A_MINUTE " ORDER BY orphaned_ms LIMIT 500";
/* Nothing is open and nothing can be heard; a charge beyond it would be as one on no lease. $2: what was lent
 * after it stays, because its question may still be on its way through another ledger, which would lend
 * again: to nobody. */
static const char find_over[] =
    "SELECT " LEDGER_LEASE_COLUMNS " FROM lease WHERE charged = amount AND (state = 1 OR orphaned_ms < $1) "
    "AND lent_ms < $2 ORDER BY lent_ms LIMIT 500";
static const char settle[] =
    "UPDATE account SET "
    "leased = leased - coalesce((SELECT amount - charged FROM lease WHERE id = $1 AND state <> 2), 0), "
    "settled = settled + coalesce((SELECT amount - charged FROM lease WHERE id = $1 AND state <> 2), 0) "
    "WHERE budget = $2 AND owner = $3 AND window_id = $4";

/* Calls at once that cannot be running any more leave their slots to others. */
static const char free_account[] = "UPDATE account SET leased = leased - coalesce((SELECT amount - charged "
                                   "FROM lease WHERE id = $1 AND state "
                                   "<> 2), 0) WHERE budget = $2 AND owner = $3 AND window_id = $4";
static const char free_lease[] = "UPDATE lease SET amount = charged, state = 1 WHERE id = $1";
static const char forget_minutes[] =
    "DELETE FROM account WHERE (budget, owner, window_id) IN (SELECT budget, owner, window_id FROM lease "
    "WHERE " OF_A_MINUTE " AND lent_ms < $1)";
static const char forget_their_leases[] = "DELETE FROM lease WHERE " OF_A_MINUTE " AND lent_ms < $1";

struct sweeping {
    struct ledger *ledger;
    struct arena *arena;
    sweep_answer_fn on_answer;
    void *owner;
    struct sweep_question question;
    struct lease_list overdue, over;
    struct crossings crossings;
    size_t alerts; /* number of the statement that forgets them */
    struct sweep_answer answer;
};

static void on_found(void *owner, const struct sql_outcome *outcome);
static bool take_found(struct sweeping *sweeping, const struct sql_result *results, struct error *err);
static void settle_orphans(struct sweeping *sweeping);
static void add_settling(struct sweeping *sweeping, struct sql_work *work, size_t at);
static void on_settled(void *owner, const struct sql_outcome *outcome);
static void forget(struct sweeping *sweeping);
static void on_changed(void *owner, const struct sql_outcome *outcome);

void
ledger_sweep(struct ledger *ledger, struct arena *arena, const struct sweep_question *question,
             sweep_answer_fn on_answer, void *owner)
{
    struct sweeping *sweeping = arena_alloc(arena, sizeof(*sweeping));
    *sweeping = (struct sweeping){
        .ledger = ledger, .arena = arena, .on_answer = on_answer, .owner = owner, .question = *question};
    const struct sql_value before[] = {sql_int(question->now_ms),
                                       sql_int(question->now_ms - LEASE_LENGTH_MS)};
    struct sql_work *work = sql_work_new(arena, ledger->connections.records);
    sql_work_relax(work);
    sql_work_add(work, find_overdue, before, 1);
    sql_work_add(work, find_over, before, COUNT_OF(before));
    watched_budgets_add_read(work);
    sql_work_run(work, on_found, sweeping);
}

static void
on_found(void *owner, const struct sql_outcome *sql)
{
    struct sweeping *sweeping = owner;
    struct sweep_answer *answer = &sweeping->answer;
    answer->end = LEDGER_FAILED;
    if (sql->end != SQL_COMMITTED) {
        answer->why = sql->why;
        sweeping->on_answer(sweeping->owner, answer);
    } else if (!take_found(sweeping, sql->results, &answer->why)) {
        sweeping->on_answer(sweeping->owner, answer);
    } else if (sweeping->overdue.count > 0) {
        settle_orphans(sweeping);
    } else {
        forget(sweeping);
    }
}

static bool
take_found(struct sweeping *sweeping, const struct sql_result *results, struct error *err)
{
    struct arena *arena = sweeping->arena;
    return ledger_leases_take_all(arena, &results[OVERDUE], &sweeping->overdue, err) &&
           ledger_leases_take_all(arena, &results[OVER], &sweeping->over, err) &&
           watched_budgets_take(sweeping->ledger->watched, &results[WATCHED], err);
}

static void
settle_orphans(struct sweeping *sweeping)
{
    struct sql_work *work = sql_work_new(sweeping->arena, sweeping->ledger->connections.records);
    sql_work_relax(work);
    ledger_leases_sort_by_id(&sweeping->overdue);
    for (size_t i = 0; i < sweeping->overdue.count; i++)
        ledger_leases_add_lock(work, sweeping->overdue.items[i].id, sweeping->overdue.items[i].journal);
    ledger_leases_sort_by_account(&sweeping->overdue);
    sweeping->crossings = crossings_new(sweeping->arena, sweeping->ledger->watched, sweeping->overdue.count);
    for (size_t i = 0; i < sweeping->overdue.count; i++)
        add_settling(sweeping, work, i);
    sql_work_run(work, on_settled, sweeping);
}

/* Alerts behind the account's last lease. */
static void
add_settling(struct sweeping *sweeping, struct sql_work *work, size_t at)
{
    const struct lease_identity *lease = &sweeping->overdue.items[at];
    const struct budget_account *account = &lease->account;
    const struct sql_value params[] = {sql_text(lease->id), sql_text(account->budget),
                                       sql_text(account->owner), sql_text(account->window)};
    bool is_limit = shared_limit_is_id(account->budget);
    bool is_last = at + 1 == sweeping->overdue.count ||
                   budget_account_compare(account, &sweeping->overdue.items[at + 1].account) != 0;
    sql_work_add(work, is_limit ? free_account : settle, params, COUNT_OF(params));
    sql_work_add(work, is_limit ? free_lease : "UPDATE lease SET state = 2 WHERE id = $1", params, 1);
    if (is_last && !is_limit)
        crossings_add(&sweeping->crossings, work, account, sweeping->question.now_ms);
}

static void
on_settled(void *owner, const struct sql_outcome *sql)
{
    struct sweeping *sweeping = owner;
    if (sql->end != SQL_COMMITTED) {
        on_changed(owner, sql);
        return;
    }
    sweeping->answer.orphaned = (int64_t)sweeping->overdue.count;
    sweeping->answer.alerts = crossings_made(&sweeping->crossings, sql->results);
    forget(sweeping);
}

/* In a work of its own: leases are locked before accounts, never after. */
static void
forget(struct sweeping *sweeping)
{
    struct sql_work *work = sql_work_new(sweeping->arena, sweeping->ledger->connections.records);
    sql_work_lock(work, FORGETTING);
    ledger_leases_sort_by_id(&sweeping->over);
    for (size_t i = 0; i < sweeping->over.count; i++) {
        const struct sql_value id = sql_text(sweeping->over.items[i].id);
        sql_work_add(work, "DELETE FROM lease WHERE id = $1 AND charged = amount", &id, 1);
    }
    const struct sql_value before_ms = sql_int(sweeping->question.now_ms - MINUTES_KEPT_MS);
    sql_work_add(work, forget_minutes, &before_ms, 1);
    sql_work_add(work, forget_their_leases, &before_ms, 1);
    sweeping->alerts = ledger_alerts_add_forget(work, sweeping->question.alerts_from_ms);
    sql_work_run(work, on_changed, sweeping);
}

static void
on_changed(void *owner, const struct sql_outcome *sql)
{
    struct sweeping *sweeping = owner;
    struct sweep_answer *answer = &sweeping->answer;
    if (sql->end == SQL_COMMITTED) {
        answer->end = LEDGER_DONE;
        answer->is_full = sweeping->overdue.count == MOST_AT_ONCE || sweeping->over.count == MOST_AT_ONCE ||
                          sql->results[sweeping->alerts].affected_count == LEDGER_ALERTS_FORGOTTEN;
    } else {
        answer->end = LEDGER_FAILED;
        answer->why = sql->why;
    }
    sweeping->on_answer(sweeping->owner, answer);
}
