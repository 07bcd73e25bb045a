/* SQLite: a file with a write-ahead log, one writer, works run to their end in a task of the loop. Works that
 * only read may have a thread of their own: sqlite_reader.c.
 *
 * While another program writes, a work waits by a timer and not inside SQLite: the loop goes on. */
#include <sqlite3.h>

#include "lib/base/arena.h"
#include "lib/net/loop.h"
#include "lib/sql/sqlite_private.h"

struct sqlite_writer {
    struct sqlite sqlite;
    struct loop_timer *lock_timer; /* runs while another program writes */
};

static bool takes(const struct sql_options *options);
static bool open_writer(struct sql_db *db, struct error *err);
static void close_writer(struct sql_db *db);
static bool is_ready(const struct sql_db *db, struct error *out_why);
static void start(struct sql_db *db);
static bool abandon(struct sql_db *db, bool is_late);
static void try_to_run(void *owner);

const struct sql_driver sqlite_driver = {
    .scheme = SQLITE_SCHEME,
    .takes = takes,
    .open = open_writer,
    .close = close_writer,
    .is_ready = is_ready,
    .start = start,
    .abandon = abandon,
};

static bool
takes(const struct sql_options *options)
{
    return text_starts_with(options->url, TEXT(SQLITE_SCHEME)) && !options->only_reads;
}

static bool
open_writer(struct sql_db *db, struct error *err)
{
    struct sqlite_writer *writer = arena_alloc(db->arena, sizeof(*writer));
    db->connection = writer;
    writer->lock_timer = loop_timer_new(db->options.loop, db->arena, try_to_run, writer);
    return sqlite_file_open(&writer->sqlite, db, err);
}

static void
close_writer(struct sql_db *db)
{
    (void)db; /* its arena does it */
}

static bool
is_ready(const struct sql_db *db, struct error *out_why)
{
    (void)db;
    (void)out_why;
    return true;
}

static void
start(struct sql_db *db)
{
    try_to_run(db->connection);
}

static bool
abandon(struct sql_db *db, bool is_late)
{
    (void)is_late;
    struct sqlite_writer *writer = db->connection;
    loop_timer_stop(writer->lock_timer); /* it had not begun, or it would have ended */
    return false;
}

static void
try_to_run(void *owner)
{
    struct sqlite_writer *writer = owner;
    struct sqlite *sqlite = &writer->sqlite;
    struct sql_db *db = sqlite->db;
    struct sql_work *work = db->running;
    struct error why = {0};
    int code = SQLITE_OK;
    sqlite->deadline_ms = work->started_ms + work->deadline_ms;
    if (!sqlite_statement_run_plain(sqlite, "BEGIN IMMEDIATE", &code, &why)) {
        bool is_locked = (code & 0xFF) == SQLITE_BUSY;
        if (is_locked && loop_now_ms(db->options.loop) - work->started_ms < db->options.lock_ms)
            loop_timer_start(writer->lock_timer, SQLITE_LOCK_POLL_MS);
        else
            sql_db_finish_failed(db, &why, false);
        return;
    }
    struct sql_outcome outcome = sqlite_file_run(sqlite, work);
    sql_db_finish(db, &outcome);
}
