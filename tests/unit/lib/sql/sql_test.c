/* Works on both databases: all or nothing, told from the loop, forgotten with their arena. */
#include "lib/sql/sql.h"

#include "tests/support/sql_rig.h"

RIG_SERVER_UP
RIG_SERVER_DOWN

TestSuite(sql);

static void
given_counter(void)
{
    rig_sql("CREATE TABLE c (id bigint PRIMARY KEY, leased bigint NOT NULL, settled bigint NOT NULL,"
            " lim bigint NOT NULL CHECK (lim >= 0))");
    rig_sql("INSERT INTO c (id, leased, settled, lim) VALUES (1, 0, 5, 100)");
}

ON_BOTH(sql, a_work_answers_each_of_its_statements)
{
    given_counter();
    struct sql_work *work =
        rig_work("INSERT INTO c (id, leased, settled, lim) VALUES (2, 0, 0, 7), (3, 0, 0, 7)");
    sql_work_add(work, "SELECT id FROM c ORDER BY id", NULL, 0);
    sql_work_add(work, "UPDATE c SET leased = 1 WHERE lim = 7", NULL, 0);
    sql_work_add(work, "DELETE FROM c WHERE id = 99", NULL, 0);
    sql_work_add(work, "INSERT INTO c (id, leased, settled, lim) VALUES (4, 0, 0, 9) RETURNING lim", NULL, 0);
    struct sql_outcome outcome = rig_run(work);
    cr_assert_eq(outcome.end, SQL_COMMITTED, "%s", outcome.why.message);
    cr_assert_eq(outcome.result_count, 5);
    const struct sql_result *results = outcome.results;
    cr_assert(results[0].affected_count == 2 && results[0].row_count == 0);
    cr_assert(results[1].affected_count == 0 && results[1].row_count == 3 && results[1].column_count == 1);
    cr_assert(results[2].affected_count == 2 && results[3].affected_count == 0);
    cr_assert(results[4].affected_count == 1 && results[4].row_count == 1);
}

ON_BOTH(sql, a_table_made_in_a_work_is_there_for_its_next_statement)
{
    struct sql_work *work = rig_work("CREATE TABLE fresh (id bigint)");
    sql_work_add(work, "INSERT INTO fresh (id) VALUES (1)", NULL, 0);
    sql_work_add(work, "SELECT count(*) FROM fresh", NULL, 0);
    struct sql_outcome outcome = rig_run(work);
    cr_assert_eq(outcome.end, SQL_COMMITTED, "%s", outcome.why.message);
    cr_assert_eq(outcome.results[0].affected_count, 0);
    cr_assert_eq(outcome.results[1].affected_count, 1);
}

ON_BOTH(sql, an_expectation_that_is_not_met_takes_everything_back)
{
    given_counter();
    struct sql_work *work = rig_work("UPDATE c SET leased = 50 WHERE id = 1");
    sql_work_expect_rows(work);
    sql_work_add(work, "SELECT 1 FROM c WHERE id = 1 AND settled = 6", NULL, 0);
    sql_work_expect_rows(work);
    sql_work_add(work, "UPDATE c SET settled = 0", NULL, 0);
    struct sql_outcome outcome = rig_run(work);
    cr_assert_eq(outcome.end, SQL_UNMET);
    cr_assert_eq(outcome.unmet, 1);
    cr_assert_eq(rig_count("SELECT leased + settled FROM c"), 5);
}

ON_BOTH(sql, expectations_that_are_met_let_the_work_go_on)
{
    given_counter();
    struct sql_work *work = rig_work("SELECT 1 FROM c WHERE settled = 5");
    sql_work_expect_rows(work);
    sql_work_add(work, "UPDATE c SET settled = 6", NULL, 0);
    sql_work_add(work, "UPDATE c SET leased = 4 WHERE settled = 6", NULL, 0);
    sql_work_expect_rows(work);
    struct sql_outcome outcome = rig_run(work);
    cr_assert_eq(outcome.end, SQL_COMMITTED, "%s", outcome.why.message);
    cr_assert_eq(rig_count("SELECT leased + settled FROM c"), 10);
}

ON_BOTH(sql, a_key_that_is_there_already_is_a_conflict_and_takes_everything_back)
{
    given_counter();
    struct sql_work *work = rig_work("UPDATE c SET leased = 50 WHERE id = 1");
    sql_work_add(work, "INSERT INTO c (id, leased, settled, lim) VALUES (1, 0, 0, 0)", NULL, 0);
    sql_work_add(work, "UPDATE c SET leased = 60 WHERE id = 1", NULL, 0);
    struct sql_outcome outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_CONFLICT, "statement 1 (INSERT INTO c (id");
    cr_assert_not(outcome.is_unknown);
    cr_assert_eq(rig_count("SELECT leased FROM c"), 0);
}

ON_BOTH(sql, other_constraints_are_the_callers_mistake)
{
    given_counter();
    rig_sql("CREATE TABLE child (id bigint NOT NULL REFERENCES c (id) DEFERRABLE INITIALLY DEFERRED)");
    struct sql_outcome checked = rig_run(rig_work("UPDATE c SET lim = -1"));
    rig_expect_failed(&checked, ERROR_INVALID, "statement 0 (UPDATE c SET lim = -1)");
    struct sql_outcome null = rig_run(rig_work("UPDATE c SET lim = NULL"));
    rig_expect_failed(&null, ERROR_INVALID, "statement 0");
    struct sql_outcome orphan = rig_run(rig_work("INSERT INTO child (id) VALUES (77)"));
    rig_expect_failed(&orphan, ERROR_INVALID, "at commit");
    cr_assert_not(orphan.is_unknown);
    cr_assert_eq(rig_count("SELECT count(*) FROM child"), 0);
}

ON_BOTH(sql, wrong_statements_are_our_own_mistake_and_the_next_work_runs)
{
    const char *const wrong[] = {
        "SELEC 1",   "SELECT nothing FROM nowhere", "SELECT 1; SELECT 2", "", "-- nothing",
        "SELECT $1", "SELECT \"no text\""};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct sql_outcome outcome = rig_run(rig_work(wrong[i]));
        rig_expect_failed(&outcome, ERROR_INTERNAL, "");
        cr_assert_not(outcome.is_unknown && i != 3 && i != 4, "%s", wrong[i]);
    }
    cr_assert_eq(rig_count("SELECT CAST(1 AS bigint)"), 1);
}

ON_BOTH(sql, a_work_without_statements_is_done)
{
    struct sql_outcome outcome = rig_run(rig_work(NULL));
    cr_assert(outcome.end == SQL_COMMITTED && outcome.result_count == 0);
}

ON_BOTH(sql, answers_are_bounded)
{
    struct sql_options small = rig.options;
    small.max_result_bytes = 1000;
    struct sql_work *work = sql_work_new(rig.arena, rig_open(&small));
    sql_work_add(
        work, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i FROM n",
        NULL, 0);
    struct sql_outcome outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_INTERNAL, "the answers have over 1000 bytes");
}

ON_BOTH(sql, too_many_that_wait_are_refused)
{
    struct sql_options few = rig.options;
    few.max_queued = 2;
    struct sql_db *db = rig_open(&few);
    struct told told[3] = {0};
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct sql_work *work = sql_work_new(rig.arena, db);
        sql_work_add(work, "SELECT 1", NULL, 0);
        rig_begin(work, &told[i]);
    }
    for (size_t i = 0; i < COUNT_OF(told); i++)
        rig_until_told(&told[i], 1);
    rig_expect_failed(&told[2].outcome, ERROR_UNAVAILABLE, "2 works wait for the database already");
    cr_assert(told[0].outcome.end == SQL_COMMITTED && told[1].outcome.end == SQL_COMMITTED);
}

ON_BOTH(sql, a_statement_that_takes_too_long_is_ended_and_says_so)
{
    rig_sql("SELECT 1"); /* it is connected */
    struct sql_work *work = sql_work_new(rig.arena, rig.db);
    sql_work_set_deadline(work, 200);
    sql_work_add(
        work,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT (i + 1) % 1000000 FROM n) SELECT count(*) FROM n",
        NULL, 0);
    struct sql_outcome outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_UNAVAILABLE, "not done within its ");
    cr_assert_eq(rig_count("SELECT CAST(1 AS bigint)"), 1);
}

ON_BOTH(sql, a_work_whose_arena_ends_is_forgotten_and_the_next_one_runs)
{
    given_counter();
    struct told told = {0}, next = {0};
    struct arena *arena = arena_new(0);
    for (int i = 0; i < 3; i++) {
        struct sql_work *work = sql_work_new(arena, rig.db);
        sql_work_add(work, "UPDATE c SET leased = leased + 1", NULL, 0);
        rig_begin(work, &told);
    }
    arena_free(arena);
    rig_begin(rig_work("UPDATE c SET lim = 8 WHERE leased = 0"), &next);
    rig_until_told(&next, 1);
    cr_assert_eq(told.times, 0);
    cr_assert_eq(next.outcome.results[0].affected_count, 1);
}

/* An owner that ends its work's arena, runs another work, or ends the database from within on_done. */
struct restless {
    struct arena *db_arena, *arena;
    struct sql_db *db;
    int works, ends;
    bool is_over;
};

static void
on_restless(void *owner, const struct sql_outcome *outcome)
{
    struct restless *restless = owner;
    cr_assert_eq(outcome->end, SQL_COMMITTED, "%s", outcome->why.message);
    restless->ends++;
    arena_free(restless->arena);
    restless->arena = NULL;
    if (restless->ends == restless->works) {
        arena_free(restless->db_arena);
        restless->is_over = true;
        return;
    }
    restless->arena = arena_new(0);
    struct sql_work *work = sql_work_new(restless->arena, restless->db);
    sql_work_add(work, "SELECT 1", NULL, 0);
    sql_work_run(work, on_restless, restless);
}

ON_BOTH(sql, on_done_may_end_its_arena_run_another_work_and_end_the_database)
{
    struct restless restless = {.db_arena = arena_new(0), .arena = arena_new(0), .works = 3};
    struct told left = {0};
    struct arena *left_arena = arena_new(0);
    cr_assert(sql_open(restless.db_arena, &rig.options, &restless.db, NULL));
    struct sql_work *work = sql_work_new(restless.arena, restless.db);
    sql_work_run(work, on_restless, &restless);
    rig_until(&restless.is_over);
    cr_assert_eq(restless.ends, 3);

    struct arena *db_arena = arena_new(0);
    cr_assert(sql_open(db_arena, &rig.options, &restless.db, NULL));
    work = sql_work_new(left_arena, restless.db);
    rig_begin(work, &left);
    arena_free(db_arena);
    arena_free(left_arena);
    cr_assert_eq(left.times, 0);
}

struct racer {
    struct sql_db *db;
    struct arena *arena;
    int granted, refused, conflicts;
    bool is_relaxed, is_over;
};

static void race(struct racer *racer);

static void
on_raced(void *owner, const struct sql_outcome *outcome)
{
    struct racer *racer = owner;
    if (outcome->end == SQL_FAILED)
        cr_assert_eq(outcome->why.kind, ERROR_CONFLICT, "%s", outcome->why.message);
    racer->granted += outcome->end == SQL_COMMITTED;
    racer->refused += outcome->end == SQL_UNMET;
    racer->conflicts += outcome->end == SQL_FAILED;
    racer->is_over = racer->refused == 2;
    if (!racer->is_over)
        race(racer);
}

static void
race(struct racer *racer)
{
    const struct sql_value lease[] = {sql_int(7), sql_int(1)};
    arena_reset(racer->arena);
    struct sql_work *work = sql_work_new(racer->arena, racer->db);
    if (racer->is_relaxed)
        sql_work_relax(work);
    sql_work_add(work, "UPDATE c SET leased = leased + $1 WHERE id = $2 AND settled + leased + $1 <= lim",
                 lease, 2);
    sql_work_expect_rows(work);
    sql_work_run(work, on_raced, racer);
}

static void
race_all(bool are_relaxed)
{
    struct racer racers[3] = {0};
    given_counter();
    for (size_t i = 0; i < COUNT_OF(racers); i++) {
        racers[i] =
            (struct racer){.db = rig_open_another(), .arena = arena_new(0), .is_relaxed = are_relaxed};
        race(&racers[i]);
    }
    int granted = 0, conflicts = 0;
    for (size_t i = 0; i < COUNT_OF(racers); i++) {
        rig_until(&racers[i].is_over);
        granted += racers[i].granted;
        conflicts += racers[i].conflicts;
        arena_free(racers[i].arena);
    }
    cr_assert_eq(granted, 13, "95 by 7");
    cr_assert_eq(rig_count("SELECT leased FROM c"), 91);
    cr_assert(conflicts == 0 || (rig.is_postgres && !are_relaxed));
}

ON_BOTH(sql, connections_that_race_for_a_counter_never_pass_its_limit)
{
    race_all(false);
}

ON_BOTH(sql, relaxed_works_wait_for_each_other_without_conflicts)
{
    race_all(true);
}

/* Each reads that the other's mark is not set and then sets its own: at most one may succeed. */
ON_BOTH(sql, works_are_isolated_as_if_they_ran_one_after_the_other)
{
    rig_sql("CREATE TABLE m (id bigint PRIMARY KEY, mark bigint NOT NULL)");
    rig_sql("INSERT INTO m (id, mark) VALUES (1, 0), (2, 0)");
    struct told told[2] = {0};
    struct sql_db *dbs[] = {rig.db, rig_open_another()};
    const char *const sets[] = {"UPDATE m SET mark = 1 WHERE id = 1", "UPDATE m SET mark = 1 WHERE id = 2"};
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct sql_work *work = sql_work_new(rig.arena, dbs[i]);
        sql_work_add(work, "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM m WHERE mark = 1)", NULL, 0);
        sql_work_expect_rows(work);
        sql_work_add(work, sets[i], NULL, 0);
        rig_begin(work, &told[i]);
    }
    rig_until_told(&told[0], 1);
    rig_until_told(&told[1], 1);
    cr_assert_eq(rig_count("SELECT CAST(sum(mark) AS bigint) FROM m"), 1);
}

ON_BOTH(sql, many_different_statements_are_prepared_and_let_go_again)
{
    for (int i = 0; i < 600; i++) {
        const char *text = text_c_string(rig.arena, text_format(rig.arena, "SELECT CAST(%d AS bigint)", i));
        cr_assert_eq(rig_count(text), i);
    }
}

ON_BOTH(sql, a_statement_is_prepared_anew_when_its_table_changed)
{
    struct sql_db *other = rig_open_another();
    rig_sql("CREATE TABLE s (a bigint)");
    rig_sql("INSERT INTO s (a) VALUES (1)");
    cr_assert_eq(rig_sql("SELECT * FROM s").column_count, 1);
    rig_sql_in(other, "ALTER TABLE s ADD COLUMN b bigint");
    struct sql_outcome outcome = rig_run(rig_work("SELECT * FROM s"));
    cr_assert(outcome.end == SQL_COMMITTED || outcome.why.kind == ERROR_CONFLICT, "%s", outcome.why.message);
    cr_assert_eq(rig_sql("SELECT * FROM s").column_count, 2);
}

Test(sql, a_url_that_names_no_database_is_refused_without_repeating_it)
{
    const char *const wrong[] = {"",        "mysql://root:hunter2@host/x",       "/path",
                                 "sqlite:", "postgresql://me:hunter2%zz@host/x", "host=x password='hunter2"};
    rig_given_loop();
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct sql_db *db = NULL;
        struct error why = {0};
        rig.options.url = text_of(wrong[i]);
        cr_assert_not(sql_open(rig.arena, &rig.options, &db, &why), "%s", wrong[i]);
        cr_assert_eq(why.kind, ERROR_INVALID, "%s", wrong[i]);
        cr_assert_null(strstr(why.message, "hunter2"), "%s", why.message);
    }
    rig_end();
}
