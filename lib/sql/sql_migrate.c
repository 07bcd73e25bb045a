/* Migrations as works: one reads the version, one for each missing migration says "if the version is still
 * that". Whatever goes wrong on the way, reading the version again is how to go on. */
#include "lib/sql/sql_migrate.h"

#include <inttypes.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/net/loop.h"

enum { DEFAULT_DEADLINE_MS = 60000, AGAIN_MS = 200 };
/* Any number that nobody else on that database locks: "weir" and "schema". */
static const int64_t lock_key = 0x7765697200000001;

struct migrating {
    struct sql_migrate_options options;
    struct arena *work_arena; /* of one work */
    struct loop_timer *timer; /* begins, and begins again */
    int64_t give_up_ms;
    size_t next, applied_count;
    sql_migrated_fn on_done;
    void *owner;
};

static void end_work(void *owner);
static void read_version(void *owner);
static void on_version(void *owner, const struct sql_outcome *outcome);
static bool choose_next(struct migrating *migrating, int64_t version, struct error *err);
static bool versions_ascend(const struct sql_migrate_options *options, struct error *err);
static void apply_next(struct migrating *migrating);
static void on_applied(void *owner, const struct sql_outcome *outcome);
static void try_again(struct migrating *migrating, const struct error *why);
static struct sql_work *new_work(struct migrating *migrating);

void
sql_migrate(struct arena *arena, const struct sql_migrate_options *options, sql_migrated_fn on_done,
            void *owner)
{
    struct migrating *migrating = arena_alloc(arena, sizeof(*migrating));
    *migrating = (struct migrating){.options = *options, .on_done = on_done, .owner = owner};
    if (migrating->options.deadline_ms <= 0)
        migrating->options.deadline_ms = DEFAULT_DEADLINE_MS;
    migrating->give_up_ms = loop_now_ms(options->loop) + migrating->options.deadline_ms;
    migrating->work_arena = arena_new(0);
    arena_defer(arena, end_work, migrating);
    migrating->timer = loop_timer_new(options->loop, arena, read_version, migrating);
    loop_timer_start(migrating->timer, 0);
}

static void
end_work(void *owner)
{
    struct migrating *migrating = owner;
    arena_free(migrating->work_arena);
}

/* The lock also keeps two from making the table at once, which PostgreSQL does not. */
static void
read_version(void *owner)
{
    struct migrating *migrating = owner;
    struct sql_work *work = new_work(migrating);
    sql_work_add(work,
                 "CREATE TABLE IF NOT EXISTS weir_schema"
                 " (version bigint NOT NULL PRIMARY KEY, applied_at bigint NOT NULL)",
                 NULL, 0);
    sql_work_add(work, "SELECT CAST(coalesce(max(version), 0) AS bigint) FROM weir_schema", NULL, 0);
    sql_work_run(work, on_version, migrating);
}

static void
on_version(void *owner, const struct sql_outcome *outcome)
{
    struct migrating *migrating = owner;
    struct error why = outcome->why;
    int64_t version = 0;
    if (outcome->end != SQL_COMMITTED) {
        error_context(&why, "reading the schema's version");
        try_again(migrating, &why);
        return;
    }
    bool is_chosen = sql_result_int(&outcome->results[outcome->result_count - 1], 0, 0, &version, &why) &&
                     choose_next(migrating, version, &why);
    if (is_chosen && migrating->next < migrating->options.count)
        apply_next(migrating);
    else
        migrating->on_done(migrating->owner, migrating->applied_count, is_chosen ? NULL : &why);
}

static bool
choose_next(struct migrating *migrating, int64_t version, struct error *err)
{
    const struct sql_migrate_options *options = &migrating->options;
    int64_t newest = options->count > 0 ? options->migrations[options->count - 1].version : 0;
    if (!versions_ascend(options, err))
        return false;
    if (version > newest)
        return error_set(err, ERROR_INVALID,
                         "the database has schema version %" PRId64 ", this program knows up to %" PRId64
                         ": start the newer program",
                         version, newest);
    migrating->next = 0;
    while (migrating->next < options->count && options->migrations[migrating->next].version <= version)
        migrating->next++;
    return true;
}

static bool
versions_ascend(const struct sql_migrate_options *options, struct error *err)
{
    for (size_t i = 0; i < options->count; i++)
        if (options->migrations[i].version <= (i > 0 ? options->migrations[i - 1].version : 0))
            return error_set(err, ERROR_INTERNAL,
                             "migration %zu has version %" PRId64 ", which does not ascend", i,
                             options->migrations[i].version);
    return true;
}

static void
apply_next(struct migrating *migrating)
{
    const struct sql_migration *migration = &migrating->options.migrations[migrating->next];
    int64_t before = migrating->next > 0 ? migration[-1].version : 0;
    struct sql_work *work = new_work(migrating);
    /* Somebody else may have applied it since the version was read. */
    const struct sql_value below = sql_int(migration->version), from = sql_int(before);
    const struct sql_value bounds[] = {from, below};
    sql_work_add(work,
                 "SELECT 1 WHERE (SELECT coalesce(max(version), 0) FROM weir_schema) >= $1"
                 " AND (SELECT coalesce(max(version), 0) FROM weir_schema) < $2",
                 bounds, COUNT_OF(bounds));
    sql_work_expect_rows(work);
    for (size_t i = 0; i < migration->count; i++)
        sql_work_add(work, migration->statements[i], NULL, 0);
    const struct sql_value row[] = {below, sql_int(clock_unix_ms())};
    sql_work_add(work, "INSERT INTO weir_schema (version, applied_at) VALUES ($1, $2)", row, COUNT_OF(row));
    sql_work_run(work, on_applied, migrating);
}

static void
on_applied(void *owner, const struct sql_outcome *outcome)
{
    struct migrating *migrating = owner;
    struct error why = outcome->why;
    if (outcome->end == SQL_FAILED) {
        error_context(&why, "migration %" PRId64, migrating->options.migrations[migrating->next].version);
        try_again(migrating, &why);
        return;
    }
    if (outcome->end == SQL_COMMITTED)
        migrating->applied_count++;
    loop_timer_start(migrating->timer, 0);
}

static void
try_again(struct migrating *migrating, const struct error *why)
{
    bool has_time = loop_now_ms(migrating->options.loop) + AGAIN_MS < migrating->give_up_ms;
    if (error_is_worth_retrying(why) && has_time)
        loop_timer_start(migrating->timer, AGAIN_MS);
    else
        migrating->on_done(migrating->owner, migrating->applied_count, why);
}

/* What is left of the deadline is the work's. */
static struct sql_work *
new_work(struct migrating *migrating)
{
    int64_t left_ms = migrating->give_up_ms - loop_now_ms(migrating->options.loop);
    arena_reset(migrating->work_arena);
    struct sql_work *work = sql_work_new(migrating->work_arena, migrating->options.db);
    sql_work_set_deadline(work, left_ms > 0 ? left_ms : 0);
    sql_work_lock(work, lock_key);
    return work;
}
