/* What is not in a new book keeps the revision it had, so it is not lent from and nothing of it is lost. */
#include "api/server/ledger/ledger_book_workspaces.h"
#include "api/server/ledger/ledger_crossings.h"
#include "api/server/ledger/ledger_lending.h"
#include "api/server/ledger/ledger_limit_row.h"
#include "lib/base/arena.h"

enum { WRITE_MS = 60000 }; /* of the largest book */

enum { REVISION, WORKSPACES }; /* what is read */
enum { MOST_TRIES = 16 };

struct booking {
    struct ledger *ledger;
    struct arena *arena;
    const struct budget_book *book;
    ledger_done_fn on_done;
    void *owner;
    struct text before; /* the revision in force */
    struct book_workspaces workspaces;
    int tries;
};

static void look(struct booking *booking);
static void on_read(void *owner, const struct sql_outcome *outcome);
static bool take_state(struct booking *booking, const struct sql_result *results, struct error *err);
static void on_gone_read(void *owner, const struct sql_outcome *outcome);
static bool write_down(struct booking *booking, const struct sql_result *declared, struct error *err);
static void add_budget(struct sql_work *work, const struct gateway_budget *budget, struct text revision);
static void on_written(void *owner, const struct sql_outcome *outcome);

void
ledger_book(struct ledger *ledger, struct arena *arena, const struct budget_book *book,
            ledger_done_fn on_done, void *owner)
{
    struct booking *booking = arena_alloc(arena, sizeof(*booking));
    *booking =
        (struct booking){.ledger = ledger, .arena = arena, .book = book, .on_done = on_done, .owner = owner};
    look(booking);
}

static void
look(struct booking *booking)
{
    struct sql_work *work = sql_work_new(booking->arena, booking->ledger->connections.records);
    booking->tries++;
    sql_work_relax(work);
    sql_work_add(work, "SELECT revision FROM book WHERE id = 1", NULL, 0);
    book_workspaces_add_read(work);
    sql_work_run(work, on_read, booking);
}

static void
on_read(void *owner, const struct sql_outcome *sql)
{
    struct booking *booking = owner;
    struct ledger_outcome outcome = ledger_outcome_of(sql, LEDGER_FAILED);
    if (outcome.end == LEDGER_DONE && !take_state(booking, sql->results, &outcome.why))
        outcome.end = LEDGER_FAILED;
    if (outcome.end != LEDGER_DONE || text_equals(booking->before, booking->book->revision)) {
        booking->on_done(booking->owner, &outcome);
        return;
    }
    if (booking->workspaces.gone_count > 0) {
        struct sql_work *work = sql_work_new(booking->arena, booking->ledger->connections.records);
        sql_work_relax(work);
        book_workspaces_add_read_gone(work, &booking->workspaces);
        sql_work_run(work, on_gone_read, booking);
        return;
    }
    if (!write_down(booking, NULL, &outcome.why)) {
        outcome.end = LEDGER_FAILED;
        booking->on_done(booking->owner, &outcome);
    }
}

static bool
take_state(struct booking *booking, const struct sql_result *results, struct error *err)
{
    return sql_result_text(&results[REVISION], 0, 0, &booking->before, err) &&
           book_workspaces_compare(booking->arena, booking->book, &results[WORKSPACES], &booking->workspaces,
                                   err);
}

static void
on_gone_read(void *owner, const struct sql_outcome *sql)
{
    struct booking *booking = owner;
    struct ledger_outcome outcome = ledger_outcome_of(sql, LEDGER_FAILED);
    if (outcome.end == LEDGER_DONE) {
        if (write_down(booking, sql->results, &outcome.why))
            return;
        outcome.end = LEDGER_FAILED;
    }
    booking->on_done(booking->owner, &outcome);
}

/* The book's row first: whoever writes another book at the same time waits for the whole of this one, and
 * then compares with it anew. declared: of each workspace that is gone. */
static bool
write_down(struct booking *booking, const struct sql_result *declared, struct error *err)
{
    const struct budget_book *book = booking->book;
    const struct sql_value revisions[] = {sql_text(book->revision), sql_text(booking->before)};
    struct sql_work *work = sql_work_new(booking->arena, booking->ledger->connections.records);
    sql_work_relax(work);
    sql_work_set_deadline(work, WRITE_MS);
    sql_work_add(work, "UPDATE book SET revision = $1 WHERE id = 1 AND revision = $2", revisions,
                 COUNT_OF(revisions));
    sql_work_expect_rows(work);
    for (size_t i = 0; i < book->budgets.count; i++)
        add_budget(work, &book->budgets.items[i], book->revision);
    crossings_add_book(work, book);
    for (size_t i = 0; i < book->limits.count; i++)
        ledger_limit_row_add_write(work, &book->limits.items[i], book->revision);
    if (!book_workspaces_add_changes(work, booking->arena, &booking->workspaces, declared, err))
        return false;
    sql_work_run(work, on_written, booking);
    return true;
}

static void
add_budget(struct sql_work *work, const struct gateway_budget *budget, struct text revision)
{
    const struct sql_value params[] = {
        sql_text(budget->id),
        sql_text(schema_enum_name(policy_scope_names, (int)budget->scope)),
        sql_text(schema_enum_name(budget_unit_names, (int)budget->unit)),
        sql_int(budget->amount),
        sql_text(schema_enum_name(budget_period_names, (int)budget->period)),
        sql_text(budget->time_zone),
        sql_text(schema_enum_name(over_budget_names, (int)budget->on_exceeded)),
        sql_text(schema_enum_name(when_unavailable_names, (int)budget->when_unavailable)),
        sql_text(revision)};
    sql_work_add(work,
                 "INSERT INTO budget (id, scope, unit, amount, period, time_zone, on_exceeded, "
                 "when_unavailable, revision) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET scope = "
                 "excluded.scope, unit = excluded.unit, amount = excluded.amount, period = excluded.period, "
                 "time_zone = excluded.time_zone, on_exceeded = excluded.on_exceeded, "
                 "when_unavailable = excluded.when_unavailable, "
                 "revision = excluded.revision",
                 params, COUNT_OF(params));
}

static void
on_written(void *owner, const struct sql_outcome *sql)
{
    struct booking *booking = owner;
    struct ledger_outcome outcome = ledger_outcome_of(sql, LEDGER_FAILED);
    if (sql->end == SQL_UNMET && booking->tries < MOST_TRIES) {
        look(booking);
        return;
    }
    if (sql->end == SQL_UNMET)
        error_set(&outcome.why, ERROR_CONFLICT, "others bring books all the time");
    booking->on_done(booking->owner, &outcome);
}
