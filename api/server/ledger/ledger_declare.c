/* First only whether anything is new: an operator says all again whenever it dials. */
#include "api/server/ledger/ledger_declared.h"
#include "api/server/ledger/ledger_key_rows.h"
#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"

enum { WRITE_MS = 60000 }; /* of the largest declaration */
enum { MOST_TRIES = 16 };
enum { REVISION, CHANGES }; /* columns of what is looked at */
enum { THINGS, KEYS };      /* what is read to be compared */

struct declaring {
    struct ledger *ledger;
    struct arena *arena;
    const struct ledger_declare *declare;
    declare_answer_fn on_answer;
    void *owner;
    int64_t changes; /* of the workspace, as it was looked at */
    int tries;
};

static void look(struct declaring *declaring);
static void on_looked(void *owner, const struct sql_outcome *outcome);
static bool take_state(struct declaring *declaring, const struct sql_result *result,
                       struct text *out_revision, struct declare_answer *answer);
static void on_read(void *owner, const struct sql_outcome *outcome);
static bool write_down(struct declaring *declaring, const struct sql_result *known, struct error *err);
static void on_written(void *owner, const struct sql_outcome *outcome);
static void answer_with(const struct declaring *declaring, const struct declare_answer *answer);

void
ledger_declare(struct ledger *ledger, struct arena *arena, const struct ledger_declare *declare,
               declare_answer_fn on_answer, void *owner)
{
    struct declaring *declaring = arena_alloc(arena, sizeof(*declaring));
    *declaring = (struct declaring){ledger, arena, declare, on_answer, owner, 0, 0};
    look(declaring);
}

static void
look(struct declaring *declaring)
{
    struct sql_work *work = sql_work_new(declaring->arena, declaring->ledger->connections.records);
    const struct sql_value params[] = {sql_text(declaring->declare->workspace)};
    declaring->tries++;
    sql_work_relax(work);
    sql_work_add(work, "SELECT revision, changes FROM declaration WHERE workspace = $1", params,
                 COUNT_OF(params));
    sql_work_run(work, on_looked, declaring);
}

static void
on_looked(void *owner, const struct sql_outcome *sql)
{
    struct declaring *declaring = owner;
    struct declare_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end != LEDGER_DONE || !take_state(declaring, &sql->results[0], &answer.revision, &answer) ||
        !declaring->declare->declaration.source ||
        text_equals(answer.revision, declaring->declare->revision)) {
        answer_with(declaring, &answer);
        return;
    }
    struct sql_work *work = sql_work_new(declaring->arena, declaring->ledger->connections.records);
    sql_work_relax(work);
    ledger_declared_add_read(work, declaring->declare->workspace);
    ledger_keys_add_read_of_workspace(work, declaring->declare->workspace);
    sql_work_run(work, on_read, declaring);
}

static bool
take_state(struct declaring *declaring, const struct sql_result *result, struct text *out_revision,
           struct declare_answer *answer)
{
    if (result->row_count == 0) {
        answer->end = LEDGER_REFUSED;
        return error_set(&answer->why, ERROR_INVALID, "the book of budgets has no such workspace");
    }
    if (sql_result_text(result, 0, REVISION, out_revision, &answer->why) &&
        sql_result_int(result, 0, CHANGES, &declaring->changes, &answer->why))
        return true;
    answer->end = LEDGER_FAILED;
    return false;
}

static void
on_read(void *owner, const struct sql_outcome *sql)
{
    struct declaring *declaring = owner;
    struct declare_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE) {
        if (write_down(declaring, sql->results, &answer.why))
            return;
        answer.end = LEDGER_FAILED;
    }
    answer_with(declaring, &answer);
}

/* The workspace's row first: whoever writes of the same workspace waits for the whole of this, and then looks
 * again. */
static bool
write_down(struct declaring *declaring, const struct sql_result *known, struct error *err)
{
    const struct ledger_declare *declare = declaring->declare;
    const struct sql_value params[] = {sql_text(declare->revision), sql_text(declare->workspace),
                                       sql_int(declaring->changes)};
    struct sql_work *work = sql_work_new(declaring->arena, declaring->ledger->connections.records);
    sql_work_relax(work);
    sql_work_set_deadline(work, WRITE_MS);
    sql_work_add(work,
                 "UPDATE declaration SET revision = $1, changes = changes + 1 WHERE workspace = $2 AND "
                 "changes = $3",
                 params, COUNT_OF(params));
    sql_work_expect_rows(work);
    if (!ledger_declared_add_changes(work, declaring->arena, declare, &known[THINGS], err))
        return false;
    if (declare->declaration.whole &&
        !ledger_keys_add_end_of_undeclared(work, declaring->arena,
                                           &(struct key_owner){declare->workspace, &declare->declaration},
                                           &known[KEYS], err))
        return false;
    sql_work_run(work, on_written, declaring);
    return true;
}

static void
on_written(void *owner, const struct sql_outcome *sql)
{
    struct declaring *declaring = owner;
    struct declare_answer answer = {.revision = declaring->declare->revision};
    answer.end = ledger_end_of(sql, &answer.why);
    if (sql->end == SQL_UNMET && declaring->tries < MOST_TRIES) {
        look(declaring);
        return;
    }
    if (sql->end == SQL_UNMET)
        error_set(&answer.why, ERROR_CONFLICT, "others say all the time what it declares");
    answer_with(declaring, &answer);
}

static void
answer_with(const struct declaring *declaring, const struct declare_answer *answer)
{
    struct declare_answer said = *answer;
    struct text workspace = declaring->declare->workspace;
    if (said.end != LEDGER_DONE && text_is_empty(workspace))
        error_context(&said.why, "what the organisation declares");
    else if (said.end != LEDGER_DONE)
        error_context(&said.why, "what workspace \"%.*s\" declares", TEXT_ARG(workspace));
    declaring->on_answer(declaring->owner, &said);
}
