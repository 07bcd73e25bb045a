/* What only a file can do: be missing, locked, full, read-only, something else. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/support/sql_rig.h"

TestSuite(sqlite, .init = rig_given_sqlite, .fini = rig_end);

static struct error
open_fails(struct text url)
{
    struct sql_options options = rig.options;
    struct sql_db *db = NULL;
    struct error why = {0};
    options.url = url;
    cr_assert_not(sql_open(rig.arena, &options, &db, &why));
    return why;
}

Test(sqlite, a_new_file_is_for_its_owner_alone_and_has_a_write_ahead_log)
{
    const char *names[] = {"ledger.db", "ledger.db-wal", "ledger.db-shm"};
    rig_sql("CREATE TABLE t (id bigint)");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct stat status;
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", rig.folder, names[i]);
        cr_assert_eq(stat(path, &status), 0, "%s", path);
        cr_assert_eq(status.st_mode & 0777, 0600, "%s", path);
    }
}

Test(sqlite, a_commit_waits_for_the_disk_unless_told_otherwise)
{
    enum { NORMAL = 1, FULL = 2 };
    cr_assert_eq(rig_count("PRAGMA synchronous"), FULL);
    cr_assert_eq(rig_count("PRAGMA foreign_keys"), 1);
    rig.options.may_lose_last_commits = true;
    rig.db = rig_open_another();
    cr_assert_eq(rig_count("PRAGMA synchronous"), NORMAL);
    rig.options.cache_bytes = 1 << 20;
    rig.db = rig_open_another();
    cr_assert_eq(rig_count("PRAGMA cache_size"), -1024);
}

Test(sqlite, what_was_committed_is_there_after_opening_again)
{
    rig_sql("CREATE TABLE t (id bigint)");
    rig_sql("INSERT INTO t (id) VALUES (42)");
    rig.db = rig_open_another();
    cr_assert_eq(rig_count("SELECT id FROM t"), 42);
}

Test(sqlite, a_folder_that_is_not_there_is_named)
{
    struct error why = open_fails(TEXT("sqlite:/nowhere/at/all/ledger.db"));
    cr_assert_eq(why.kind, ERROR_NOT_FOUND);
    cr_assert(strstr(why.message, "/nowhere/at/all/ledger.db"), "%s", why.message);
}

Test(sqlite, a_folder_in_the_place_of_the_file_is_refused)
{
    struct error why = open_fails(text_format(rig.arena, "sqlite:%s", rig.folder));
    cr_assert_eq(why.kind, ERROR_UNAVAILABLE);
    cr_assert(strstr(why.message, rig.folder), "%s", why.message);
}

Test(sqlite, a_file_that_is_no_database_is_refused_and_left_as_it_is)
{
    char path[128], words[64] = {0};
    snprintf(path, sizeof(path), "%s/notes.txt", rig.folder);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    cr_assert_eq(write(fd, "these are notes, and have been for years", 40), 40);
    struct error why = open_fails(text_format(rig.arena, "sqlite:%s", path));
    cr_assert_eq(why.kind, ERROR_UNAVAILABLE);
    cr_assert(strstr(why.message, path) && strstr(why.message, "not a database"), "%s", why.message);
    cr_assert_eq(pread(fd, words, sizeof(words), 0), 40);
    cr_assert_str_eq(words, "these are notes, and have been for years");
    close(fd);
}

/* SQLite's file format has a version at offset 18 (write) and 19 (read); 2 is the newest there is. */
Test(sqlite, a_file_of_a_newer_sqlite_is_refused)
{
    char path[128];
    rig_sql("CREATE TABLE t (id bigint)");
    rig_sql("PRAGMA user_version = 1");
    snprintf(path, sizeof(path), "%s/newer.db", rig.folder);
    rig.options.url = text_format(rig.arena, "sqlite:%s", path);
    struct arena *arena = arena_new(0);
    struct sql_db *db = NULL;
    cr_assert(sql_open(arena, &rig.options, &db, NULL));
    rig_sql_in(db, "CREATE TABLE t (id bigint)");
    arena_free(arena);
    int fd = open(path, O_RDWR);
    cr_assert_eq(pwrite(fd, "\x09\x09", 2, 18), 2);
    close(fd);
    struct error why = open_fails(rig.options.url);
    cr_assert_eq(why.kind, ERROR_UNAVAILABLE);
    cr_assert(strstr(why.message, path), "%s", why.message);
}

Test(sqlite, a_full_disk_takes_the_work_back_and_says_so)
{
    rig_sql("CREATE TABLE t (bytes bytea)");
    rig_sql("PRAGMA max_page_count = 20");
    struct sql_work *work = rig_work("INSERT INTO t (bytes) VALUES ('small')");
    sql_work_add(work, "INSERT INTO t (bytes) VALUES (zeroblob(1000000))", NULL, 0);
    sql_work_add(work, "INSERT INTO t (bytes) VALUES ('small')", NULL, 0);
    struct sql_outcome outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_UNAVAILABLE, "full");
    cr_assert(strstr(outcome.why.message, rig.folder));
    cr_assert_eq(rig_count("SELECT count(*) FROM t"), 0);
    rig_sql("INSERT INTO t (bytes) VALUES ('small')");
}

Test(sqlite, a_database_that_takes_no_writes_says_so)
{
    rig_sql("CREATE TABLE t (id bigint)");
    rig_sql("PRAGMA query_only = 1");
    struct sql_outcome outcome = rig_run(rig_work("INSERT INTO t (id) VALUES (1)"));
    rig_expect_failed(&outcome, ERROR_UNAVAILABLE, "readonly");
}

/* Another connection's transaction, open for as long as its row source does not end. */
struct writer {
    struct told told;
    bool was_locked;
};

static bool
while_locked(void *owner, struct sql_value *out_values)
{
    (void)out_values;
    struct writer *writer = owner;
    struct sql_work *work = rig_work("INSERT INTO t (id) VALUES (1)");
    if (writer->was_locked)
        return false;
    writer->was_locked = true;
    rig_begin(work, &writer->told);
    return false;
}

Test(sqlite, the_loop_goes_on_while_another_program_writes_and_the_work_waits)
{
    static const char *const columns[] = {"id"};
    struct writer writer = {0};
    rig_sql("CREATE TABLE t (id bigint)");
    struct sql_work *work = sql_work_new(rig.arena, rig_open_another());
    sql_copy(work, "t", columns, 1, (struct sql_rows){while_locked, &writer});
    cr_assert_eq(rig_run(work).end, SQL_COMMITTED);
    rig_until_told(&writer.told, 1);
    cr_assert_eq(writer.told.outcome.end, SQL_COMMITTED);
}

/* A child that holds the write lock until its pipe is closed. */
static pid_t
lock_in_a_child(int *out_end)
{
    int ends[2], ready[2];
    char byte = 0;
    cr_assert(pipe(ends) == 0 && pipe(ready) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        dup2(ends[0], STDIN_FILENO);
        dup2(ready[1], STDOUT_FILENO);
        char path[128];
        snprintf(path, sizeof(path), "%s/ledger.db", rig.folder);
        execlp("python3", "python3", "-c",
               "import sqlite3,sys,os\n"
               "c=sqlite3.connect(sys.argv[1],isolation_level=None)\n"
               "c.execute('BEGIN IMMEDIATE')\nos.write(1,b'x')\nsys.stdin.read()\n",
               path, (char *)NULL);
        _exit(1);
    }
    close(ends[0]);
    close(ready[1]);
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    *out_end = ends[1];
    return child;
}

Test(sqlite, a_lock_that_another_program_keeps_is_a_conflict_after_a_while)
{
    int end = -1;
    struct told waiting = {0};
    rig_sql("CREATE TABLE t (id bigint)");
    rig.options.lock_ms = 50;
    rig.db = rig_open_another();
    lock_in_a_child(&end);
    struct sql_outcome outcome = rig_run(rig_work("INSERT INTO t (id) VALUES (1)"));
    rig_expect_failed(&outcome, ERROR_CONFLICT, "locked");

    struct sql_work *late = rig_work("INSERT INTO t (id) VALUES (1)");
    sql_work_set_deadline(late, 10);
    outcome = rig_run(late);
    rig_expect_failed(&outcome, ERROR_UNAVAILABLE, "not done within its deadline of 10 ms");

    rig.options.lock_ms = 30000;
    rig.options.deadline_ms = 40000;
    struct arena *arena = arena_new(0);
    struct sql_db *patient = rig_open_another();
    struct sql_work *work = sql_work_new(arena, patient);
    rig_begin(work, &waiting);
    struct sql_work *behind = sql_work_new(rig.arena, patient);
    sql_work_add(behind, "INSERT INTO t (id) VALUES (2)", NULL, 0);
    struct told told = {0};
    rig_begin(behind, &told);
    outcome = rig_run(rig_work("SELECT 1")); /* the loop goes on */
    cr_assert_eq(waiting.times, 0);
    arena_free(arena);
    close(end);
    rig_until_told(&told, 1);
    cr_assert_eq(told.outcome.end, SQL_COMMITTED, "%s", told.outcome.why.message);
    cr_assert_eq(waiting.times, 0);
}
