/* Works that only read: beside those that write, on both databases; in SQLite on a thread of their own. */
#include <sys/stat.h>

#include "tests/support/sql_rig.h"

/* Ends when it is interrupted, or when nobody is there any more. */
#define ENDLESS                                                                                              \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0"

enum { HOUR_MS = 3600000 };

/* What cannot be interrupted runs into the time-out. */
TestSuite(sqlite_reader, .init = rig_given_sqlite, .fini = rig_end, .timeout = 60);
TestSuite(sql_reader);

static struct sql_work *
reading(struct arena *arena, struct sql_db *reader, const char *statement)
{
    struct sql_work *work = sql_work_new(arena, reader);
    sql_work_add(work, statement, NULL, 0);
    sql_work_set_deadline(work, HOUR_MS);
    return work;
}

Test(sqlite_reader, a_question_without_end_stops_no_other_work)
{
    struct told told = {0};
    struct sql_db *reader = rig_open_reader();
    struct arena *arena = arena_new(0);
    rig_sql("CREATE TABLE t (id bigint)");
    rig_begin(reading(arena, reader, ENDLESS), &told);
    for (int i = 0; i < 20; i++)
        rig_sql("INSERT INTO t (id) VALUES (1)");
    cr_assert_eq(rig_count("SELECT count(*) FROM t"), 20);
    cr_assert_eq(told.times, 0);
    arena_free(arena);
}

Test(sqlite_reader, a_question_whose_owner_is_gone_makes_room_for_the_next)
{
    struct told told = {0}, next = {0};
    struct sql_db *reader = rig_open_reader();
    struct arena *arena = arena_new(0);
    struct error why = {0};
    rig_begin(reading(arena, reader, ENDLESS), &told);
    rig_sql("SELECT 1"); /* it is with its thread */
    rig_begin(reading(rig.arena, reader, "SELECT 1"), &next);
    cr_assert(sql_is_ready(reader, &why));
    arena_free(arena);
    rig_until_told(&next, 1);
    cr_assert_eq(next.outcome.end, SQL_COMMITTED, "%s", next.outcome.why.message);
    cr_assert_eq(told.times, 0);
    cr_assert(sql_is_ready(reader, &why), "%s", why.message);
}

Test(sqlite_reader, a_database_ends_while_a_question_runs_and_others_wait)
{
    struct told told[2] = {0};
    struct arena *arena = arena_new(0);
    struct sql_options options = rig.options;
    struct sql_db *reader = NULL;
    options.only_reads = true;
    cr_assert(sql_open(arena, &options, &reader, NULL));
    rig_begin(reading(rig.arena, reader, ENDLESS), &told[0]);
    rig_begin(reading(rig.arena, reader, "SELECT 1"), &told[1]);
    rig_sql("SELECT 1");
    arena_free(arena);
    rig_sql("SELECT 1");
    cr_assert_eq(told[0].times + told[1].times, 0);
}

Test(sqlite_reader, a_question_past_its_deadline_is_told_so_and_the_next_has_its_turn)
{
    struct sql_db *reader = rig_open_reader();
    struct sql_work *work = reading(rig.arena, reader, ENDLESS);
    sql_work_set_deadline(work, 30);
    struct sql_outcome outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_UNAVAILABLE, "within its deadline");
    outcome = rig_run(reading(rig.arena, reader, "SELECT 1"));
    cr_assert_eq(outcome.end, SQL_COMMITTED, "%s", outcome.why.message);
}

Test(sqlite_reader, a_file_that_is_not_there_is_named_and_not_made)
{
    char path[128];
    struct stat status;
    struct sql_db *reader = NULL;
    struct error why = {0};
    snprintf(path, sizeof(path), "%s/other.db", rig.folder);
    struct sql_options options = {.loop = rig.loop, .only_reads = true};
    options.url = text_format(rig.arena, "sqlite:%s", path);
    cr_assert_not(sql_open(rig.arena, &options, &reader, &why));
    cr_assert_eq(why.kind, ERROR_UNAVAILABLE);
    cr_assert(strstr(why.message, path), "%s", why.message);
    cr_assert_neq(stat(path, &status), 0);
}

Test(sqlite_reader, only_readers_run_beside_a_writer)
{
    cr_assert_not(sql_is_concurrent(rig.db));
    cr_assert(sql_is_concurrent(rig_open_reader()));
}

enum { ASKED = 30 };

struct asker {
    int64_t answers[ASKED]; /* in the order they came */
    int count;
    bool is_over;
};

static void
on_answer(void *owner, const struct sql_outcome *outcome)
{
    struct asker *asker = owner;
    cr_assert_eq(outcome->end, SQL_COMMITTED, "%s", outcome->why.message);
    cr_assert(sql_result_int(&outcome->results[0], 0, 0, &asker->answers[asker->count], NULL));
    asker->is_over = ++asker->count == ASKED;
}

ON_BOTH(sql_reader, questions_are_answered_in_the_order_they_were_asked)
{
    struct asker asker = {0};
    struct sql_db *reader = rig_open_reader();
    for (int i = 0; i < ASKED; i++) {
        const struct sql_value number = sql_int(i);
        struct sql_work *work = sql_work_new(rig.arena, reader);
        sql_work_add(work, "SELECT CAST($1 AS bigint)", &number, 1);
        sql_work_run(work, on_answer, &asker);
    }
    rig_until(&asker.is_over);
    for (int i = 0; i < ASKED; i++)
        cr_assert_eq(asker.answers[i], i);
}

ON_BOTH(sql_reader, what_was_committed_before_a_question_is_seen_by_it)
{
    struct sql_db *reader = rig_open_reader();
    rig_sql("CREATE TABLE t (id bigint, name text, bytes bytea)");
    for (int i = 1; i <= 20; i++) {
        int64_t count = 0;
        rig_sql("INSERT INTO t (id, name, bytes) VALUES (1, 'one', NULL)");
        struct sql_result counted = rig_sql_in(reader, "SELECT count(*) FROM t");
        cr_assert(sql_result_int(&counted, 0, 0, &count, NULL));
        cr_assert_eq(count, i);
    }
    struct sql_result found = rig_sql_in(reader, "SELECT name, bytes FROM t");
    struct text name = {0};
    cr_assert_eq(found.row_count, 20);
    cr_assert(sql_result_text(&found, 19, 0, &name, NULL) && text_equals(name, TEXT("one")));
    cr_assert(sql_result_is_null(&found, 19, 1));
}

ON_BOTH(sql_reader, what_writes_is_refused_and_changes_nothing)
{
    static const char *const columns[] = {"id"};
    struct sql_db *reader = rig_open_reader();
    rig_sql("CREATE TABLE t (id bigint)");
    struct sql_outcome outcome = rig_run(reading(rig.arena, reader, "INSERT INTO t (id) VALUES (1)"));
    rig_expect_failed(&outcome, ERROR_UNAVAILABLE, rig.is_postgres ? "read-only" : "readonly");
    cr_assert(strstr(outcome.why.message, "statement 0 (INSERT INTO t"), "%s", outcome.why.message);
    struct sql_work *work = sql_work_new(rig.arena, reader);
    sql_copy(work, "t", columns, 1, (struct sql_rows){0});
    outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_INTERNAL, "only reads");
    cr_assert_eq(rig_count("SELECT count(*) FROM t"), 0);
    (void)rig_sql_in(reader, "SELECT id FROM t");
}

ON_BOTH(sql_reader, mistakes_and_what_was_expected_come_back)
{
    struct sql_db *reader = rig_open_reader();
    struct sql_outcome outcome = rig_run(reading(rig.arena, reader, "SELECT nothing FROM nowhere"));
    rig_expect_failed(&outcome, ERROR_INTERNAL, "nowhere");
    struct sql_work *work = reading(rig.arena, reader, "SELECT 1");
    sql_work_expect_rows(work);
    sql_work_add(work, "SELECT 1 WHERE 1 = 0", NULL, 0);
    sql_work_expect_rows(work);
    outcome = rig_run(work);
    cr_assert_eq(outcome.end, SQL_UNMET, "%s", outcome.why.message);
    cr_assert_eq(outcome.unmet, 1);
}
