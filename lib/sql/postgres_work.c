/* A transaction on the connection. Everything between BEGIN and COMMIT is sent at once, except that an
 * expectation waits for its answer and a copy stands alone: what is sent at once is a segment, ended by a
 * sync. */
#include <inttypes.h>
#include <postgresql/libpq-fe.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/net/loop.h"
#include "lib/sql/postgres_private.h"

enum { MOST_KEPT = 256, FORGOTTEN_MS = 5000 };

static int64_t statement_ms(int64_t deadline_ms);
static int64_t server_ms(int64_t ms);
static void begin(struct postgres *postgres);
static void send_segment(struct postgres *postgres);
static void set_up_done(struct postgres *postgres);
static bool must_roll_back(const struct postgres *postgres);
static void end(struct postgres *postgres);
static struct sql_outcome outcome_of(const struct postgres_transaction *transaction);

void
postgres_work_set_up(struct postgres *postgres)
{
    const struct sql_options *options = &postgres->db->options;
    postgres->transaction = (struct postgres_transaction){.unmet = SIZE_MAX};
    arena_reset(postgres->scratch);
    /* An idle transaction of ours is one whose client is gone. Commits are as durable as the server makes
     * them, but not less than on its own disk. */
    struct text text =
        text_format(postgres->scratch,
                    "SELECT set_config('statement_timeout', '%" PRId64 "', false),"
                    " set_config('lock_timeout', '%" PRId64 "', false),"
                    " set_config('idle_in_transaction_session_timeout', '%" PRId64 "', false),"
                    " set_config('synchronous_commit', CASE WHEN %s THEN 'off'"
                    " WHEN current_setting('synchronous_commit') = 'off' THEN 'on'"
                    " ELSE current_setting('synchronous_commit') END, false)",
                    statement_ms(options->deadline_ms), server_ms(options->lock_ms),
                    server_ms(options->deadline_ms), options->may_lose_last_commits ? "true" : "false");
    postgres_pipeline_plain(postgres, text_c_string(postgres->scratch, text), POSTGRES_PLAIN);
    postgres_pipeline_sync(postgres);
}

/* The server is to give up first, so that the outcome is known. */
static int64_t
statement_ms(int64_t deadline_ms)
{
    return server_ms(deadline_ms - deadline_ms / 4);
}

/* Its settings are 32 bits, and 0 is for ever. */
static int64_t
server_ms(int64_t ms)
{
    return ms < 1 ? 1 : ms < INT32_MAX ? ms : INT32_MAX;
}

void
postgres_work_start(struct postgres *postgres)
{
    postgres->state = POSTGRES_WORKING;
    postgres->transaction = (struct postgres_transaction){.unmet = SIZE_MAX};
    if (postgres->is_misprepared || map_count(postgres->statements) >= MOST_KEPT) {
        postgres_pipeline_forget(postgres);
        postgres_pipeline_plain(postgres, "DEALLOCATE ALL", POSTGRES_PLAIN);
        postgres_pipeline_sync(postgres); /* or BEGIN would come too late for its isolation level */
    }
    postgres_work_go_on(postgres);
}

void
postgres_work_go_on(struct postgres *postgres)
{
    struct postgres_transaction *transaction = &postgres->transaction;
    const struct sql_work *work = postgres->db->running;
    if (postgres->state == POSTGRES_SETTING_UP) {
        set_up_done(postgres);
        return;
    }
    if (PQpipelineStatus(postgres->conn) == PQ_PIPELINE_OFF && PQenterPipelineMode(postgres->conn) != 1) {
        postgres->is_broken = true;
        return;
    }
    if (must_roll_back(postgres)) {
        transaction->is_rolling_back = true;
        postgres_pipeline_plain(postgres, "ROLLBACK", POSTGRES_PLAIN);
        postgres_pipeline_sync(postgres);
    } else if (transaction->is_committed || transaction->is_rolling_back || !work ||
               transaction->failure.kind != ERROR_NONE || transaction->unmet != SIZE_MAX) {
        end(postgres);
    } else if (transaction->has_begun && transaction->next_statement < work->count &&
               work->statements[transaction->next_statement].copy) {
        postgres_pipeline_copy(postgres, transaction->next_statement++);
    } else {
        send_segment(postgres);
    }
}

void
postgres_work_fail(struct postgres *postgres, const struct error *why)
{
    if (postgres->transaction.failure.kind == ERROR_NONE)
        postgres->transaction.failure = *why;
}

void
postgres_work_lost(struct postgres *postgres, const struct error *why)
{
    struct postgres_transaction *transaction = &postgres->transaction;
    if (!postgres->db->running)
        return;
    struct sql_outcome outcome = outcome_of(transaction);
    if (outcome.end == SQL_FAILED && outcome.why.kind == ERROR_NONE) {
        outcome.why = *why;
        outcome.is_unknown = transaction->is_commit_sent;
    }
    sql_db_finish(postgres->db, &outcome);
}

/* ---- segments ---- */

static void
begin(struct postgres *postgres)
{
    static const char *const beginnings[2][2] = {
        {"BEGIN ISOLATION LEVEL SERIALIZABLE", "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY"},
        {"BEGIN ISOLATION LEVEL READ COMMITTED", "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"}};
    const struct sql_work *work = postgres->db->running;
    postgres_pipeline_plain(postgres, beginnings[work->is_relaxed][postgres->db->options.only_reads],
                            POSTGRES_PLAIN);
    if (work->deadline_ms != postgres->db->options.deadline_ms) {
        arena_reset(postgres->scratch);
        struct text text = text_format(postgres->scratch, "SET LOCAL statement_timeout = %" PRId64,
                                       statement_ms(work->deadline_ms));
        postgres_pipeline_plain(postgres, text_c_string(postgres->scratch, text), POSTGRES_PLAIN);
    }
    postgres->transaction.has_begun = true;
}

static void
send_segment(struct postgres *postgres)
{
    struct postgres_transaction *transaction = &postgres->transaction;
    const struct sql_work *work = postgres->db->running;
    bool must_wait = false;
    if (!transaction->has_begun)
        begin(postgres);
    while (transaction->next_statement < work->count && !must_wait) {
        size_t next = transaction->next_statement;
        if (work->statements[next].copy)
            break;
        postgres_pipeline_statement(postgres, next);
        must_wait = work->statements[next].expects_rows;
        transaction->next_statement++;
    }
    if (transaction->next_statement == work->count && !must_wait) {
        postgres_pipeline_plain(postgres, "COMMIT", POSTGRES_COMMIT);
        transaction->is_commit_sent = true;
    }
    postgres_pipeline_sync(postgres);
}

static void
set_up_done(struct postgres *postgres)
{
    if (postgres->transaction.failure.kind != ERROR_NONE) {
        postgres->transaction.failure.kind = ERROR_UNAVAILABLE; /* a server that takes no settings of ours */
        postgres->is_broken = true;
        return;
    }
    loop_timer_stop(postgres->timer);
    postgres->state = POSTGRES_READY;
    postgres->delay_ms = 0;
    sql_db_next(postgres->db);
}

/* ---- the end ---- */

static bool
must_roll_back(const struct postgres *postgres)
{
    const struct postgres_transaction *transaction = &postgres->transaction;
    bool is_over =
        !postgres->db->running || transaction->failure.kind != ERROR_NONE || transaction->unmet != SIZE_MAX;
    return is_over && !transaction->is_rolling_back && PQtransactionStatus(postgres->conn) != PQTRANS_IDLE;
}

void
postgres_work_abandon(struct postgres *postgres)
{
    loop_timer_start(postgres->timer, FORGOTTEN_MS);
    if (postgres->transaction.is_copying)
        postgres_copy_give_up(postgres);
    postgres_pump(postgres);
}

static void
end(struct postgres *postgres)
{
    struct postgres_transaction *transaction = &postgres->transaction;
    struct sql_outcome outcome = outcome_of(transaction);
    loop_timer_stop(postgres->timer);
    postgres->state = POSTGRES_READY;
    if (transaction->is_useless)
        postgres->is_broken = true;
    else
        *transaction = (struct postgres_transaction){.unmet = SIZE_MAX};
    if (postgres->db->running)
        sql_db_finish(postgres->db, &outcome);
    else
        sql_db_next(postgres->db);
}

/* Rows that could not be read are noticed when COMMIT may be on its way already. */
static struct sql_outcome
outcome_of(const struct postgres_transaction *transaction)
{
    if (transaction->failure.kind == ERROR_NONE && transaction->is_committed)
        return (struct sql_outcome){.end = SQL_COMMITTED};
    if (transaction->failure.kind == ERROR_NONE && transaction->unmet != SIZE_MAX)
        return (struct sql_outcome){.end = SQL_UNMET, .unmet = transaction->unmet};
    return (struct sql_outcome){.end = SQL_FAILED,
                                .why = transaction->failure,
                                .is_unknown = transaction->is_committed || transaction->is_doubtful};
}
