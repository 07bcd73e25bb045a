/* The queue before a database: what waits, what runs, what ended and is not told yet; deadlines. */
#include "lib/sql/sql.h"

#include <assert.h>
#include <inttypes.h>

#include "lib/base/arena.h"
#include "lib/net/loop.h"
#include "lib/sql/sql_driver.h"

enum {
    DEFAULT_MAX_QUEUED = 1024,
    DEFAULT_MAX_RESULT_BYTES = 16 << 20,
    DEFAULT_DEADLINE_MS = 10000,
    DEFAULT_LOCK_MS = 5000,
    DEFAULT_CONNECT_MS = 5000,
    DEFAULT_CACHE_BYTES = 8 << 20,
};

static const struct sql_driver *const drivers[] = {&sqlite_driver, &sqlite_reader_driver, &postgres_driver};

static const struct sql_driver *find_driver(const struct sql_options *options);
static struct sql_options fill_in(struct arena *arena, const struct sql_options *options);
static void db_release(void *owner);
static void part(struct sql_work *work);
static struct sql_work *choose(const struct sql_db *db);
static void start_next(void *owner);
static void end_work(struct sql_work *work, const struct sql_outcome *outcome);
static void fail_work(struct sql_work *work, const struct error *why, bool is_unknown);
static void tell_next(void *owner);
static void on_deadline(void *owner);
static void queue(struct sql_work_list *list, struct sql_work *work);
static void list_add(struct sql_work_list *list, struct sql_work *work);
static void list_insert(struct sql_work_list *list, struct sql_work *before, struct sql_work *work);
static void list_take(struct sql_work_list *list, struct sql_work *work);

bool
sql_open(struct arena *arena, const struct sql_options *options, struct sql_db **out_db, struct error *err)
{
    const struct sql_driver *driver = find_driver(options);
    if (!driver)
        return error_set(
            err, ERROR_INVALID,
            "the database is named by %sPATH, %sHOST/NAME or libpq's \"host=...\"; what is there is not "
            "repeated here, as it may hold a password",
            sqlite_driver.scheme, postgres_driver.scheme);
    struct sql_db *db = arena_alloc(arena, sizeof(*db));
    *db = (struct sql_db){.arena = arena, .driver = driver, .options = fill_in(arena, options)};
    arena_defer(arena, db_release, db);
    db->start = loop_task_new(options->loop, arena, start_next, db);
    db->tell = loop_task_new(options->loop, arena, tell_next, db);
    if (!driver->open(db, err))
        return false;
    *out_db = db;
    return true;
}

bool
sql_is_concurrent(const struct sql_db *db)
{
    return db->driver != &sqlite_driver;
}

bool
sql_is_ready(const struct sql_db *db, struct error *out_why)
{
    return db->running || db->driver->is_ready(db, out_why);
}

void
sql_work_run(struct sql_work *work, sql_done_fn on_done, void *owner)
{
    assert(work->state == SQL_WORK_NEW);
    struct sql_db *db = work->db;
    work->on_done = on_done;
    work->owner = owner;
    work->results = arena_alloc_array(work->arena, work->count, sizeof(*work->results));
    work->row_capacities = arena_alloc_array(work->arena, work->count, sizeof(*work->row_capacities));
    if (work->problem.kind != ERROR_NONE) {
        fail_work(work, &work->problem, false);
        return;
    }
    if (db->queued.count >= db->options.max_queued) {
        struct error why = {0};
        error_set(&why, ERROR_UNAVAILABLE, "%zu works wait for the database already", db->queued.count);
        fail_work(work, &why, false);
        return;
    }
    work->state = SQL_WORK_QUEUED;
    work->started_ms = loop_now_ms(db->options.loop);
    work->timer = loop_timer_new(db->options.loop, work->arena, on_deadline, work);
    loop_timer_start(work->timer, work->deadline_ms);
    queue(&db->queued, work);
    sql_db_next(db);
}

/* ---- for works and drivers ---- */

void
sql_db_next(struct sql_db *db)
{
    if (db->queued.first && !db->running)
        loop_task_post(db->start);
}

void
sql_db_finish(struct sql_db *db, const struct sql_outcome *outcome)
{
    struct sql_work *work = db->running;
    db->running = NULL;
    end_work(work, outcome);
    sql_db_next(db);
}

void
sql_db_finish_failed(struct sql_db *db, const struct error *why, bool is_unknown)
{
    sql_db_finish(db, &(struct sql_outcome){.end = SQL_FAILED, .why = *why, .is_unknown = is_unknown});
}

void
sql_db_forget(struct sql_work *work)
{
    struct sql_db *db = work->db;
    switch (work->state) {
    case SQL_WORK_QUEUED:
        list_take(&db->queued, work);
        break;
    case SQL_WORK_RUNNING:
        db->running = NULL;
        (void)db->driver->abandon(db, false);
        sql_db_next(db);
        break;
    case SQL_WORK_ENDED:
        list_take(&db->ended, work);
        break;
    case SQL_WORK_NEW:
    case SQL_WORK_OVER:
        break;
    }
    work->state = SQL_WORK_OVER;
}

/* ---- the queue ---- */

static const struct sql_driver *
find_driver(const struct sql_options *options)
{
    for (size_t i = 0; i < COUNT_OF(drivers); i++)
        if (drivers[i]->takes(options))
            return drivers[i];
    return NULL;
}

static struct sql_options
fill_in(struct arena *arena, const struct sql_options *options)
{
    struct sql_options filled = *options;
    filled.url = text_copy(arena, options->url);
    filled.max_queued = filled.max_queued > 0 ? filled.max_queued : DEFAULT_MAX_QUEUED;
    filled.max_result_bytes =
        filled.max_result_bytes > 0 ? filled.max_result_bytes : DEFAULT_MAX_RESULT_BYTES;
    filled.deadline_ms = filled.deadline_ms > 0 ? filled.deadline_ms : DEFAULT_DEADLINE_MS;
    filled.lock_ms = filled.lock_ms > 0 ? filled.lock_ms : DEFAULT_LOCK_MS;
    filled.connect_ms = filled.connect_ms > 0 ? filled.connect_ms : DEFAULT_CONNECT_MS;
    filled.cache_bytes = filled.cache_bytes > 0 ? filled.cache_bytes : DEFAULT_CACHE_BYTES;
    return filled;
}

static void
db_release(void *owner)
{
    struct sql_db *db = owner;
    struct sql_work_list *lists[] = {&db->queued, &db->ended};
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        while (lists[i]->first) {
            struct sql_work *work = lists[i]->first;
            list_take(lists[i], work);
            part(work);
        }
    if (db->running)
        part(db->running);
    db->running = NULL;
    db->driver->close(db);
}

/* The database ends before its work. */
static void
part(struct sql_work *work)
{
    if (work->timer)
        loop_timer_stop(work->timer);
    work->state = SQL_WORK_OVER;
}

/* Who asks for one preferred work after the other must not keep everybody else out. */
static struct sql_work *
choose(const struct sql_db *db)
{
    struct sql_work *first = db->queued.first, *work = first;
    while (db->preferred_count >= SQL_MOST_PREFERRED && work && work->is_preferred)
        work = work->next;
    return work ? work : first;
}

static void
start_next(void *owner)
{
    struct sql_db *db = owner;
    if (!db->queued.first || db->running || !db->driver->is_ready(db, NULL))
        return;
    struct sql_work *work = choose(db);
    list_take(&db->queued, work);
    db->preferred_count = work->is_preferred ? db->preferred_count + 1 : 0;
    work->state = SQL_WORK_RUNNING;
    db->running = work;
    db->driver->start(db);
}

static void
end_work(struct sql_work *work, const struct sql_outcome *outcome)
{
    struct sql_db *db = work->db;
    if (work->timer)
        loop_timer_stop(work->timer);
    work->outcome = *outcome;
    if (outcome->end == SQL_COMMITTED) {
        work->outcome.results = work->results;
        work->outcome.result_count = work->count;
    }
    work->state = SQL_WORK_ENDED;
    list_add(&db->ended, work);
    loop_task_post(db->tell);
}

static void
fail_work(struct sql_work *work, const struct error *why, bool is_unknown)
{
    end_work(work, &(struct sql_outcome){.end = SQL_FAILED, .why = *why, .is_unknown = is_unknown});
}

/* One work a run: its owner may end the database, and this task with it. */
static void
tell_next(void *owner)
{
    struct sql_db *db = owner;
    struct sql_work *work = db->ended.first;
    if (!work)
        return;
    list_take(&db->ended, work);
    work->state = SQL_WORK_OVER;
    if (db->ended.first)
        loop_task_post(db->tell);
    work->on_done(work->owner, &work->outcome);
}

static void
on_deadline(void *owner)
{
    struct sql_work *work = owner;
    struct sql_db *db = work->db;
    struct error why = {0};
    if (work->state == SQL_WORK_QUEUED) {
        error_set(&why, ERROR_UNAVAILABLE, "other works came first");
        (void)sql_is_ready(db, &why);
        error_context(&why, "the database was not there for this work within %" PRId64 " ms",
                      work->deadline_ms);
        list_take(&db->queued, work);
        fail_work(work, &why, false);
        return;
    }
    assert(work->state == SQL_WORK_RUNNING);
    error_set(&why, ERROR_UNAVAILABLE, "not done within its deadline of %" PRId64 " ms", work->deadline_ms);
    db->running = NULL;
    bool is_unknown = db->driver->abandon(db, true);
    fail_work(work, &why, is_unknown);
    sql_db_next(db);
}

/* Preferred ones first, each kind in the order that they came. */
static void
queue(struct sql_work_list *list, struct sql_work *work)
{
    struct sql_work *before = list->last;
    while (work->is_preferred && before && !before->is_preferred)
        before = before->previous;
    list_insert(list, before, work);
}

static void
list_add(struct sql_work_list *list, struct sql_work *work)
{
    list_insert(list, list->last, work);
}

/* NULL: before all. */
static void
list_insert(struct sql_work_list *list, struct sql_work *before, struct sql_work *work)
{
    work->previous = before;
    work->next = before ? before->next : list->first;
    *(before ? &before->next : &list->first) = work;
    *(work->next ? &work->next->previous : &list->last) = work;
    list->count++;
}

static void
list_take(struct sql_work_list *list, struct sql_work *work)
{
    *(work->previous ? &work->previous->next : &list->first) = work->next;
    *(work->next ? &work->next->previous : &list->last) = work->previous;
    list->count--;
}
