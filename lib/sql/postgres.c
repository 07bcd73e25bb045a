/* PostgreSQL: one connection that is dialled again whenever it breaks, with a delay that doubles and is
 * jittered.
 *
 * A connection ends in lose() only, called at the end of an event and never from inside what sends or takes.
 */
#include <postgresql/libpq-fe.h>

#include "lib/base/arena.h"
#include "lib/base/id.h"
#include "lib/net/loop.h"
#include "lib/sql/postgres_private.h"

enum { FIRST_DELAY_MS = 100, LONGEST_DELAY_MS = 5000 };

static bool takes(const struct sql_options *options);
static bool open_connection(struct sql_db *db, struct error *err);
static void close_connection(struct sql_db *db);
static bool is_ready(const struct sql_db *db, struct error *out_why);
static void start(struct sql_db *db);
static bool abandon(struct sql_db *db, bool is_late);
static void on_time(void *owner);
static void dial(struct postgres *postgres);
static void on_found(void *owner, const struct error *why);
static void on_event(void *owner, int events);
static void poll_connecting(struct postgres *postgres);
static void watch(struct postgres *postgres, int events);
static void ignore_notice(void *owner, const char *words);
static void lose(struct postgres *postgres, const struct error *why);
static void drop(struct postgres *postgres);

const struct sql_driver postgres_driver = {
    .scheme = "postgresql://",
    .lock = "SELECT pg_advisory_xact_lock($1)",
    .takes = takes,
    .open = open_connection,
    .close = close_connection,
    .is_ready = is_ready,
    .start = start,
    .abandon = abandon,
};

static bool
takes(const struct sql_options *options)
{
    struct text url = options->url;
    return text_starts_with(url, TEXT("postgresql://")) || text_starts_with(url, TEXT("postgres://")) ||
           text_find_byte(url, '=') > 0;
}

static bool
open_connection(struct sql_db *db, struct error *err)
{
    struct postgres *postgres = arena_alloc(db->arena, sizeof(*postgres));
    struct loop *loop = db->options.loop;
    db->connection = postgres;
    postgres->db = db;
    postgres->command_arena = arena_new(0);
    postgres->kept = arena_new(0);
    postgres->scratch = arena_new(0);
    postgres->address.owner = postgres;
    postgres->address.on_found = on_found;
    postgres_pipeline_forget(postgres);
    const char *url = text_c_string(db->arena, db->options.url);
    if (!postgres_address_init(&postgres->address, db->arena, loop, url, err))
        return false;
    error_set(&postgres->trouble, ERROR_UNAVAILABLE, "the connection to the database is not made yet");
    postgres->io = loop_io_new(loop, db->arena, on_event, postgres);
    postgres->timer = loop_timer_new(loop, db->arena, on_time, postgres);
    loop_timer_start(postgres->timer, 0);
    return true;
}

static void
close_connection(struct sql_db *db)
{
    struct postgres *postgres = db->connection;
    if (!postgres)
        return;
    PQfinish(postgres->conn);
    arena_free(postgres->command_arena);
    arena_free(postgres->kept);
    arena_free(postgres->scratch);
}

static bool
is_ready(const struct sql_db *db, struct error *out_why)
{
    const struct postgres *postgres = db->connection;
    if (postgres->state == POSTGRES_READY && !postgres->is_broken)
        return true;
    if (out_why && postgres->state == POSTGRES_WORKING)
        return error_set(out_why, ERROR_UNAVAILABLE, "a forgotten work is being ended");
    if (out_why)
        *out_why = postgres->trouble;
    return false;
}

static void
start(struct sql_db *db)
{
    struct postgres *postgres = db->connection;
    postgres_work_start(postgres);
    postgres_pump(postgres);
}

static bool
abandon(struct sql_db *db, bool is_late)
{
    struct postgres *postgres = db->connection;
    const struct postgres_transaction *transaction = &postgres->transaction;
    if (!is_late) {
        postgres_work_abandon(postgres);
        return false;
    }
    bool is_known = transaction->failure.kind != ERROR_NONE || transaction->unmet != SIZE_MAX;
    bool is_unknown =
        transaction->is_doubtful || transaction->is_committed || (transaction->is_commit_sent && !is_known);
    struct error why = {0};
    error_set(&why, ERROR_UNAVAILABLE, "the database did not answer in time");
    lose(postgres, &why);
    return is_unknown;
}

/* ---- connecting ---- */

static void
on_time(void *owner)
{
    struct postgres *postgres = owner;
    struct error why = {0};
    if (postgres->state == POSTGRES_WAITING) {
        dial(postgres);
        return;
    }
    error_set(&why, ERROR_UNAVAILABLE,
              postgres->state == POSTGRES_WORKING ? "the database did not end a transaction in time"
                                                  : "the database did not take the connection in time");
    lose(postgres, &why);
}

static void
dial(struct postgres *postgres)
{
    postgres->state = POSTGRES_RESOLVING;
    loop_timer_start(postgres->timer, postgres->db->options.connect_ms);
    postgres_address_find(&postgres->address);
}

static void
on_found(void *owner, const struct error *why)
{
    struct postgres *postgres = owner;
    if (why) {
        lose(postgres, why);
        return;
    }
    postgres->conn = PQconnectStartParams(postgres->address.keywords, postgres->address.values, 0);
    if (!postgres->conn || PQstatus(postgres->conn) == CONNECTION_BAD) {
        struct error failed = {0};
        arena_reset(postgres->scratch);
        (void)postgres_error_of_connection(postgres, &failed);
        lose(postgres, &failed);
        return;
    }
    (void)PQsetNoticeProcessor(postgres->conn, ignore_notice, NULL);
    postgres->state = POSTGRES_CONNECTING;
    watch(postgres, LOOP_WRITE);
}

static void
on_event(void *owner, int events)
{
    struct postgres *postgres = owner;
    if (postgres->state == POSTGRES_CONNECTING) {
        poll_connecting(postgres);
        return;
    }
    bool is_gone = (events & LOOP_READ) && PQconsumeInput(postgres->conn) != 1;
    if (is_gone) /* what had come before it went counts */
        postgres_pipeline_take(postgres);
    postgres->is_broken = postgres->is_broken || is_gone;
    postgres_pump(postgres);
}

static void
poll_connecting(struct postgres *postgres)
{
    struct error why = {0};
    loop_io_stop(postgres->io); /* libpq may close this socket and make another of the same number */
    switch (PQconnectPoll(postgres->conn)) {
    case PGRES_POLLING_READING:
        watch(postgres, LOOP_READ);
        return;
    case PGRES_POLLING_WRITING:
        watch(postgres, LOOP_WRITE);
        return;
    case PGRES_POLLING_OK:
        if (PQsetnonblocking(postgres->conn, 1) == 0 && PQenterPipelineMode(postgres->conn) == 1) {
            postgres->state = POSTGRES_SETTING_UP;
            postgres_work_set_up(postgres);
            postgres_pump(postgres);
            return;
        }
        __attribute__((fallthrough));
    default:
        arena_reset(postgres->scratch);
        (void)postgres_error_of_connection(postgres, &why);
        lose(postgres, &why);
    }
}

static void
watch(struct postgres *postgres, int events)
{
    loop_io_watch(postgres->io, PQsocket(postgres->conn), events);
}

static void
ignore_notice(void *owner, const char *words)
{
    (void)owner; /* libpq would write them to stderr */
    (void)words;
}

/* ---- while connected ---- */

void
postgres_pump(struct postgres *postgres)
{
    struct error why = {0};
    int unsent = 0;
    if (!postgres->is_broken)
        postgres_pipeline_take(postgres);
    if (postgres->transaction.is_copying)
        postgres_copy_feed(postgres);
    if (!postgres->is_broken && postgres->command_count == 0 && postgres->state != POSTGRES_READY)
        postgres_work_go_on(postgres);
    if (!postgres->is_broken)
        unsent = PQflush(postgres->conn);
    if (!postgres->is_broken && unsent >= 0) {
        watch(postgres, LOOP_READ | (unsent > 0 || postgres->transaction.is_copying ? LOOP_WRITE : 0));
        return;
    }
    arena_reset(postgres->scratch);
    if (postgres->transaction.failure.kind == ERROR_UNAVAILABLE)
        why = postgres->transaction.failure;
    else
        (void)postgres_error_of_connection(postgres, &why);
    lose(postgres, &why);
}

static void
lose(struct postgres *postgres, const struct error *why)
{
    postgres->trouble = *why;
    drop(postgres);
    postgres_work_lost(postgres, why);

    int64_t delay_ms = postgres->delay_ms > 0 ? postgres->delay_ms : FIRST_DELAY_MS;
    postgres->delay_ms = delay_ms < LONGEST_DELAY_MS / 2 ? delay_ms * 2 : LONGEST_DELAY_MS;
    postgres->state = POSTGRES_WAITING;
    loop_timer_start(postgres->timer,
                     delay_ms / 2 + (int64_t)(id_random_u64() % (uint64_t)(delay_ms / 2 + 1)));
}

static void
drop(struct postgres *postgres)
{
    postgres_address_cancel(&postgres->address);
    loop_io_stop(postgres->io);
    PQfinish(postgres->conn);
    postgres->conn = NULL;
    postgres->is_broken = false;
    postgres->transaction.is_copying = false;
    postgres_pipeline_forget(postgres);
}
