/* Looks how far it may go, then empties those rows and says so, in one transaction. Two ledgers that do it at
 * once say it twice, which is true. */
#include "api/audit/audit_remnant.h"
#include "api/server/ledger/ledger_audit.h"
#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"

enum { FIRST_KEPT, FIRST_WHOLE }; /* what is read */
enum { MOST_ROWS = 20000, WRITE_MS = 60000 };

struct retaining {
    struct ledger *ledger;
    struct arena *arena;
    struct retention_question question;
    ledger_done_fn on_done;
    void *owner;
    int64_t count;
};

static void on_read(void *owner, const struct sql_outcome *outcome);
static bool choose(const struct retaining *retaining, const struct sql_result *results, int64_t *out_first,
                   int64_t *out_last, struct error *err);
static void empty(struct retaining *retaining, int64_t last);
static void on_emptied(void *owner, const struct sql_outcome *outcome);

void
ledger_audit_retain(struct ledger *ledger, struct arena *arena, const struct retention_question *question,
                    ledger_done_fn on_done, void *owner)
{
    struct retaining *retaining = arena_alloc(arena, sizeof(*retaining));
    *retaining = (struct retaining){ledger, arena, *question, on_done, owner, 0};
    const struct sql_value before = sql_int(question->before_ms);
    struct sql_work *work = sql_work_new(arena, ledger->connections.records);
    sql_work_relax(work);
    sql_work_set_deadline(work, WRITE_MS);
    sql_work_add(work, "SELECT seq FROM audit WHERE time_ms >= $1 ORDER BY seq LIMIT 1", &before, 1);
    sql_work_add(work, "SELECT seq FROM audit WHERE line <> '' ORDER BY seq LIMIT 1", NULL, 0);
    sql_work_run(work, on_read, retaining);
}

static void
on_read(void *owner, const struct sql_outcome *sql)
{
    struct retaining *retaining = owner;
    struct ledger_outcome outcome = ledger_outcome_of(sql, LEDGER_FAILED);
    int64_t first = 0, last = 0;
    if (outcome.end == LEDGER_DONE && !choose(retaining, sql->results, &first, &last, &outcome.why))
        outcome.end = LEDGER_FAILED;
    if (outcome.end == LEDGER_DONE && last >= first && last > 0) {
        retaining->count = last - first + 1;
        empty(retaining, last);
    } else {
        retaining->on_done(retaining->owner, &outcome);
    }
}

/* Nothing in order: last is before first. */
static bool
choose(const struct retaining *retaining, const struct sql_result *results, int64_t *out_first,
       int64_t *out_last, struct error *err)
{
    int64_t kept = 0;
    *out_first = 1;
    *out_last = 0;
    if (results[FIRST_WHOLE].row_count == 0)
        return true;
    if (!sql_result_int(&results[FIRST_WHOLE], 0, 0, out_first, err))
        return false;
    *out_last = retaining->question.signed_seq;
    if (results[FIRST_KEPT].row_count > 0) {
        if (!sql_result_int(&results[FIRST_KEPT], 0, 0, &kept, err))
            return false;
        *out_last = kept - 1 < *out_last ? kept - 1 : *out_last;
    }
    if (*out_last - *out_first >= MOST_ROWS)
        *out_last = *out_first + MOST_ROWS - 1;
    return true;
}

static void
empty(struct retaining *retaining, int64_t last)
{
    const struct sql_value to = sql_int(last);
    const struct audit_row row = {.time_ms = retaining->question.now_ms,
                                  .actor = TEXT("weir-api"),
                                  .action = AUDIT_RETENTION_APPLIED,
                                  .subject = audit_retention_subject(retaining->arena, last),
                                  .decision = AUDIT_DONE,
                                  .reason = retaining->question.reason};
    struct sql_work *work = sql_work_new(retaining->arena, retaining->ledger->connections.records);
    sql_work_relax(work);
    sql_work_set_deadline(work, WRITE_MS);
    sql_work_add(
        work,
        "UPDATE audit SET line = '', actor = '', workspace = '', action = '' WHERE seq <= $1 AND line "
        "<> ''",
        &to, 1);
    ledger_audit_add(work, retaining->arena, &row);
    sql_work_run(work, on_emptied, retaining);
}

static void
on_emptied(void *owner, const struct sql_outcome *sql)
{
    struct retaining *retaining = owner;
    struct ledger_outcome outcome = ledger_outcome_of(sql, LEDGER_FAILED);
    outcome.noted = outcome.end == LEDGER_DONE ? retaining->count : 0;
    retaining->on_done(retaining->owner, &outcome);
}
