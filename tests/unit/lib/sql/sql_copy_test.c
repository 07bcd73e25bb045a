/* Copies of many rows, inside a transaction as everything else. */
#include "tests/support/sql_rig.h"

TestSuite(sql_copy);

static const char *const columns[] = {"id", "name", "bytes", "maybe"};

struct source {
    int64_t next, count;
    int64_t spoilt; /* the row whose text is none; -1: none */
    int64_t repeated;
    char name[64];
};

static bool
next_row(void *owner, struct sql_value *out_values)
{
    struct source *source = owner;
    if (source->next == source->count)
        return false;
    int64_t id = source->next++;
    int length = snprintf(source->name, sizeof(source->name), "row\t%lld\\\n\r\\N\\.", (long long)id);
    out_values[0] = sql_int(id == source->repeated ? 0 : id);
    out_values[1] =
        sql_text(id == source->spoilt ? TEXT("\xC3\x28") : (struct text){source->name, (size_t)length});
    out_values[2] = sql_bytes((struct text){"\0\xFF\\x", 4});
    out_values[3] = id % 2 == 0 ? sql_null() : sql_text(TEXT(""));
    return true;
}

static struct source
given_rows(int64_t count)
{
    rig_sql("CREATE TABLE r (id bigint PRIMARY KEY, name text NOT NULL, bytes bytea NOT NULL, maybe text)");
    return (struct source){.count = count, .spoilt = -1, .repeated = -1};
}

static struct sql_work *
copy_of(struct source *source)
{
    struct sql_work *work = sql_work_new(rig.arena, rig.db);
    sql_copy(work, "r", columns, COUNT_OF(columns), (struct sql_rows){.next = next_row, .owner = source});
    return work;
}

ON_BOTH(sql_copy, ten_thousand_rows_arrive_as_they_were)
{
    struct source source = given_rows(10000);
    struct sql_outcome outcome = rig_run(copy_of(&source));
    cr_assert_eq(outcome.end, SQL_COMMITTED, "%s", outcome.why.message);
    cr_assert_eq(outcome.results[0].affected_count, 10000);
    cr_assert_eq(rig_count("SELECT count(*) FROM r WHERE maybe IS NULL"), 5000);
    cr_assert_eq(rig_count("SELECT count(*) FROM r WHERE maybe = ''"), 5000);
    struct sql_result result = rig_sql("SELECT name, bytes FROM r WHERE id = 4321");
    struct text name = {0}, bytes = {0};
    cr_assert(sql_result_text(&result, 0, 0, &name, NULL) && sql_result_bytes(&result, 0, 1, &bytes, NULL));
    cr_assert(text_equals(name, TEXT("row\t4321\\\n\r\\N\\.")));
    cr_assert(text_equals(bytes, (struct text){"\0\xFF\\x", 4}));
}

ON_BOTH(sql_copy, stands_among_statements_in_one_transaction)
{
    struct source source = given_rows(10), more = {.next = 10, .count = 15, .spoilt = -1, .repeated = -1};
    struct sql_work *work = copy_of(&source);
    sql_work_add(work, "SELECT 1 FROM r WHERE id = 9", NULL, 0);
    sql_work_expect_rows(work);
    cr_assert_eq(sql_copy(work, "r", columns, COUNT_OF(columns), (struct sql_rows){next_row, &more}), 2);
    sql_work_add(work, "DELETE FROM r WHERE id < 3", NULL, 0);
    struct sql_outcome outcome = rig_run(work);
    cr_assert_eq(outcome.end, SQL_COMMITTED, "%s", outcome.why.message);
    cr_assert_eq(outcome.results[2].affected_count, 5);
    cr_assert_eq(rig_count("SELECT count(*) FROM r"), 12);
}

ON_BOTH(sql_copy, is_taken_back_with_the_work)
{
    struct source source = given_rows(1000);
    struct sql_work *work = copy_of(&source);
    sql_work_add(work, "DELETE FROM r WHERE id = 5000", NULL, 0);
    sql_work_expect_rows(work);
    struct sql_outcome outcome = rig_run(work);
    cr_assert(outcome.end == SQL_UNMET && outcome.unmet == 1);
    cr_assert_eq(rig_count("SELECT count(*) FROM r"), 0);
}

ON_BOTH(sql_copy, a_row_that_is_there_already_is_a_conflict)
{
    struct source source = given_rows(5000);
    source.repeated = 3000;
    struct sql_outcome outcome = rig_run(copy_of(&source));
    rig_expect_failed(&outcome, ERROR_CONFLICT, "statement 0 (copy into r)");
    cr_assert_eq(rig_count("SELECT count(*) FROM r"), 0);
}

ON_BOTH(sql_copy, a_row_with_a_text_that_is_none_ends_it)
{
    struct source source = given_rows(5000);
    source.spoilt = 4000;
    struct sql_outcome outcome = rig_run(copy_of(&source));
    rig_expect_failed(&outcome, ERROR_INVALID, "column name: a text is not valid UTF-8");
    cr_assert_not(outcome.is_unknown);
    cr_assert_eq(rig_count("SELECT count(*) FROM r"), 0);
}

ON_BOTH(sql_copy, no_rows_are_fine_unless_some_are_expected)
{
    struct source source = given_rows(0);
    struct sql_outcome outcome = rig_run(copy_of(&source));
    cr_assert(outcome.end == SQL_COMMITTED && outcome.results[0].affected_count == 0);
    struct sql_work *work = copy_of(&source);
    sql_work_expect_rows(work);
    cr_assert_eq(rig_run(work).end, SQL_UNMET);
}

struct turns {
    struct loop_timer *timer;
    int left;
};

static void
on_turn(void *owner)
{
    struct turns *turns = owner;
    if (turns->left-- > 0)
        loop_timer_start(turns->timer, 0);
    else
        loop_stop(rig.loop);
}

ON_BOTH(sql_copy, a_work_forgotten_at_any_moment_stands_whole_or_not_at_all)
{
    struct told told = {0};
    struct turns turns = {0};
    turns.timer = loop_timer_new(rig.loop, rig.arena, on_turn, &turns);
    given_rows(0);
    for (int moment = 0; moment < 60; moment++) {
        struct source source = {.count = 200, .spoilt = -1, .repeated = -1};
        struct arena *arena = arena_new(0);
        struct sql_work *work = sql_work_new(arena, rig.db);
        sql_work_add(work, "DELETE FROM r WHERE id >= 0", NULL, 0);
        sql_work_add(work, "SELECT 1", NULL, 0);
        sql_work_expect_rows(work);
        sql_copy(work, "r", columns, COUNT_OF(columns), (struct sql_rows){next_row, &source});
        sql_work_add(work, "SELECT count(*) FROM r", NULL, 0);
        rig_begin(work, &told);
        turns.left = moment * 5;
        loop_timer_start(turns.timer, 0);
        loop_run(rig.loop);
        arena_free(arena);
        int64_t count = rig_count("SELECT count(*) FROM r");
        cr_assert(count == 0 || count == 200, "moment %d: %lld", moment, (long long)count);
    }
}

ON_BOTH(sql_copy, names_are_checked_and_missing_tables_told)
{
    const char *const bad[] = {"id) --"};
    struct source source = given_rows(3);
    const struct sql_rows rows = {.next = next_row, .owner = &source};
    struct sql_work *work = sql_work_new(rig.arena, rig.db);
    sql_copy(work, "r", bad, 1, rows);
    struct sql_outcome outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_INTERNAL, "lower-case letters");
    work = sql_work_new(rig.arena, rig.db);
    sql_copy(work, "nowhere", columns, COUNT_OF(columns), rows);
    outcome = rig_run(work);
    rig_expect_failed(&outcome, ERROR_INTERNAL, "nowhere");
    cr_assert_eq(rig_count("SELECT count(*) FROM r"), 0);
}
