/* A connection to a file: opened with our settings, and a transaction run on it. Knows neither loop nor
 * thread: a connection belongs to whoever runs a work on it. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/sql/sqlite_private.h"

enum {
    OPERATIONS_BETWEEN_LOOKS = 10000, /* at the clock: some tenths of a millisecond */
    BYTES_PER_KIB = 1024,
};

static void close_file(void *owner);
static bool make_file(const char *path, struct error *err);
static bool connect(struct sqlite *sqlite, struct error *err);
static bool set_up(struct sqlite *sqlite, struct error *err);
static bool set_pragmas(struct sqlite *sqlite, struct error *err);
static bool pragma(struct sqlite *sqlite, struct text text, const char *wanted, struct error *err);
static int is_over(void *owner);
static int wait_in_place(void *owner, int times);
static bool run_all(struct sqlite *sqlite, struct sql_work *work, size_t *out_unmet, struct error *err);
static void roll_back(struct sqlite *sqlite);

bool
sqlite_file_open(struct sqlite *sqlite, struct sql_db *db, struct error *err)
{
    struct text path = text_slice(db->options.url, sizeof(SQLITE_SCHEME) - 1, db->options.url.length);
    if (text_is_empty(path) || text_find_byte(path, '\0') >= 0)
        return error_set(err, ERROR_INVALID, "%s has no path behind it", SQLITE_SCHEME);
    *sqlite =
        (struct sqlite){.db = db, .kept = arena_new(0), .scratch = arena_new(0), .deadline_ms = INT64_MAX};
    arena_defer(db->arena, close_file, sqlite);
    sqlite->path = text_c_string(db->arena, path);
    sqlite_statement_keep_none(sqlite);
    return (db->options.only_reads || make_file(sqlite->path, err)) && connect(sqlite, err) &&
           set_up(sqlite, err);
}

static void
close_file(void *owner)
{
    struct sqlite *sqlite = owner;
    arena_free(sqlite->kept);
    arena_free(sqlite->scratch);
    (void)sqlite3_close(sqlite->file);
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

/* NOMUTEX: no two threads use a connection at once. Who only reads a write-ahead log writes marks into its
 * index all the same. */
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
    /* "x" is a column and never a text, as in PostgreSQL; nobody edits the schema's own table. */
    sqlite3_db_config(sqlite->file, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(sqlite->file, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(sqlite->file, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(sqlite->file, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_busy_timeout(sqlite->file, (int)options->lock_ms); /* a start may wait in place */
    bool is_set = set_pragmas(sqlite, err);
    if (options->only_reads)
        sqlite3_busy_handler(sqlite->file, wait_in_place, sqlite);
    else
        sqlite3_busy_timeout(sqlite->file, 0);
    sqlite3_progress_handler(sqlite->file, OPERATIONS_BETWEEN_LOOKS, is_over, sqlite);
    return is_set;
}

static bool
set_pragmas(struct sqlite *sqlite, struct error *err)
{
    const struct sql_options *options = &sqlite->db->options;
    struct arena *scratch = sqlite->scratch;
    return pragma(sqlite, TEXT("PRAGMA journal_mode=WAL"), "wal", err) &&
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
                  NULL, err) &&
           pragma(sqlite, text_format(scratch, "PRAGMA query_only=%d", options->only_reads), NULL, err);
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
is_over(void *owner)
{
    const struct sqlite *sqlite = owner;
    return clock_now_ms() > sqlite->deadline_ms ||
           (sqlite->is_forgotten && atomic_load(sqlite->is_forgotten));
}

/* Readers wait for nobody but who opens the log anew after a crash, or closes it last. */
static int
wait_in_place(void *owner, int times)
{
    const struct sqlite *sqlite = owner;
    if (is_over(owner) || (int64_t)times * SQLITE_LOCK_POLL_MS >= sqlite->db->options.lock_ms)
        return 0;
    (void)sqlite3_sleep(SQLITE_LOCK_POLL_MS);
    return 1;
}

/* ---- a transaction ---- */

struct sql_outcome
sqlite_file_run(struct sqlite *sqlite, struct sql_work *work)
{
    struct sql_outcome outcome = {.end = SQL_COMMITTED};
    size_t unmet = work->count;
    bool is_committed = run_all(sqlite, work, &unmet, &outcome.why);
    sqlite->deadline_ms = INT64_MAX;
    if (is_committed)
        return outcome;
    roll_back(sqlite);
    if (unmet == work->count)
        outcome.end = SQL_FAILED;
    else
        outcome = (struct sql_outcome){.end = SQL_UNMET, .unmet = unmet};
    return outcome;
}

/* False also for an unmet expectation. */
static bool
run_all(struct sqlite *sqlite, struct sql_work *work, size_t *out_unmet, struct error *err)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < work->count; i++) {
        if (!sqlite_statement_run(sqlite, work, i, err))
            return sql_work_blame(work, i, err);
        if (!sql_work_is_met(work, i)) {
            *out_unmet = i;
            return false;
        }
    }
    return sqlite_statement_run_plain(sqlite, "COMMIT", &code, err) || error_context(err, "at commit");
}

/* A full disk has rolled back already. */
static void
roll_back(struct sqlite *sqlite)
{
    if (sqlite3_get_autocommit(sqlite->file) == 0)
        (void)sqlite3_exec(sqlite->file, "ROLLBACK", NULL, NULL, NULL);
}
