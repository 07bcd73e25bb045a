/* Values into a database and out again, unchanged. */
#include "lib/sql/sql_value.h"

#include "tests/support/sql_rig.h"

TestSuite(sql_value);

#define EVERY_BYTE 256

static struct sql_result
round_trip(const struct sql_value *value)
{
    const struct sql_value row[] = {sql_int(1), *value};
    const char *columns[] = {
        [SQL_NULL] = "text_one", [SQL_INT] = "number", [SQL_TEXT] = "text_one", [SQL_BYTES] = "bytes"};
    const char *column = columns[value->type];
    struct sql_work *work = sql_work_new(rig.arena, rig.db);
    sql_work_add(work, "DELETE FROM v", NULL, 0);
    sql_work_add(
        work,
        text_c_string(rig.arena, text_format(rig.arena, "INSERT INTO v (id, %s) VALUES ($1, $2)", column)),
        row, 2);
    sql_work_add(work, text_c_string(rig.arena, text_format(rig.arena, "SELECT %s FROM v", column)), NULL, 0);
    struct sql_outcome outcome = rig_run(work);
    cr_assert_eq(outcome.end, SQL_COMMITTED, "%s", outcome.why.message);
    cr_assert_eq(outcome.results[2].row_count, 1);
    return outcome.results[2];
}

static void
given_table(void)
{
    rig_sql("CREATE TABLE v (id bigint PRIMARY KEY, number bigint, text_one text, bytes bytea)");
}

ON_BOTH(sql_value, integers_keep_every_bit)
{
    const int64_t numbers[] = {INT64_MIN, INT64_MIN + 1, -256, -1, 0, 1, 127, 128, 1000000007, INT64_MAX};
    given_table();
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        const struct sql_value value = sql_int(numbers[i]);
        struct sql_result result = round_trip(&value);
        int64_t number = 0;
        cr_assert(sql_result_int(&result, 0, 0, &number, NULL));
        cr_assert_eq(number, numbers[i]);
    }
}

ON_BOTH(sql_value, texts_keep_every_character_and_empty_is_not_null)
{
    const struct text texts[] = {{0},
                                 TEXT(""),
                                 TEXT("a"),
                                 TEXT("it's \"q\" \\ \\N $1 ; -- \t\r\n"),
                                 TEXT("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x92\xB6 \xEF\xBF\xBF")};
    given_table();
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const struct sql_value value = sql_text(texts[i]);
        struct sql_result result = round_trip(&value);
        struct text text = TEXT("x");
        struct error why = {0};
        cr_assert(sql_result_text(&result, 0, 0, &text, &why), "%s", why.message);
        cr_assert(text_equals(text, texts[i]), "text %zu", i);
        cr_assert_not(sql_result_is_null(&result, 0, 0));
    }
}

ON_BOTH(sql_value, bytes_keep_every_byte_and_empty_is_not_null)
{
    char every[EVERY_BYTE];
    for (int i = 0; i < EVERY_BYTE; i++)
        every[i] = (char)i;
    const struct text pieces[] = {{0}, {"\0", 1}, {"a\0b", 3}, {every, EVERY_BYTE}};
    given_table();
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        const struct sql_value value = sql_bytes(pieces[i]);
        struct sql_result result = round_trip(&value);
        struct text bytes = TEXT("x");
        cr_assert(sql_result_bytes(&result, 0, 0, &bytes, NULL));
        cr_assert(text_equals(bytes, pieces[i]), "bytes %zu", i);
    }
}

ON_BOTH(sql_value, null_is_nothing_else)
{
    const struct sql_value value = sql_null();
    given_table();
    struct sql_result result = round_trip(&value);
    struct text text = {0};
    struct error why = {0};
    cr_assert(sql_result_is_null(&result, 0, 0));
    cr_assert_not(sql_result_text(&result, 0, 0, &text, &why));
    cr_assert_str_eq(why.message, "row 0, column 0: is NULL, not text");
}

ON_BOTH(sql_value, a_getter_refuses_other_types_and_places_that_are_not_there)
{
    struct sql_result result = rig_sql("SELECT CAST(7 AS bigint), 'seven'");
    struct error why = {0};
    int64_t number = 0;
    struct text text = {0};
    cr_assert_not(sql_result_int(&result, 0, 1, &number, &why));
    cr_assert_str_eq(why.message, "row 0, column 1: is text, not an integer");
    cr_assert_not(sql_result_text(&result, 0, 0, &text, &why));
    cr_assert_not(sql_result_bytes(&result, 0, 1, &text, &why));
    cr_assert_not(sql_result_int(&result, 1, 0, &number, &why));
    cr_assert_not(sql_result_int(&result, 0, 2, &number, &why));
    cr_assert_str_eq(why.message, "there is no row 0, column 2 among 1 rows of 2 columns");
    cr_assert_not(sql_result_is_null(&result, 3, 3));
}

ON_BOTH(sql_value, text_that_is_none_is_refused_before_it_is_sent)
{
    const struct text wrong[] = {TEXT("\xFF"), {"a\0b", 3}, TEXT("\xED\xA0\x80")};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const struct sql_value value = sql_text(wrong[i]);
        struct sql_work *work = sql_work_new(rig.arena, rig.db);
        sql_work_add(work, "SELECT $1", &value, 1);
        struct sql_outcome outcome = rig_run(work);
        rig_expect_failed(&outcome, ERROR_INVALID, "statement 0 (SELECT $1): parameter $1: a text ");
    }
}

ON_BOTH(sql_value, numbers_that_are_no_integers_are_a_mistake_of_the_statement)
{
    struct sql_outcome outcome = rig_run(rig_work("SELECT 1.5 AS share"));
    rig_expect_failed(&outcome, ERROR_INTERNAL, "column 0 (share)");
}

ON_BOTH(sql_value, one_statement_takes_values_and_null_by_turns)
{
    const struct sql_value values[] = {sql_null(), sql_int(5), sql_null(), sql_int(6)};
    rig_sql("CREATE TABLE n (number bigint)");
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct sql_work *work = sql_work_new(rig.arena, rig.db);
        sql_work_add(work, "INSERT INTO n (number) VALUES ($1)", &values[i], 1);
        cr_assert_eq(rig_run(work).end, SQL_COMMITTED);
    }
    cr_assert_eq(rig_count("SELECT CAST(sum(number) AS bigint) FROM n"), 11);
    cr_assert_eq(rig_count("SELECT count(*) FROM n WHERE number IS NULL"), 2);
}

ON_BOTH(sql_value, parameters_are_numbers_and_may_stand_in_any_order_and_often)
{
    const struct sql_value values[] = {sql_int(1), sql_int(20), sql_int(300)};
    struct sql_work *work = sql_work_new(rig.arena, rig.db);
    sql_work_add(work, "SELECT $3 - $1, $2 + $2 + $1", values, 3);
    struct sql_outcome outcome = rig_run(work);
    int64_t left = 0, right = 0;
    cr_assert_eq(outcome.end, SQL_COMMITTED, "%s", outcome.why.message);
    cr_assert(sql_result_int(&outcome.results[0], 0, 0, &left, NULL));
    cr_assert(sql_result_int(&outcome.results[0], 0, 1, &right, NULL));
    cr_assert(left == 299 && right == 41);
}
