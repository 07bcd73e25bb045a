/* Opening, and whose journal is whose. */
#include "api/server/ledger/ledger.h"

#include "api/server/ledger/ledger_migrations.h"
#include "api/server/ledger/ledger_parts.h"
#include "api/server/ledger/watched_budgets.h"
#include "api/types/ledger_frames.h"
#include "lib/base/arena.h"
#include "lib/base/map.h"

struct opening {
    ledger_done_fn on_open;
    void *owner;
};

struct welcoming {
    ledger_done_fn on_done;
    void *owner;
    struct text workspace, environment;
};

static void on_migrated(void *owner, size_t applied_count, const struct error *why);
static void on_welcomed(void *owner, const struct sql_outcome *outcome);

struct ledger *
ledger_open(struct arena *arena, struct loop *loop, const struct ledger_connections *connections,
            ledger_done_fn on_open, void *owner)
{
    struct ledger *ledger = arena_alloc(arena, sizeof(*ledger));
    *ledger = (struct ledger){.arena = arena,
                              .connections = *connections,
                              .statements = ledger_statements_new(arena),
                              .questions = map_new(arena),
                              .zones = map_new(arena),
                              .watched = watched_budgets_new(arena)};
    struct opening *opening = arena_alloc(arena, sizeof(*opening));
    *opening = (struct opening){on_open, owner};
    ledger_migrate(arena, loop, connections->records, on_migrated, opening);
    return ledger;
}

void
ledger_welcome(struct ledger *ledger, struct arena *arena, const struct ledger_hello *hello,
               ledger_done_fn on_done, void *owner)
{
    struct welcoming *welcoming = arena_alloc(arena, sizeof(*welcoming));
    *welcoming = (struct welcoming){on_done, owner, text_copy(arena, hello->workspace),
                                    text_copy(arena, hello->environment)};
    const struct sql_value params[] = {sql_text(hello->journal), sql_text(hello->workspace),
                                       sql_text(hello->environment), sql_text(hello->gateway)};
    struct sql_work *work = sql_work_new(arena, ledger->connections.records);
    sql_work_relax(work);
    sql_work_add(work, ledger->statements.welcome, params, COUNT_OF(params));
    sql_work_expect_rows(work);
    sql_work_run(work, on_welcomed, welcoming);
}

struct ledger_outcome
ledger_outcome_of(const struct sql_outcome *outcome, enum ledger_end unmet)
{
    if (outcome->end == SQL_COMMITTED)
        return (struct ledger_outcome){.end = LEDGER_DONE};
    if (outcome->end == SQL_UNMET)
        return (struct ledger_outcome){.end = unmet};
    return (struct ledger_outcome){.end = LEDGER_FAILED, .why = outcome->why};
}

static void
on_migrated(void *owner, size_t applied_count, const struct error *why)
{
    struct opening *opening = owner;
    struct ledger_outcome outcome = {.end = LEDGER_DONE};
    (void)applied_count;
    if (why)
        outcome = (struct ledger_outcome){.end = LEDGER_FAILED, .why = *why};
    opening->on_open(opening->owner, &outcome);
}

static void
on_welcomed(void *owner, const struct sql_outcome *sql)
{
    struct welcoming *welcoming = owner;
    struct ledger_outcome outcome = ledger_outcome_of(sql, LEDGER_REFUSED);
    if (outcome.end == LEDGER_REFUSED)
        error_set(&outcome.why, ERROR_DENIED,
                  "this journal is of another environment than %.*s/%.*s: start the gateway on an empty "
                  "state folder",
                  TEXT_ARG(welcoming->workspace), TEXT_ARG(welcoming->environment));
    else if (outcome.end == LEDGER_DONE &&
             !sql_result_int(&sql->results[0], 0, 0, &outcome.next, &outcome.why))
        outcome.end = LEDGER_FAILED;
    welcoming->on_done(welcoming->owner, &outcome);
}
