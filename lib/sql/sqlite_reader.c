/* SQLite beside the loop: works that only read run on a thread with a connection of its own. The write-ahead
 * log shows each what was committed when it began, whoever writes meanwhile.
 *
 * A reading is a copy of a work, all in an arena of its own. It goes to the thread and comes back with what
 * was read, which is then the work's; a work that was forgotten meanwhile only says so in the reading. */
#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/base/worker.h"
#include "lib/net/loop.h"
#include "lib/sql/sqlite_private.h"

struct reading {
    struct arena *arena;
    struct sql_work *work;
    struct sql_outcome outcome;
    atomic_bool is_forgotten; /* the one thing that both threads may touch */
};

struct sqlite_reader {
    struct sql_db *db;
    struct sqlite sqlite; /* the worker's as long as there is one */
    struct worker *worker;
    struct loop_io *answers;
    struct reading *reading; /* with the worker; NULL: it has nothing to read */
};

static bool takes(const struct sql_options *options);
static bool open_reader(struct sql_db *db, struct error *err);
static void close_reader(struct sql_db *db);
static bool is_ready(const struct sql_db *db, struct error *out_why);
static void start(struct sql_db *db);
static bool abandon(struct sql_db *db, bool is_late);
static void forget(void *owner);
static void free_reading(void *owner);
static void on_read(void *owner, int events);
static void free_arena(void *owner);
static void read_work(void *owner, void *message);

const struct sql_driver sqlite_reader_driver = {
    .scheme = SQLITE_SCHEME,
    .takes = takes,
    .open = open_reader,
    .close = close_reader,
    .is_ready = is_ready,
    .start = start,
    .abandon = abandon,
};

static bool
takes(const struct sql_options *options)
{
    return text_starts_with(options->url, TEXT(SQLITE_SCHEME)) && options->only_reads;
}

/* Deferred calls run backwards: what is read is forgotten, the worker ends, then its file is closed. */
static bool
open_reader(struct sql_db *db, struct error *err)
{
    struct sqlite_reader *reader = arena_alloc(db->arena, sizeof(*reader));
    const struct worker_options options = {.answer = read_work,
                                           .owner = &reader->sqlite,
                                           .message_bytes = sizeof(struct reading *),
                                           .what = "reading the database"};
    reader->db = db;
    db->connection = reader;
    if (!sqlite_file_open(&reader->sqlite, db, err))
        return false;
    (void)map_hash(TEXT("")); /* maps of all threads share a secret, which the first use makes */
    arena_defer(db->arena, free_reading, reader);
    if (!worker_start(db->arena, &options, &reader->worker, err))
        return false;
    arena_defer(db->arena, forget, reader);
    reader->answers = loop_io_new(db->options.loop, db->arena, on_read, reader);
    loop_io_watch(reader->answers, worker_fd(reader->worker), LOOP_READ);
    return true;
}

static void
close_reader(struct sql_db *db)
{
    (void)db; /* its arena does it */
}

static bool
is_ready(const struct sql_db *db, struct error *out_why)
{
    const struct sqlite_reader *reader = db->connection;
    return !reader->reading || error_set(out_why, ERROR_UNAVAILABLE, "a forgotten work is being ended");
}

static void
start(struct sql_db *db)
{
    struct sqlite_reader *reader = db->connection;
    struct arena *arena = arena_new(0);
    struct reading *reading = arena_alloc(arena, sizeof(*reading));
    struct error why = {0};
    reading->arena = arena;
    reading->work = sql_work_copy(arena, db->running);
    reader->reading = reading;
    if (worker_send(reader->worker, &reading))
        return;
    error_set(&why, ERROR_INTERNAL, "the thread that reads the database takes no work");
    free_reading(reader);
    sql_db_finish_failed(db, &why, false);
}

/* What was only read is never in doubt. */
static bool
abandon(struct sql_db *db, bool is_late)
{
    (void)is_late;
    forget(db->connection);
    return false;
}

static void
forget(void *owner)
{
    struct sqlite_reader *reader = owner;
    if (reader->reading)
        atomic_store(&reader->reading->is_forgotten, true);
}

static void
free_reading(void *owner)
{
    struct sqlite_reader *reader = owner;
    if (reader->reading)
        arena_free(reader->reading->arena);
    reader->reading = NULL;
}

static void
on_read(void *owner, int events)
{
    (void)events;
    struct sqlite_reader *reader = owner;
    struct sql_db *db = reader->db;
    struct reading *reading = NULL;
    if (!worker_take(reader->worker, &reading))
        return;
    assert(reading == reader->reading);
    if (atomic_load(&reading->is_forgotten)) {
        free_reading(reader);
        sql_db_next(db);
        return;
    }
    reader->reading = NULL;
    db->running->results = reading->work->results;
    arena_defer(db->running->arena, free_arena, reading->arena);
    sql_db_finish(db, &reading->outcome);
}

static void
free_arena(void *owner)
{
    arena_free(owner);
}

/* ---- on the worker's thread ---- */

static void
read_work(void *owner, void *message)
{
    struct sqlite *sqlite = owner;
    struct reading *reading = *(struct reading **)message;
    struct sql_work *work = reading->work;
    int code;
    sqlite->deadline_ms = work->started_ms + work->deadline_ms;
    sqlite->is_forgotten = &reading->is_forgotten;
    if (sqlite_statement_run_plain(sqlite, "BEGIN", &code, &reading->outcome.why))
        reading->outcome = sqlite_file_run(sqlite, work);
    else
        reading->outcome.end = SQL_FAILED;
    sqlite->is_forgotten = NULL;
}
