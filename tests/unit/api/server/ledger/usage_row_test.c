/* What is read of a record, and which records are none. */
#include "api/server/ledger/usage_row.h"

#include "lib/base/buffer.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/api/server/ledger/given_usage.h"

TestSuite(usage_row, .init = given_arena, .fini = end_arena);

static struct usage_row
row_of(struct text record)
{
    struct usage_row row;
    struct error err = {0};
    cr_assert(usage_row_read(arena, record, &row, &err), "%s", err.message);
    return row;
}

static void
expect_text_in(const struct usage_row *row, enum usage_dimension by, const char *wanted)
{
    cr_assert(text_equals(row->by[by], text_of(wanted)), "%s is \"%.*s\", not \"%s\"",
              usage_dimension_names[by], TEXT_ARG(row->by[by]), wanted);
}

static void
expect_refused(struct text record, const char *words)
{
    struct usage_row row;
    struct error err = {0};
    cr_assert_not(usage_row_read(arena, record, &row, &err), "%.*s", TEXT_ARG(record));
    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert_not_null(strstr(err.message, words), "\"%s\" has no \"%s\"", err.message, words);
}

Test(usage_row, has_who_and_what_by_the_names_of_the_record)
{
    struct usage_row row =
        row_of(TEXT(RECORD("01A", ",\"team\":\"t\",\"caller\":\"c\",\"deployment\":\"d\",\"model\":\"m\","
                                  "\"provider\":\"p\",\"targetModel\":\"tm\"")));
    cr_assert(text_equals(row.id, TEXT("01A")));
    cr_assert_eq(row.time_ms, SOME_HOUR_MS);
    static const char *const wanted[] = {"demo", "dev", "t", "c", "d", "m", "p", "tm", "Completed"};
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        expect_text_in(&row, (enum usage_dimension)i, wanted[i]);
}

Test(usage_row, has_empty_texts_zero_counts_and_no_cost_where_the_record_says_nothing)
{
    struct usage_row row = row_of(TEXT(RECORD("01A", "")));
    expect_text_in(&row, USAGE_BY_TEAM, "");
    expect_text_in(&row, USAGE_BY_TARGET_MODEL, "");
    cr_assert_not(row.is_priced);
    cr_assert_eq(row.cost_nano, 0);
    for (int i = 0; i < USAGE_CLASS_COUNT; i++)
        cr_assert_eq(usage_vector_count(&row.used, (enum usage_class)i), 0);
}

Test(usage_row, has_the_run_that_the_record_names)
{
    cr_assert(text_equals(row_of(TEXT(RECORD("01A", ",\"run\":\"run-7\""))).run, TEXT("run-7")));
    cr_assert(text_is_empty(row_of(TEXT(RECORD("01A", ""))).run));
}

static void
expect_purposes(struct text record, const char *wanted)
{
    struct usage_row row = row_of(record);
    struct buffer found;
    buffer_init(&found, arena, 64);
    for (size_t i = 0; i < row.purposes.count; i++)
        buffer_print(&found, "%.*s=%.*s;", TEXT_ARG(row.purposes.items[i].key),
                     TEXT_ARG(row.purposes.items[i].value));
    cr_assert(text_equals(buffer_text(&found), text_of(wanted)), "%.*s", TEXT_ARG(buffer_text(&found)));
}

#define KEY_OF_63 "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"

Test(usage_row, is_for_its_run_and_for_each_of_its_tags)
{
    expect_purposes(TEXT(RECORD("01A", "")), "");
    expect_purposes(TEXT(RECORD("01A", ",\"run\":\"r1\"")), "run=r1;");
    expect_purposes(TEXT(RECORD("01A", ",\"tags\":{}")), "");
    expect_purposes(TEXT(RECORD("01A", ",\"run\":\"r1\",\"tags\":{\"a\":\"1\",\"run\":\"x\"}")),
                    "run=r1;tag:a=1;tag:run=x;");
    expect_purposes(
        TEXT(RECORD("01A", ",\"tags\":{\"a\":\"1\",\"empty\":\"\",\"a\":\"2\",\"n\":\"x\\u0000y\"}")),
        "tag:a=1;tag:n=x\xEF\xBF\xBDy;");
    expect_purposes(TEXT(RECORD("01A", ",\"tags\":{\"" KEY_OF_63 "\":\"1\",\"" KEY_OF_63 "k\":\"2\"}")),
                    "tag:" KEY_OF_63 "=1;");
}

Test(usage_row, is_none_of_tags_that_are_no_texts)
{
    expect_refused(TEXT(RECORD("01A", ",\"tags\":[]")), "tags is not an object");
    expect_refused(TEXT(RECORD("01A", ",\"tags\":{\"a\":1}")), "tags has what is no text");
    struct buffer many;
    buffer_init(&many, arena, 512);
    buffer_add_string(&many, "{\"id\":\"01A\",\"time\":1,\"workspace\":\"demo\",\"environment\":\"dev\","
                             "\"outcome\":\"Completed\",\"tags\":{\"k\":\"v\"");
    for (int i = 0; i < USAGE_MAX_TAGS; i++)
        buffer_print(&many, ",\"k%d\":\"v\"", i);
    buffer_add_string(&many, "}}");
    expect_refused(buffer_text(&many), "more than 24");
}

Test(usage_row, is_for_each_tool_that_it_names_once)
{
    struct usage_row row =
        row_of(TEXT(RECORD("01A", ",\"tools\":[\"weather\",\"search\",\"weather\",\"\"]")));
    cr_assert_eq(row.purposes.count, 2);
    cr_assert(text_equals(row.purposes.items[0].key, TEXT("tool")));
    cr_assert(text_equals(row.purposes.items[0].value, TEXT("weather")));
    cr_assert(text_equals(row.purposes.items[1].value, TEXT("search")));
}

Test(usage_row, is_none_of_tools_that_are_no_texts_or_too_many)
{
    struct usage_row row;
    cr_assert_not(usage_row_read(arena, TEXT(RECORD("01A", ",\"tools\":\"weather\"")), &row, NULL));
    cr_assert_not(usage_row_read(arena, TEXT(RECORD("01A", ",\"tools\":[1]")), &row, NULL));
    cr_assert_not(usage_row_read(
        arena,
        TEXT(RECORD("01A",
                    ",\"tools\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\","
                    "\"13\",\"14\",\"15\",\"16\",\"17\"]")),
        &row, NULL));
}

Test(usage_row, tells_an_earlier_try_from_the_last)
{
    struct usage_row lost =
        row_of(TEXT(RECORD("01A", ",\"call\":\"01B\",\"try\":1,\"nextTry\":\"SomethingNew\"")));
    struct usage_row last = row_of(TEXT(RECORD("01B", ",\"call\":\"01B\",\"try\":2,\"nextTry\":\"None\"")));
    struct usage_row refused = row_of(TEXT(RECORD("01C", ",\"call\":\"01C\"")));
    struct usage_row old = row_of(TEXT(RECORD("01D", ",\"requests\":1")));
    cr_assert(lost.is_earlier && lost.is_try && text_equals(lost.call, TEXT("01B")));
    cr_assert(!last.is_earlier && last.is_try && text_is_empty(last.call));
    cr_assert(!refused.is_earlier && !refused.is_try);
    cr_assert(!old.is_earlier && old.is_try);
}

Test(usage_row, is_none_of_a_try_that_names_no_call)
{
    expect_refused(TEXT(RECORD("01A", ",\"nextTry\":\"Timeout\"")), "no call");
    expect_refused(TEXT(RECORD("01A", ",\"nextTry\":\"Timeout\",\"call\":\"a\\u0000b\"")), "no call");
    expect_refused(TEXT(RECORD("01A", ",\"try\":-1")), "try");
    expect_refused(TEXT(RECORD("01A", ",\"try\":\"one\"")), "try");
}

Test(usage_row, has_every_class_of_the_vector)
{
    for (int i = 0; i < USAGE_CLASS_COUNT; i++) {
        struct text key = usage_vector_schema.fields[i].key;
        struct usage_row row =
            row_of(text_format(arena,
                               "{\"id\":\"01A\",\"time\":1,\"workspace\":\"demo\",\"environment\":\"dev\","
                               "\"outcome\":\"Completed\",\"%.*s\":%d}",
                               TEXT_ARG(key), i + 1));
        for (int other = 0; other < USAGE_CLASS_COUNT; other++)
            cr_assert_eq(usage_vector_count(&row.used, (enum usage_class)other), other == i ? i + 1 : 0);
    }
}

Test(usage_row, keeps_the_record_as_it_came_with_fields_that_nobody_here_knows)
{
    struct text record = TEXT(RECORD("01A", ", \"newer\" : {\"deep\":[1, 2]}, \"tags\":{\"a\":\"b\"}"));
    struct usage_row row = row_of(record);
    cr_assert(row.record.bytes == record.bytes && row.record.length == record.length);
}

Test(usage_row, reads_texts_with_escapes)
{
    struct usage_row row =
        row_of(TEXT(RECORD("01A", ",\"team\":\"a\\\"b\\u00e9\\n\",\"caller\":\"\\ud83d\\ude00\"")));
    expect_text_in(&row, USAGE_BY_TEAM, "a\"b\xC3\xA9\n");
    expect_text_in(&row, USAGE_BY_CALLER, "\xF0\x9F\x98\x80");
}

Test(usage_row, has_no_nul_in_a_text_because_databases_keep_none)
{
    struct usage_row row = row_of(TEXT(RECORD("01A", ",\"model\":\"a\\u0000b\\u0000\"")));
    expect_text_in(&row, USAGE_BY_MODEL,
                   "a\xEF\xBF\xBD"
                   "b\xEF\xBF\xBD");
    expect_refused(TEXT(RECORD("01\\u0000", "")), "id");
}

Test(usage_row, cuts_long_texts_between_characters)
{
    char name[USAGE_DIMENSION_MAX_BYTES + 9];
    memset(name, 'm', sizeof(name));
    memcpy(name + USAGE_DIMENSION_MAX_BYTES - 1, "\xC3\xA9", 2);
    struct text record = text_format(arena, RECORD("01A", ",\"model\":\"%.*s\""), (int)sizeof(name), name);
    struct usage_row row = row_of(record);
    cr_assert_eq(row.by[USAGE_BY_MODEL].length, USAGE_DIMENSION_MAX_BYTES - 1);
    cr_assert(text_equals(row.record, record));
}

Test(usage_row, has_a_cost_in_nano_dollars)
{
    struct usage_row row = row_of(TEXT(RECORD("01A", ",\"cost\":\"1.000000002\"")));
    cr_assert(row.is_priced);
    cr_assert_eq(row.cost_nano, 1000000002);
    row = row_of(TEXT(RECORD("01A", ",\"cost\":\"0.00\"")));
    cr_assert(row.is_priced);
    cr_assert_eq(row.cost_nano, 0);
}

Test(usage_row, is_not_priced_when_some_of_what_was_used_has_no_price)
{
    struct usage_row row = row_of(TEXT(RECORD("01A", ",\"cost\":\"0.50\",\"unpriced\":[\"audioInput\"]")));
    cr_assert_eq(row.cost_nano, 500000000, "the rest of it is in the sums all the same");
    cr_assert_not(row.is_priced);
}

Test(usage_row, is_none_with_a_cost_that_is_no_amount)
{
    static const char *const costs[] = {"-1",          "1",
                                        "\"\"",        "\"-1\"",
                                        "\"1e3\"",     "null",
                                        "\"NaN\"",     "\"0.0000000001\"",
                                        "\"1000001\"", "\"9223372036\""};
    for (size_t i = 0; i < COUNT_OF(costs); i++)
        expect_refused(text_format(arena, RECORD("01A", ",\"cost\":%s"), costs[i]), "cost");
}

Test(usage_row, is_none_without_what_everything_is_told_apart_by)
{
    static const char *const records[] = {
        "{\"time\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"outcome\":\"Completed\"}",
        "{\"id\":\"\",\"time\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"outcome\":\"Completed\"}",
        "{\"id\":7,\"time\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"outcome\":\"Completed\"}",
        "{\"id\":\"01A\",\"time\":1,\"environment\":\"dev\",\"outcome\":\"Completed\"}",
        "{\"id\":\"01A\",\"time\":1,\"workspace\":\"demo\",\"outcome\":\"Completed\"}",
        "{\"id\":\"01A\",\"time\":1,\"workspace\":\"demo\",\"environment\":\"dev\"}",
    };
    for (size_t i = 0; i < COUNT_OF(records); i++)
        expect_refused(text_of(records[i]), "no id, workspace, environment or outcome");
}

Test(usage_row, is_none_with_an_id_that_is_too_long_to_look_it_up_by)
{
    char id[USAGE_ID_MAX_BYTES + 1];
    memset(id, 'i', sizeof(id));
    for (int length = USAGE_ID_MAX_BYTES; length <= USAGE_ID_MAX_BYTES + 1; length++) {
        struct usage_row row;
        struct text record = text_format(
            arena, "{\"id\":\"%.*s\",\"time\":1,\"workspace\":\"w\",\"environment\":\"e\",\"outcome\":\"o\"}",
            length, id);
        cr_assert_eq(usage_row_read(arena, record, &row, NULL), length == USAGE_ID_MAX_BYTES);
    }
}

Test(usage_row, is_none_with_a_time_that_is_no_time)
{
    static const char *const times[] = {"-1", "1.5", "\"1\"", "null", "1e3", "9223372036854775808"};
    for (size_t i = 0; i < COUNT_OF(times); i++)
        expect_refused(
            text_format(arena,
                        "{\"id\":\"01A\",\"time\":%s,\"workspace\":\"demo\",\"environment\":\"dev\","
                        "\"outcome\":\"Completed\"}",
                        times[i]),
            "usage record 01A: time");
}

Test(usage_row, is_none_with_a_count_that_is_no_count)
{
    static const char *const counts[] = {
        "-1", "1.5", "\"1\"", "null", "true", "1000000000001", "99999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        expect_refused(text_format(arena, RECORD("01A", ",\"inputTokens\":%s"), counts[i]),
                       "usage record 01A: inputTokens is not a count");
    struct usage_row row = row_of(TEXT(RECORD("01A", ",\"inputTokens\":1000000000000")));
    cr_assert_eq(row.used.input_tokens, USAGE_COUNT_MAX);
}

Test(usage_row, is_none_where_the_bytes_are_not_one_sound_object)
{
    expect_refused(TEXT("null"), "a usage record");
    expect_refused(TEXT(""), "a usage record");
    expect_refused(TEXT("[]"), "a usage record");
    expect_refused(TEXT(RECORD("01A", "") "x"), "a usage record");
    expect_refused(TEXT(RECORD("01A", ",\"team\":\"\xFF\"")), "a usage record");
    expect_refused(TEXT(RECORD("01A", ",\"team\":\"\\ud800\"")), "a usage record");
    expect_refused(TEXT(RECORD("01A", ",\"id\":\"01B\"")), "twice");
}

#define CHARGE(MORE) "{\"budget\":\"b\",\"window\":\"2025-11\",\"amount\":5" MORE "}"

Test(usage_row, has_what_it_is_charged_to)
{
    struct usage_row row =
        row_of(TEXT(RECORD("01A", ",\"charges\":[" CHARGE("") "," CHARGE(
                                      ",\"owner\":\"demo\\/dev\",\"lease\":\"l\",\"new\":1") "]")));
    cr_assert_eq(row.charges.count, 2);
    cr_assert(text_equals(row.charges.items[0].budget, TEXT("b")));
    cr_assert(text_is_empty(row.charges.items[0].owner) && text_is_empty(row.charges.items[0].lease));
    cr_assert(text_equals(row.charges.items[1].owner, TEXT("demo/dev")));
    cr_assert(text_equals(row.charges.items[1].window, TEXT("2025-11")));
    cr_assert(text_equals(row.charges.items[1].lease, TEXT("l")));
    cr_assert_eq(row.charges.items[1].amount, 5);
    cr_assert_eq(row_of(TEXT(RECORD("01A", ""))).charges.count, 0);
    cr_assert_eq(row_of(TEXT(RECORD("01A", ",\"charges\":[]"))).charges.count, 0);
}

Test(usage_row, refuses_charges_that_are_none)
{
    expect_refused(TEXT(RECORD("01A", ",\"charges\":null")), "charges are no list");
    expect_refused(TEXT(RECORD("01A", ",\"charges\":{}")), "charges are no list");
    expect_refused(TEXT(RECORD("01A", ",\"charges\":[" CHARGE("") ",7]")), "charge 1");
    expect_refused(TEXT(RECORD("01A", ",\"charges\":[{\"window\":\"w\",\"amount\":1}]")), "names no budget");
    expect_refused(TEXT(RECORD("01A", ",\"charges\":[{\"budget\":\"b\",\"amount\":1}]")), "or no window");
    expect_refused(TEXT(RECORD("01A", ",\"charges\":[" CHARGE(",\"owner\":7") "]")), "owner is no text");
    expect_refused(TEXT(RECORD("01A", ",\"charges\":[" CHARGE(",\"lease\":\"\\u0000\"") "]")),
                   "lease has a NUL");
    static const char *const amounts[] = {
        "0", "-1", "1.5", "\"1\"", "2251799813685248", "9223372036854775808"};
    for (size_t i = 0; i < COUNT_OF(amounts); i++)
        expect_refused(
            text_format(arena,
                        RECORD("01A", ",\"charges\":[{\"budget\":\"b\",\"window\":\"w\",\"amount\":%s}]"),
                        amounts[i]),
            "amount is not a number of 1 to");
}

static struct text
record_with_charges(size_t count, size_t budget_length)
{
    struct buffer out;
    buffer_init(&out, arena, 65536);
    buffer_add_string(&out, "{\"id\":\"01A\",\"time\":1,\"workspace\":\"demo\",\"environment\":\"dev\","
                            "\"outcome\":\"Completed\",\"charges\":[");
    for (size_t i = 0; i < count; i++) {
        buffer_print(&out, "%s{\"window\":\"w\",\"amount\":1,\"budget\":\"", i == 0 ? "" : ",");
        for (size_t j = 0; j < budget_length; j++)
            buffer_add_byte(&out, 'b');
        buffer_add_string(&out, "\"}");
    }
    buffer_add_string(&out, "]}");
    return buffer_text(&out);
}

Test(usage_row, bounds_how_many_charges_there_are_and_how_long_their_texts)
{
    cr_assert_eq(row_of(record_with_charges(USAGE_MAX_CHARGES, 1)).charges.count, USAGE_MAX_CHARGES);
    expect_refused(record_with_charges(USAGE_MAX_CHARGES + 1, 1), "257 charges, at most 256");
    cr_assert_eq(row_of(record_with_charges(1, BUDGET_ID_MAX_BYTES)).charges.count, 1);
    expect_refused(record_with_charges(1, BUDGET_ID_MAX_BYTES + 1), "budget of 321 bytes, at most 320");
}
