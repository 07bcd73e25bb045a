/* First whose the leases are, then the change: what others charge meanwhile is only more to keep. */
#include "api/server/ledger/ledger_leases.h"
#include "api/server/ledger/ledger_lending.h"
#include "lib/base/arena.h"
#include "lib/base/map.h"

/* $1 lease, $2 kept. Of a lease of which more was charged than is to be kept, nothing is open any more. */
/* clang-format off */
#define OPEN "CASE WHEN lease.charged >= $2 THEN lease.amount - lease.charged ELSE lease.amount - $2 END"
#define GIVEN_BACK "(CASE WHEN lease.amount <= $2 THEN 0 ELSE " OPEN " END)"
/* clang-format on */

/* The open part of an orphan counts as settled. A lease may be forgotten between the look and this. */
static const char unlend[] = "UPDATE account SET "
                             "leased = leased - coalesce((SELECT " GIVEN_BACK
                             " FROM lease WHERE lease.id = $1 AND lease.state <> 2), 0), "
                             "settled = settled - coalesce((SELECT " GIVEN_BACK
                             " FROM lease WHERE lease.id = $1 AND lease.state = 2), 0) "
                             "WHERE budget = $3 AND owner = $4 AND window_id = $5";
static const char lower[] = "UPDATE lease SET amount = amount - " GIVEN_BACK
                            ", state = CASE WHEN state = 0 AND $3 <> 0 THEN 1 ELSE state END WHERE id = $1";

struct giving_back {
    struct ledger *ledger;
    struct arena *arena;
    struct returns_question question;
    ledger_done_fn on_done;
    void *owner;
    struct lease_list leases; /* those that are known */
    struct map *returns;      /* struct ledger_return, by lease */
};

static void on_read(void *owner, const struct sql_outcome *outcome);
static bool
take_leases(struct giving_back *giving, const struct sql_result *results, struct ledger_outcome *outcome);
static void change(struct giving_back *giving);
static void
add_change(struct sql_work *work, const struct lease_identity *lease, const struct ledger_return *given);
static void on_changed(void *owner, const struct sql_outcome *outcome);

void
ledger_give_back(struct ledger *ledger, struct arena *arena, const struct returns_question *question,
                 ledger_done_fn on_done, void *owner)
{
    struct giving_back *giving = arena_alloc(arena, sizeof(*giving));
    *giving = (struct giving_back){.ledger = ledger,
                                   .arena = arena,
                                   .question = *question,
                                   .on_done = on_done,
                                   .owner = owner,
                                   .returns = map_new(arena)};
    giving->leases.items = arena_alloc_array(arena, question->count, sizeof(*giving->leases.items));
    struct sql_work *work = sql_work_new(arena, ledger->connections.leases);
    sql_work_relax(work);
    sql_work_prefer(work);
    for (size_t i = 0; i < question->count; i++) {
        map_set(giving->returns, question->returns[i].lease, (void *)(uintptr_t)&question->returns[i]);
        ledger_leases_add_read(work, question->returns[i].lease);
    }
    sql_work_run(work, on_read, giving);
}

static void
on_read(void *owner, const struct sql_outcome *sql)
{
    struct giving_back *giving = owner;
    struct ledger_outcome outcome = ledger_outcome_of(sql, LEDGER_FAILED);
    if (outcome.end == LEDGER_DONE && take_leases(giving, sql->results, &outcome) &&
        giving->leases.count > 0) {
        change(giving);
        return;
    }
    outcome.noted = (int64_t)(giving->question.count - giving->leases.count);
    giving->on_done(giving->owner, &outcome);
}

static bool
take_leases(struct giving_back *giving, const struct sql_result *results, struct ledger_outcome *outcome)
{
    for (size_t i = 0; i < giving->question.count; i++) {
        struct lease_identity *lease = &giving->leases.items[giving->leases.count];
        outcome->end = LEDGER_FAILED;
        if (!ledger_leases_take(&results[i], lease, &outcome->why))
            return false;
        outcome->end = LEDGER_REFUSED;
        if (text_is_empty(lease->journal))
            continue;
        if (!text_equals(lease->journal, giving->question.origin.journal))
            return error_set(&outcome->why, ERROR_DENIED,
                             "lease %.*s was not lent to this journal, so it is not this gateway's to give "
                             "back",
                             TEXT_ARG(lease->id));
        giving->leases.count++;
    }
    outcome->end = LEDGER_DONE;
    return true;
}

static void
change(struct giving_back *giving)
{
    struct sql_work *work = sql_work_new(giving->arena, giving->ledger->connections.leases);
    sql_work_relax(work);
    sql_work_prefer(work);
    ledger_leases_sort_by_id(&giving->leases);
    for (size_t i = 0; i < giving->leases.count; i++)
        ledger_leases_add_lock(work, giving->leases.items[i].id, giving->leases.items[i].journal);
    ledger_leases_sort_by_account(&giving->leases);
    for (size_t i = 0; i < giving->leases.count; i++)
        add_change(work, &giving->leases.items[i], map_find(giving->returns, giving->leases.items[i].id));
    sql_work_run(work, on_changed, giving);
}

static void
add_change(struct sql_work *work, const struct lease_identity *lease, const struct ledger_return *given)
{
    const struct budget_account *account = &lease->account;
    const struct sql_value of_account[] = {sql_text(lease->id), sql_int(given->kept),
                                           sql_text(account->budget), sql_text(account->owner),
                                           sql_text(account->window)};
    const struct sql_value of_lease[] = {sql_text(lease->id), sql_int(given->kept), sql_int(given->over)};
    sql_work_add(work, unlend, of_account, COUNT_OF(of_account));
    sql_work_add(work, lower, of_lease, COUNT_OF(of_lease));
}

static void
on_changed(void *owner, const struct sql_outcome *sql)
{
    struct giving_back *giving = owner;
    struct ledger_outcome outcome = ledger_outcome_of(sql, LEDGER_FAILED);
    outcome.noted = (int64_t)(giving->question.count - giving->leases.count);
    giving->on_done(giving->owner, &outcome);
}
