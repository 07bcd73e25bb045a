/* What only a server can do: be away, die, come back, throw a connection out, refuse. */
#include <arpa/inet.h>
#include <sys/socket.h>

#include "tests/support/sql_rig.h"

TestSuite(postgres, .init = rig_given_postgres, .fini = rig_end);

/* The process id of that connection's server side. */
static int64_t
pid_of(struct sql_db *db)
{
    struct sql_result result = rig_sql_in(db, "SELECT pg_backend_pid()");
    int64_t pid = 0;
    cr_assert(sql_result_int(&result, 0, 0, &pid, NULL));
    return pid;
}

static void
terminate(int64_t pid)
{
    struct sql_db *other = rig_open_another();
    rig_sql_in(other, text_c_string(rig.arena, text_format(rig.arena, "SELECT pg_terminate_backend(%lld)",
                                                           (long long)pid)));
}

/* Until the other connection sees that server process so. */
static void
when_seen(struct sql_db *other, int64_t pid, const char *condition)
{
    const char *text = text_c_string(
        rig.arena, text_format(rig.arena, "SELECT count(*) FROM pg_stat_activity WHERE pid = %lld AND %s",
                               (long long)pid, condition));
    int64_t seen = 0;
    while (seen == 0) {
        struct sql_result result = rig_sql_in(other, text);
        cr_assert(sql_result_int(&result, 0, 0, &seen, NULL));
    }
}

Test(postgres, a_connection_that_was_thrown_out_is_made_again)
{
    int64_t before = pid_of(rig.db);
    struct sql_outcome outcome = {.end = SQL_FAILED};
    terminate(before);
    while (outcome.end == SQL_FAILED) { /* the first may still meet the old connection */
        outcome = rig_run(rig_work("SELECT 1"));
        cr_assert(outcome.end == SQL_COMMITTED || outcome.why.kind == ERROR_UNAVAILABLE, "%s",
                  outcome.why.message);
    }
    cr_assert_neq(pid_of(rig.db), before);
}

Test(postgres, a_work_whose_connection_is_thrown_out_before_commit_is_known_not_to_stand)
{
    struct told told = {0};
    struct sql_db *other = rig_open_another();
    rig_sql("CREATE TABLE t (id bigint)");
    struct sql_work *work = rig_work("INSERT INTO t (id) VALUES (1)");
    sql_work_add(work, "SELECT pg_sleep(60)", NULL, 0);
    sql_work_expect_rows(work);
    int64_t pid = pid_of(rig.db);
    rig_begin(work, &told);
    when_seen(other, pid, "wait_event = 'PgSleep'");
    terminate(pid);
    rig_until_told(&told, 1);
    rig_expect_failed(&told.outcome, ERROR_UNAVAILABLE, "the database stops");
    cr_assert_not(told.outcome.is_unknown);
    cr_assert_eq(rig_count("SELECT count(*) FROM t"), 0);
}

Test(postgres, a_work_over_its_deadline_with_commit_sent_is_unknown)
{
    struct sql_options options = rig.options;
    options.deadline_ms = 30000;
    rig.db = rig_open(&options);
    cr_assert_neq(pid_of(rig.db), 0); /* it is connected */
    struct sql_work *work = sql_work_new(rig.arena, rig.db);
    sql_work_set_deadline(work, 100);
    sql_work_add(work, "SET LOCAL statement_timeout = 0", NULL, 0);
    sql_work_add(work, "SELECT pg_sleep(2)", NULL, 0);
    struct sql_outcome outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_UNAVAILABLE, "not done within its deadline of 100 ms");
    cr_assert(outcome.is_unknown);
}

Test(postgres, a_work_over_its_deadline_before_commit_is_known)
{
    cr_assert_neq(pid_of(rig.db), 0);
    struct sql_work *work = rig_work("SET LOCAL statement_timeout = 0");
    sql_work_set_deadline(work, 100);
    sql_work_add(work, "SELECT pg_sleep(2)", NULL, 0);
    sql_work_expect_rows(work);
    struct sql_outcome outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_UNAVAILABLE, "not done within its deadline of 100 ms");
    cr_assert_not(outcome.is_unknown);
    cr_assert_eq(rig_count("SELECT CAST(3 AS bigint)"), 3);
}

Test(postgres, a_work_forgotten_while_it_runs_is_rolled_back_or_committed_and_the_connection_goes_on)
{
    struct told told = {0};
    struct sql_db *other = rig_open_another();
    rig_sql("CREATE TABLE t (id bigint)");
    for (int expects = 0; expects < 2; expects++) {
        struct arena *arena = arena_new(0);
        struct sql_work *work = sql_work_new(arena, rig.db);
        int64_t pid = pid_of(rig.db);
        sql_work_add(work, "INSERT INTO t (id) VALUES (1)", NULL, 0);
        sql_work_add(work, "SELECT pg_sleep(1)", NULL, 0);
        if (expects)
            sql_work_expect_rows(work);
        rig_begin(work, &told);
        when_seen(other, pid, "wait_event = 'PgSleep'");
        arena_free(arena);
        cr_assert_eq(pid_of(rig.db), pid);
        cr_assert_eq(rig_count("SELECT count(*) FROM t"), 1, "only the first had its COMMIT on the way");
    }
    cr_assert_eq(told.times, 0);
}

static bool
endless(void *owner, struct sql_value *out_values)
{
    int64_t *count = owner;
    out_values[0] = sql_int((*count)++);
    return true;
}

Test(postgres, a_copy_forgotten_while_it_runs_leaves_nothing)
{
    static const char *const columns[] = {"id"};
    struct told told = {0};
    int64_t count = 0;
    struct arena *arena = arena_new(0);
    rig_sql("CREATE TABLE t (id bigint)");
    struct sql_db *other = rig_open_another();
    int64_t pid = pid_of(rig.db);
    struct sql_work *work = sql_work_new(arena, rig.db);
    sql_copy(work, "t", columns, 1, (struct sql_rows){endless, &count});
    rig_begin(work, &told);
    when_seen(other, pid, "query LIKE 'COPY t%' AND state = 'active'");
    arena_free(arena);
    int64_t sent = count;
    cr_assert_gt(sent, 0);
    cr_assert_eq(rig_count("SELECT count(*) FROM t"), 0);
    cr_assert_eq(count, sent);
    cr_assert_eq(told.times, 0);
}

Test(postgres, a_deadlock_is_a_conflict_of_one_of_the_two)
{
    struct told told[2] = {0};
    struct sql_db *dbs[] = {rig.db, rig_open_another()};
    rig_sql("CREATE TABLE t (id bigint PRIMARY KEY, n bigint)");
    rig_sql("INSERT INTO t (id, n) VALUES (0, 0), (1, 0)");
    cr_assert_neq(pid_of(dbs[1]), pid_of(dbs[0])); /* both are connected */
    for (int i = 0; i < 2; i++) {
        const struct sql_value ids[] = {sql_int(i), sql_int(1 - i)};
        struct sql_work *work = sql_work_new(rig.arena, dbs[i]);
        sql_work_relax(work);
        sql_work_add(work, "UPDATE t SET n = n + 1 WHERE id = $1", &ids[0], 1);
        sql_work_add(work, "SELECT pg_sleep(1)", NULL, 0);
        sql_work_add(work, "UPDATE t SET n = n + 1 WHERE id = $1", &ids[1], 1);
        rig_begin(work, &told[i]);
    }
    rig_until_told(&told[0], 1);
    rig_until_told(&told[1], 1);
    int lost = told[0].outcome.end == SQL_FAILED ? 0 : 1;
    rig_expect_failed(&told[lost].outcome, ERROR_CONFLICT, "deadlock");
    cr_assert_eq(told[1 - lost].outcome.end, SQL_COMMITTED);
}

Test(postgres, a_lock_that_another_keeps_is_a_conflict_after_a_while)
{
    struct told told = {0};
    struct sql_db *keeper = rig_open_another();
    rig_sql("CREATE TABLE t (id bigint)");
    rig.options.lock_ms = 50;
    rig.db = rig_open_another();
    struct sql_work *work = sql_work_new(rig.arena, keeper);
    sql_work_add(work, "LOCK TABLE t IN EXCLUSIVE MODE", NULL, 0);
    sql_work_add(work, "SELECT pg_sleep(5)", NULL, 0);
    int64_t pid = pid_of(keeper);
    rig_begin(work, &told);
    when_seen(rig.db, pid, "wait_event = 'PgSleep'");
    struct sql_outcome outcome = rig_run(rig_work("INSERT INTO t (id) VALUES (1)"));
    rig_expect_failed(&outcome, ERROR_CONFLICT, "lock timeout");
}

Test(postgres, a_server_that_dies_and_comes_back_is_found_again_and_works_wait_for_it)
{
    const char *folder = rig_own_server();
    struct error why = {0};
    struct told told = {0}, next = {0};
    rig.options.url = rig_postgres_url(folder, "");
    rig.options.deadline_ms = 30000;
    rig.db = rig_open_another();
    rig_sql("CREATE TABLE t (id bigint)");
    cr_assert(sql_is_ready(rig.db, NULL));

    struct sql_work *work = rig_work("INSERT INTO t (id) VALUES (1)");
    sql_work_add(work, "SELECT pg_sleep(60)", NULL, 0);
    int64_t pid = pid_of(rig.db);
    rig_begin(work, &told);
    when_seen(rig_open_another(), pid, "wait_event = 'PgSleep'");
    rig_server("kill", folder);
    rig_until_told(&told, 1);
    cr_assert_eq(told.outcome.end, SQL_FAILED);
    cr_assert_eq(told.outcome.why.kind, ERROR_UNAVAILABLE, "%s", told.outcome.why.message);
    cr_assert(told.outcome.is_unknown, "COMMIT was on its way: %s", told.outcome.why.message);

    work = rig_work("SELECT 1");
    sql_work_set_deadline(work, 50);
    struct sql_outcome outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_UNAVAILABLE, "was not there for this work within 50 ms");
    cr_assert_not(outcome.is_unknown);
    cr_assert(!sql_is_ready(rig.db, &why) && why.kind == ERROR_UNAVAILABLE && *why.message);

    rig_begin(rig_work("INSERT INTO t (id) VALUES (2)"), &next);
    rig_server("up", folder);
    rig_until_told(&next, 1);
    cr_assert_eq(next.outcome.end, SQL_COMMITTED, "%s", next.outcome.why.message);
    cr_assert_eq(rig_count("SELECT count(*) FROM t"), 1);
    rig_server("down", folder);
}

Test(postgres, a_server_that_is_not_there_is_told_with_its_place_and_without_the_password)
{
    const char *const urls[] = {"postgresql://me:hunter2@127.0.0.1:1/x?connect_timeout=2",
                                "host=/nowhere user=me password=hunter2",
                                "postgres://me:hunter2@localhost:1/x"};
    const char *const places[] = {"127.0.0.1", "/nowhere", "127.0.0.1"};
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        rig.options.url = text_of(urls[i]);
        rig.db = rig_open_another();
        struct sql_work *work = rig_work("SELECT 1");
        sql_work_set_deadline(work, 600);
        struct sql_outcome outcome = rig_run(work);
        rig_expect_failed(&outcome, ERROR_UNAVAILABLE, places[i]);
        cr_assert_null(strstr(outcome.why.message, "hunter2"), "%s", outcome.why.message);
    }
}

/* A server that repeats what it was sent, the password with it. */
Test(postgres, a_password_is_cut_out_of_what_the_server_says)
{
    rig.options.url = rig_postgres_url(getenv("WEIR_TEST_POSTGRES"), "password=no_such_table");
    rig.db = rig_open_another();
    struct sql_outcome outcome = rig_run(rig_work("SELECT 1 FROM secret_no_such_table"));
    rig_expect_failed(&outcome, ERROR_INTERNAL, "secret_*************");
}

Test(postgres, a_host_with_a_name_is_resolved_on_the_loop_and_the_next_one_tried)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(any);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&any, length), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&any, &length), 0);
    const char *folder = getenv("WEIR_TEST_POSTGRES");
    rig.options.url = text_format(rig.arena, "host=localhost,%s port=%d,5432 user=weir dbname=postgres",
                                  folder, ntohs(any.sin_port));
    rig.db = rig_open_another();
    cr_assert_eq(rig_count("SELECT CAST(4 AS bigint)"), 4);
    close(fd);
}

/* Takes connections and never says a word. */
Test(postgres, a_server_that_does_not_answer_is_given_up_and_dialled_again)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(any);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(bind(fd, (struct sockaddr *)&any, length) == 0 && listen(fd, 16) == 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&any, &length), 0);
    rig.options.url =
        text_format(rig.arena, "host=127.0.0.1 port=%d user=weir sslmode=disable", ntohs(any.sin_port));
    rig.options.connect_ms = 50;
    rig.db = rig_open_another();
    struct sql_work *work = rig_work("SELECT 1");
    sql_work_set_deadline(work, 1500);
    struct sql_outcome outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_UNAVAILABLE, "did not take the connection in time");
    for (int dials = 0; dials < 2; dials++)
        cr_assert_geq(accept(fd, NULL, NULL), 0);
    close(fd);
}

Test(postgres, what_the_server_refuses_is_said)
{
    rig.options.url = rig_postgres_url(getenv("WEIR_TEST_POSTGRES"), "dbname=no_such_database");
    rig.options.deadline_ms = 1500;
    rig.db = rig_open_another();
    struct sql_outcome outcome = rig_run(rig_work("SELECT 1"));
    rig_expect_failed(&outcome, ERROR_UNAVAILABLE, "\"no_such_database\" does not exist");
}

Test(postgres, a_database_that_takes_no_writes_says_so_and_is_dialled_again)
{
    int64_t before = pid_of(rig.db);
    struct sql_work *work = rig_work("SET TRANSACTION READ ONLY");
    sql_work_add(work, "CREATE TABLE t (id bigint)", NULL, 0);
    struct sql_outcome outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_UNAVAILABLE, "the database is read-only");
    cr_assert_neq(pid_of(rig.db), before);
}

Test(postgres, missing_rights_are_said)
{
    struct sql_work *work = rig_work("CREATE TABLE t (id bigint)");
    sql_work_add(work,
                 text_c_string(rig.arena, text_format(rig.arena, "CREATE ROLE nobody%d", (int)getpid())),
                 NULL, 0);
    sql_work_add(work,
                 text_c_string(rig.arena, text_format(rig.arena, "SET LOCAL ROLE nobody%d", (int)getpid())),
                 NULL, 0);
    sql_work_add(work, "SELECT 1 FROM pg_authid", NULL, 0);
    struct sql_outcome outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_UNAVAILABLE, "the database denies access");
}

Test(postgres, commits_are_durable_unless_told_otherwise)
{
    const char *const words[] = {"on", "off"};
    for (int i = 0; i < 2; i++) {
        rig.options.may_lose_last_commits = i == 1;
        rig.db = rig_open_another();
        struct sql_result result = rig_sql("SELECT current_setting('synchronous_commit')");
        struct text text = {0};
        cr_assert(sql_result_text(&result, 0, 0, &text, NULL));
        cr_assert(text_equals(text, text_of(words[i])));
    }
}

Test(postgres, a_copy_among_the_statements_is_refused_and_the_next_work_runs)
{
    rig_sql("CREATE TABLE t (id bigint)");
    struct sql_outcome outcome = rig_run(rig_work("COPY t FROM STDIN"));
    cr_assert_eq(outcome.end, SQL_FAILED);
    cr_assert_eq(rig_count("SELECT count(*) FROM t"), 0);
}

Test(postgres, many_rows_and_large_values_both_ways_do_not_block_each_other)
{
    enum { LARGE = 3 << 20, TIMES = 4 };
    char *bytes = arena_alloc(rig.arena, LARGE);
    const struct sql_value value = sql_bytes((struct text){bytes, LARGE});
    struct sql_work *work = sql_work_new(rig.arena, rig.db);
    for (int i = 0; i < TIMES; i++)
        sql_work_add(work, "SELECT $1", &value, 1);
    struct sql_outcome outcome = rig_run(work);
    cr_assert_eq(outcome.end, SQL_COMMITTED, "%s", outcome.why.message);
    cr_assert_eq(outcome.results[TIMES - 1].values[0].text.length, LARGE);
}
