/* Commands sent ahead of their answers, and the answers matched to them: first in, first out.
 *
 * libpq answers each command with its results and then NULL, except a sync, which has one result and no NULL.
 * After an error everything up to the sync is answered with "aborted". */
#include <assert.h>
#include <postgresql/libpq-fe.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/sql/postgres_private.h"

static struct postgres_command *push(struct postgres *postgres, enum postgres_command_kind kind);
static struct postgres_command *first(struct postgres *postgres);
static void pop(struct postgres *postgres);
static void wish_single_rows(struct postgres *postgres);
static void take_result(struct postgres *postgres, PGresult *result);
static void take_success(struct postgres *postgres, PGresult *result);
static void take_answer(struct postgres *postgres, size_t statement, PGresult *result);
static void take_error(struct postgres *postgres, const PGresult *result);
static void note_state(struct postgres *postgres, const char *state);
static void take_copy_start(struct postgres *postgres);

void
postgres_pipeline_plain(struct postgres *postgres, const char *text, enum postgres_command_kind kind)
{
    push(postgres, kind);
    if (PQsendQueryParams(postgres->conn, text, 0, NULL, NULL, NULL, NULL, 1) != 1)
        postgres->is_broken = true;
}

void
postgres_pipeline_statement(struct postgres *postgres, size_t statement)
{
    const struct sql_statement *sent = &postgres->db->running->statements[statement];
    struct postgres_prepared *prepared = postgres_statement_find(postgres, sent);
    if (prepared->state == POSTGRES_UNPREPARED) {
        push(postgres, POSTGRES_PREPARE)->prepared = prepared;
        prepared->state = POSTGRES_PREPARING;
        if (!postgres_statement_send_prepare(postgres, sent, prepared))
            postgres->is_broken = true;
    }
    push(postgres, POSTGRES_STATEMENT)->statement = statement;
    if (!postgres_statement_send(postgres, sent, prepared))
        postgres->is_broken = true;
}

void
postgres_pipeline_copy(struct postgres *postgres, size_t statement)
{
    const struct sql_copy_source *copy = postgres->db->running->statements[statement].copy;
    struct buffer text;
    arena_reset(postgres->scratch);
    buffer_init(&text, postgres->scratch, 0);
    buffer_print(&text, "COPY %s (", copy->table);
    for (size_t i = 0; i < copy->column_count; i++)
        buffer_print(&text, "%s%s", i > 0 ? ", " : "", copy->columns[i]);
    buffer_add_string(&text, ") FROM STDIN");

    push(postgres, POSTGRES_COPY)->statement = statement;
    const char *sent = text_c_string(postgres->scratch, buffer_text(&text));
    if (PQexitPipelineMode(postgres->conn) != 1 || PQsendQuery(postgres->conn, sent) != 1)
        postgres->is_broken = true;
}

void
postgres_pipeline_sync(struct postgres *postgres)
{
    push(postgres, POSTGRES_SYNC);
    if (PQpipelineSync(postgres->conn) != 1)
        postgres->is_broken = true;
    wish_single_rows(postgres);
}

void
postgres_pipeline_take(struct postgres *postgres)
{
    int nulls = 0; /* one too many: there is nothing to take now */
    while (postgres->command_count > 0 && !postgres->is_broken && !postgres->transaction.is_copying &&
           nulls < 2 && !PQisBusy(postgres->conn)) {
        PGresult *result = PQgetResult(postgres->conn);
        if (result) {
            nulls = 0;
            take_result(postgres, result);
            PQclear(result);
        } else if (postgres->has_answer) {
            pop(postgres);
        } else {
            nulls++;
            wish_single_rows(postgres);
        }
    }
}

void
postgres_pipeline_forget(struct postgres *postgres)
{
    arena_reset(postgres->command_arena);
    postgres->commands = NULL;
    postgres->first_command = postgres->command_count = postgres->command_capacity = 0;
    postgres->has_answer = false;
    arena_reset(postgres->kept);
    postgres->statements = map_new(postgres->kept);
    postgres->is_misprepared = false;
}

static struct postgres_command *
push(struct postgres *postgres, enum postgres_command_kind kind)
{
    if (postgres->command_count == 0)
        postgres->first_command = 0;
    size_t count = postgres->first_command + postgres->command_count;
    postgres->commands = arena_grow(postgres->command_arena, postgres->commands, count,
                                    &postgres->command_capacity, sizeof(*postgres->commands));
    postgres->commands[count] = (struct postgres_command){.kind = kind};
    postgres->command_count++;
    return &postgres->commands[count];
}

static struct postgres_command *
first(struct postgres *postgres)
{
    assert(postgres->command_count > 0);
    return &postgres->commands[postgres->first_command];
}

static void
pop(struct postgres *postgres)
{
    /* Without an answer of success by now there will be none. */
    struct postgres_command *command = first(postgres);
    if (command->prepared && command->prepared->state == POSTGRES_PREPARING)
        command->prepared->state = POSTGRES_UNPREPARED;
    postgres->first_command++;
    postgres->command_count--;
    postgres->has_answer = false;
    wish_single_rows(postgres);
}

/* Rows one by one, so that they are bounded before they are kept; to be said for each statement when it is
 * the one whose answer comes next, before any of it is read. */
static void
wish_single_rows(struct postgres *postgres)
{
    if (postgres->command_count > 0 && first(postgres)->kind == POSTGRES_STATEMENT)
        (void)PQsetSingleRowMode(postgres->conn); /* 0 when it is too early: asked again then */
}

static void
take_result(struct postgres *postgres, PGresult *result)
{
    postgres->has_answer = true;
    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
        pop(postgres);
        return;
    case PGRES_PIPELINE_ABORTED:
        return;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
        take_success(postgres, result);
        return;
    case PGRES_FATAL_ERROR:
        take_error(postgres, result);
        return;
    case PGRES_EMPTY_QUERY:
        postgres_work_fail(postgres, &(struct error){ERROR_INTERNAL, "a statement is empty"});
        return;
    case PGRES_COPY_IN:
        if (first(postgres)->kind == POSTGRES_COPY) {
            take_copy_start(postgres);
            return;
        }
        __attribute__((fallthrough)); /* a COPY among the statements */
    default:
        postgres_work_fail(postgres, &(struct error){ERROR_INTERNAL, "an answer that no statement has"});
        postgres->is_broken = true;
    }
}

static void
take_success(struct postgres *postgres, PGresult *result)
{
    const struct postgres_command *command = first(postgres);
    switch (command->kind) {
    case POSTGRES_PREPARE:
        command->prepared->state = POSTGRES_PREPARED;
        break;
    case POSTGRES_STATEMENT:
    case POSTGRES_COPY:
        if (postgres->db->running)
            take_answer(postgres, command->statement, result);
        break;
    case POSTGRES_COMMIT:
        /* COMMIT of a transaction that has failed succeeds too: as ROLLBACK. */
        postgres->transaction.is_committed = strcmp(PQcmdStatus(result), "COMMIT") == 0;
        break;
    case POSTGRES_PLAIN:
    case POSTGRES_SYNC:
        break;
    }
}

static void
take_answer(struct postgres *postgres, size_t statement, PGresult *result)
{
    struct sql_work *work = postgres->db->running;
    struct error why = {0};
    if (!postgres_row_take(postgres, statement, result, &why)) {
        sql_work_blame(work, statement, &why);
        postgres_work_fail(postgres, &why);
        return;
    }
    if (PQresultStatus(result) == PGRES_SINGLE_TUPLE)
        return;
    work->results[statement].affected_count += postgres_row_affected(result);
    if (!sql_work_is_met(work, statement))
        postgres->transaction.unmet = statement;
}

static void
take_error(struct postgres *postgres, const PGresult *result)
{
    const struct postgres_command *command = first(postgres);
    struct error why = {0};
    bool is_fatal = false;
    if (!PQresultErrorField(result, PG_DIAG_SQLSTATE)) { /* libpq's own: the connection is gone */
        postgres->is_broken = true;
        return;
    }
    arena_reset(postgres->scratch);
    (void)postgres_error_of_result(postgres, result, &is_fatal, &why);
    if (command->kind == POSTGRES_COMMIT)
        postgres->transaction.is_doubtful = is_fatal;
    note_state(postgres, PQresultErrorField(result, PG_DIAG_SQLSTATE));
    bool is_statement = command->kind == POSTGRES_STATEMENT || command->kind == POSTGRES_COPY;
    const struct postgres_command *next = command + 1;
    if (postgres->db->running && (is_statement || command->kind == POSTGRES_PREPARE))
        sql_work_blame(postgres->db->running, is_statement ? command->statement : next->statement, &why);
    else
        error_context(&why, command->kind == POSTGRES_COMMIT ? "at commit" : "beginning");
    postgres_work_fail(postgres, &why);
}

static void
note_state(struct postgres *postgres, const char *state)
{
    if (strcmp(state, "0A000") == 0 || strcmp(state, "26000") == 0)
        postgres->is_misprepared = true;
    if (strcmp(state, "25006") == 0 && !postgres->db->options.only_reads)
        postgres->transaction.is_useless = true;
}

static void
take_copy_start(struct postgres *postgres)
{
    if (postgres->db->running)
        postgres->transaction.is_copying = true;
    else
        postgres_copy_give_up(postgres);
}
