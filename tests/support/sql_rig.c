#include "tests/support/sql_rig.h"

#include <dirent.h>
#include <spawn.h>
#include <sys/wait.h>

enum { HANGS_MS = 60000, LOOK_MS = 1 };
static const char server_variable[] = "WEIR_TEST_POSTGRES";

struct rig rig;

struct waiting {
    const bool *condition;
    const struct told *told;
    int times;
    int64_t give_up_ms;
    struct loop_timer *timer;
};

static int
run_script(const char *action, const char *folder, const char *pid)
{
    char *const arguments[] = {(char *)(uintptr_t) "hack/postgres", (char *)(uintptr_t)action,
                               (char *)(uintptr_t)folder, (char *)(uintptr_t)pid, NULL};
    pid_t child = 0;
    int status = -1;
    if (posix_spawn(&child, arguments[0], NULL, NULL, arguments, environ) != 0)
        return -1;
    return waitpid(child, &status, 0) == child ? status : -1;
}

/* Without a server every test that wants it fails. */
void
rig_server_up(void)
{
    char folder[] = "/tmp/weir-sql-XXXXXX", pid[16];
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    if (mkdtemp(folder) && run_script("up", folder, pid) == 0)
        setenv(server_variable, folder, 1);
    else
        rmdir(folder);
}

void
rig_server_down(void)
{
    if (getenv(server_variable))
        run_script("down", getenv(server_variable), NULL);
}

void
rig_server(const char *action, const char *folder)
{
    cr_assert_eq(run_script(action, folder, NULL), 0, "hack/postgres %s %s", action, folder);
}

const char *
rig_own_server(void)
{
    char *folder = arena_copy(rig.arena, "/tmp/weir-sql-XXXXXX", sizeof("/tmp/weir-sql-XXXXXX")), pid[16];
    cr_assert(mkdtemp(folder));
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    cr_assert_eq(run_script("up", folder, pid), 0, "a server in %s", folder);
    return folder;
}

struct text
rig_postgres_url(const char *folder, const char *more)
{
    return text_format(rig.arena, "host=%s user=weir dbname=postgres %s", folder, more);
}

void
rig_given_loop(void)
{
    rig.arena = arena_new(0);
    rig.loop = loop_new(rig.arena);
    rig.options = (struct sql_options){.loop = rig.loop};
}

void
rig_given_sqlite(void)
{
    rig_given_loop();
    memcpy(rig.folder, "/tmp/weir-sqlite-XXXXXX", sizeof("/tmp/weir-sqlite-XXXXXX"));
    cr_assert(mkdtemp(rig.folder));
    rig.options.url = text_format(rig.arena, "sqlite:%s/ledger.db", rig.folder);
    rig.db = rig_open(&rig.options);
}

void
rig_given_postgres(void)
{
    rig_given_loop();
    const char *folder = getenv(server_variable);
    if (!folder)
        cr_assert_fail("no PostgreSQL server was started: hack/deps, or apt-get install postgresql-15");
    rig.is_postgres = true;
    rig.options.url = rig_postgres_url(folder, "");
    struct sql_db *db = rig_open(&rig.options);
    const char *schema = text_c_string(rig.arena, text_format(rig.arena, "CREATE SCHEMA t%d", (int)getpid()));
    rig_sql_in(db, schema);
    rig.options.url = rig_postgres_url(
        folder, text_c_string(rig.arena, text_format(rig.arena, "options=-csearch_path=t%d", (int)getpid())));
    rig.db = rig_open(&rig.options);
}

void
rig_end(void)
{
    arena_free(rig.arena);
    DIR *folder = *rig.folder ? opendir(rig.folder) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char path[400];
        snprintf(path, sizeof(path), "%s/%s", rig.folder, entry->d_name);
        unlink(path);
    }
    if (folder)
        closedir(folder);
    if (*rig.folder)
        rmdir(rig.folder);
}

struct sql_db *
rig_open(const struct sql_options *options)
{
    struct sql_db *db = NULL;
    struct error why = {0};
    cr_assert(sql_open(rig.arena, options, &db, &why), "%s", why.message);
    return db;
}

struct sql_db *
rig_open_another(void)
{
    return rig_open(&rig.options);
}

struct sql_db *
rig_open_reader(void)
{
    struct sql_options options = rig.options;
    options.only_reads = true;
    return rig_open(&options);
}

static void
look(void *owner)
{
    struct waiting *waiting = owner;
    bool is_over = waiting->told ? waiting->told->times >= waiting->times : *waiting->condition;
    if (is_over)
        loop_stop(rig.loop);
    else if (loop_now_ms(rig.loop) > waiting->give_up_ms)
        cr_assert_fail("nothing happened");
    else
        loop_timer_start(waiting->timer, LOOK_MS);
}

static void
wait_for(struct waiting *waiting)
{
    struct arena *arena = arena_new(0);
    waiting->give_up_ms = loop_now_ms(rig.loop) + HANGS_MS;
    waiting->timer = loop_timer_new(rig.loop, arena, look, waiting);
    loop_timer_start(waiting->timer, 0);
    loop_run(rig.loop);
    arena_free(arena);
}

void
rig_until(const bool *condition)
{
    wait_for(&(struct waiting){.condition = condition});
}

void
rig_until_told(const struct told *told, int times)
{
    wait_for(&(struct waiting){.told = told, .times = times});
}

static void
on_told(void *owner, const struct sql_outcome *outcome)
{
    struct told *told = owner;
    told->times++;
    told->outcome = *outcome;
}

void
rig_begin(struct sql_work *work, struct told *told)
{
    int before = told->times;
    sql_work_run(work, on_told, told);
    cr_assert_eq(told->times, before, "told from inside sql_work_run");
}

struct sql_outcome
rig_run(struct sql_work *work)
{
    struct told told = {0};
    rig_begin(work, &told);
    rig_until_told(&told, 1);
    return told.outcome;
}

struct sql_result
rig_sql_in(struct sql_db *db, const char *statement)
{
    struct sql_work *work = sql_work_new(rig.arena, db);
    sql_work_add(work, statement, NULL, 0);
    struct sql_outcome outcome = rig_run(work);
    cr_assert_eq(outcome.end, SQL_COMMITTED, "%s: %s", statement, outcome.why.message);
    return outcome.results[0];
}

struct sql_result
rig_sql(const char *statement)
{
    return rig_sql_in(rig.db, statement);
}

int64_t
rig_count(const char *statement)
{
    struct sql_result result = rig_sql(statement);
    struct error why = {0};
    int64_t count = 0;
    cr_assert(sql_result_int(&result, 0, 0, &count, &why), "%s: %s", statement, why.message);
    return count;
}

struct sql_work *
rig_work(const char *statement)
{
    struct sql_work *work = sql_work_new(rig.arena, rig.db);
    if (statement)
        sql_work_add(work, statement, NULL, 0);
    return work;
}

void
rig_expect_failed(const struct sql_outcome *outcome, enum error_kind kind, const char *words)
{
    cr_assert_eq(outcome->end, SQL_FAILED, "ended with %d", outcome->end);
    cr_assert_eq(outcome->why.kind, kind, "kind %d: %s", outcome->why.kind, outcome->why.message);
    cr_assert(strstr(outcome->why.message, words), "\"%s\" has no \"%s\"", outcome->why.message, words);
}
