/* SQLite: a file with a write-ahead log, one writer, works run to their end in a task of the loop.
 *
 * While another program writes, a work waits by a timer and not inside SQLite: the loop goes on. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/net/loop.h"
#include "lib/sql/sqlite_private.h"

#define SCHEME "sqlite:"

enum {
    LOCK_POLL_MS = 5,
    OPERATIONS_BETWEEN_LOOKS = 10000, /* at the clock: some tenths of a millisecond */
    BYTES_PER_KIB = 1024,
};

static bool takes(struct text url);
static bool open_file(struct sql_db *db, struct error *err);
static void close_file(struct sql_db *db);
static bool is_ready(const struct sql_db *db, struct error *out_why);
static void start(struct sql_db *db);
static bool abandon(struct sql_db *db, bool is_late);
static bool make_file(const char *path, struct error *err);
static bool connect(struct sqlite *sqlite, struct error *err);
static bool set_up(struct sqlite *sqlite, struct error *err);
static bool pragma(struct sqlite *sqlite, struct text text, const char *wanted, struct error *err);
static int is_past_deadline(void *owner);
static void try_to_run(void *owner);
static void roll_back(struct sqlite *sqlite);
static bool run(struct sqlite *sqlite, size_t *out_unmet, struct error *err);

const struct sql_driver sqlite_driver = {
    .scheme = SCHEME,
    .takes = takes,
    .open = open_file,
    .close = close_file,
    .is_ready = is_ready,
    .start = start,
    .abandon = abandon,
};

static bool
takes(struct text url)
{
    return text_starts_with(url, TEXT(SCHEME));
}

static void
close_sqlite(void *owner)
{
    struct sqlite *sqlite = owner;
    arena_free(sqlite->kept);
    arena_free(sqlite->scratch);
    (void)sqlite3_close(sqlite->file);
}

static bool
open_file(struct sql_db *db, struct error *err)
{
    struct text path = text_slice(db->options.url, sizeof(SCHEME) - 1, db->options.url.length);
    if (text_is_empty(path) || text_find_byte(path, '\0') >= 0)
        return error_set(err, ERROR_INVALID, "%s has no path behind it", SCHEME);
    struct sqlite *sqlite = arena_alloc(db->arena, sizeof(*sqlite));
    *sqlite =
        (struct sqlite){.db = db, .kept = arena_new(0), .scratch = arena_new(0), .deadline_ms = INT64_MAX};
    arena_defer(db->arena, close_sqlite, sqlite);
    sqlite->path = text_c_string(db->arena, path);
    sqlite->lock_timer = loop_timer_new(db->options.loop, db->arena, try_to_run, sqlite);
    sqlite_statement_keep_none(sqlite);
    db->connection = sqlite;
    return make_file(sqlite->path, err) && connect(sqlite, err) && set_up(sqlite, err);
}

static void
close_file(struct sql_db *db)
{
    (void)db; /* close_sqlite does it */
}

static bool
is_ready(const struct sql_db *db, struct error *out_why)
{
    (void)db;
    (void)out_why;
    return true;
}

/* SQLite would make it with mode 0644. Never opened here when it is there: closing it again would drop the
 * locks that this process holds on it (POSIX). */
static bool
make_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return error_set_errno(err, errno,
                               "the database file %s cannot be made (is its folder there, and ours?)", path);
    if (fd >= 0)
        close(fd);
    return true;
}

static bool
connect(struct sqlite *sqlite, struct error *err)
{
    int code = sqlite3_open_v2(
        sqlite->path, &sqlite->file,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE, NULL);
    if (code != SQLITE_OK)
        return sqlite_error_set(sqlite, code, err);
    if (sqlite3_db_readonly(sqlite->file, "main") != 0)
        return error_set(err, ERROR_UNAVAILABLE, "the database file %s is read-only", sqlite->path);
    return true;
}

static bool
set_up(struct sqlite *sqlite, struct error *err)
{
    const struct sql_options *options = &sqlite->db->options;
    struct arena *scratch = sqlite->scratch;
    /* "x" is a column and never a text, as in PostgreSQL; nobody edits the schema's own table. */
    sqlite3_db_config(sqlite->file, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(sqlite->file, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(sqlite->file, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(sqlite->file, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_busy_timeout(sqlite->file, (int)options->lock_ms); /* a start may wait in place */
    bool is_set = pragma(sqlite, TEXT("PRAGMA journal_mode=WAL"), "wal", err) &&
                  pragma(sqlite, TEXT("PRAGMA foreign_keys=ON"), NULL, err) &&
                  pragma(sqlite, TEXT("PRAGMA temp_store=MEMORY"), NULL, err) &&
                  pragma(sqlite, TEXT("PRAGMA journal_size_limit=67108864"), NULL, err) &&
                  pragma(sqlite,
                         text_format(scratch, "PRAGMA synchronous=%s",
                                     options->may_lose_last_commits ? "NORMAL" : "FULL"),
                         NULL, err) &&
                  pragma(sqlite,
                         text_format(scratch, "PRAGMA cache_size=-%lld",
                                     (long long)(options->cache_bytes / BYTES_PER_KIB)),
                         NULL, err);
    sqlite3_busy_timeout(sqlite->file, 0);
    sqlite3_progress_handler(sqlite->file, OPERATIONS_BETWEEN_LOOKS, is_past_deadline, sqlite);
    return is_set;
}

static bool
pragma(struct sqlite *sqlite, struct text text, const char *wanted, struct error *err)
{
    sqlite3_stmt *prepared = NULL;
    int code = sqlite3_prepare_v2(sqlite->file, text.bytes, (int)text.length, &prepared, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(prepared);
    bool is_set = code == SQLITE_ROW || code == SQLITE_DONE || sqlite_error_set(sqlite, code, err);
    if (is_set && wanted) {
        const char *got = (const char *)sqlite3_column_text(prepared, 0);
        is_set =
            text_equals(text_of(got), text_of(wanted)) ||
            error_set(err, ERROR_UNAVAILABLE, "the database file %s: %.*s gave %s (a network file system?)",
                      sqlite->path, TEXT_ARG(text), got ? got : "nothing");
    }
    (void)sqlite3_finalize(prepared);
    return is_set;
}

static int
is_past_deadline(void *owner)
{
    const struct sqlite *sqlite = owner;
    return clock_now_ms() > sqlite->deadline_ms;
}

/* ---- works ---- */

static void
start(struct sql_db *db)
{
    try_to_run(db->connection);
}

static bool
abandon(struct sql_db *db, bool is_late)
{
    (void)is_late;
    struct sqlite *sqlite = db->connection;
    loop_timer_stop(sqlite->lock_timer); /* it had not begun, or it would have ended */
    return false;
}

static void
try_to_run(void *owner)
{
    struct sqlite *sqlite = owner;
    struct sql_db *db = sqlite->db;
    const struct sql_work *work = db->running;
    struct error why = {0};
    size_t unmet = work->count;
    int code = SQLITE_OK;
    sqlite->deadline_ms = work->started_ms + work->deadline_ms;
    if (!sqlite_statement_run_plain(sqlite, "BEGIN IMMEDIATE", &code, &why)) {
        bool is_locked = (code & 0xFF) == SQLITE_BUSY;
        if (is_locked && loop_now_ms(db->options.loop) - work->started_ms < db->options.lock_ms)
            loop_timer_start(sqlite->lock_timer, LOCK_POLL_MS);
        else
            sql_db_finish_failed(db, &why, false);
        return;
    }
    bool is_committed = run(sqlite, &unmet, &why);
    sqlite->deadline_ms = INT64_MAX;
    if (!is_committed)
        roll_back(sqlite);
    if (is_committed)
        sql_db_finish(db, &(struct sql_outcome){.end = SQL_COMMITTED});
    else if (unmet < work->count)
        sql_db_finish(db, &(struct sql_outcome){.end = SQL_UNMET, .unmet = unmet});
    else
        sql_db_finish_failed(db, &why, false);
}

/* A full disk has rolled back already. */
static void
roll_back(struct sqlite *sqlite)
{
    if (sqlite3_get_autocommit(sqlite->file) == 0)
        (void)sqlite3_exec(sqlite->file, "ROLLBACK", NULL, NULL, NULL);
}

/* False also for an unmet expectation. */
static bool
run(struct sqlite *sqlite, size_t *out_unmet, struct error *err)
{
    const struct sql_work *work = sqlite->db->running;
    int code = SQLITE_OK;
    for (size_t i = 0; i < work->count; i++) {
        if (!sqlite_statement_run(sqlite, i, err))
            return sql_work_blame(work, i, err);
        if (!sql_work_is_met(work, i)) {
            *out_unmet = i;
            return false;
        }
    }
    return sqlite_statement_run_plain(sqlite, "COMMIT", &code, err) || error_context(err, "at commit");
}
