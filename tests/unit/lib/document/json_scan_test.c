/* The hot path's reader. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json_scan.h"

static struct arena *arena;

static void
start(void)
{
    arena = arena_new(0);
}

static void
end(void)
{
    arena_free(arena);
}

TestSuite(json_scan, .init = start, .fini = end);

static void
given(const char *json, struct json_field *fields, size_t count)
{
    struct error err = {0};
    cr_assert(json_scan(text_of(json), fields, count, &err), "%s: %s", json, err.message);
}

static void
expect_refused(struct text json, struct json_field *fields, size_t count, const char *message)
{
    struct error err = {0};
    cr_assert_not(json_scan(json, fields, count, &err), "accepted: %.*s", TEXT_ARG(json));
    cr_assert_str_eq(err.message, message);
    cr_assert_eq(err.kind, ERROR_INVALID);
}

static void
expect_invalid(const char *json, const char *message)
{
    struct json_field fields[] = {{.path = "model"}, {.path = "options.usage"}};
    expect_refused(text_of(json), fields, 2, message);
}

Test(json_scan, finds_wanted_fields_as_they_are_written)
{
    struct json_field fields[] = {{.path = "model"},
                                  {.path = "stream"},
                                  {.path = "messages"},
                                  {.path = "max_tokens"},
                                  {.path = "user"}};
    const char *json =
        " {\"stream\" : true, \"messages\":[ {\"model\":\"inner\"} ],\n\"model\": \"a\\u0062\","
        "\"max_tokens\":-1.5e3,\"x\":{}} ";
    given(json, fields, COUNT_OF(fields));

    cr_assert_eq(fields[0].kind, JSON_STRING);
    cr_assert(text_equals(fields[0].raw, TEXT("\"a\\u0062\"")));
    cr_assert_eq(strncmp(json + fields[0].key_start, "\"model\": \"a", 11), 0);
    cr_assert_eq(fields[1].kind, JSON_TRUE);
    cr_assert(text_equals(fields[1].raw, TEXT("true")));
    cr_assert_eq(fields[2].kind, JSON_ARRAY);
    cr_assert(text_equals(fields[2].raw, TEXT("[ {\"model\":\"inner\"} ]")));
    cr_assert_eq(fields[3].kind, JSON_NUMBER);
    cr_assert(text_equals(fields[3].raw, TEXT("-1.5e3")));
    cr_assert_eq(fields[4].kind, JSON_ABSENT);
}

Test(json_scan, finds_fields_of_the_second_level_beside_their_object)
{
    struct json_field fields[] = {
        {.path = "o.usage"}, {.path = "o"}, {.path = "o.other"}, {.path = "p.usage"}};
    given("{\"usage\":1,\"o\":{\"deep\":{\"usage\":2},\"usage\":{\"a\":[3]},\"x\":[{\"other\":4}]},\"p\":[{"
          "\"usage\":5}]}",
          fields, COUNT_OF(fields));

    cr_assert(text_equals(fields[0].raw, TEXT("{\"a\":[3]}")));
    cr_assert_eq(fields[0].kind, JSON_OBJECT);
    cr_assert_eq(fields[1].kind, JSON_OBJECT);
    cr_assert_eq(fields[1].raw.bytes[fields[1].raw.length - 1], '}');
    cr_assert_eq(fields[1].raw.length,
                 strlen("{\"deep\":{\"usage\":2},\"usage\":{\"a\":[3]},\"x\":[{\"other\":4}]}"));
    cr_assert_eq(fields[2].kind, JSON_ABSENT);
    cr_assert_eq(fields[3].kind, JSON_ABSENT);
}

Test(json_scan, finds_an_empty_container_whole)
{
    struct json_field fields[] = {{.path = "a"}, {.path = "b"}, {.path = "c.d"}};
    given("{\"a\":[],\"b\":{ },\"c\":{\"d\":[ ]}}", fields, COUNT_OF(fields));

    cr_assert(text_equals(fields[0].raw, TEXT("[]")));
    cr_assert(text_equals(fields[1].raw, TEXT("{ }")));
    cr_assert(text_equals(fields[2].raw, TEXT("[ ]")));
}

Test(json_scan, sees_through_keys_that_hide_behind_escapes)
{
    struct json_field fields[] = {{.path = "model"}};
    given("{\"\\u006dode\\u006C\":1}", fields, 1);

    cr_assert(text_equals(fields[0].raw, TEXT("1")));
    cr_assert_eq(fields[0].key_start, 1u);
    given("{\"\\u006dode\\u006C2\":1,\"mode\\u006\x63 \":2,\"mode\":3}", fields, 1);
    cr_assert_eq(fields[0].kind, JSON_ABSENT);
}

Test(json_scan, refuses_a_wanted_key_that_is_there_twice)
{
    expect_invalid("{\"model\":1,\"model\":1}", "offset 11: this key is there twice");
    expect_invalid("{\"model\":1,\"\\u006dodel\":1}", "offset 11: this key is there twice");
    expect_invalid("{\"options\":{\"usage\":1,\"usage\":1}}", "offset 22: this key is there twice");
    expect_invalid("{\"options\":{\"usage\":1},\"options\":{\"x\":1}}", "offset 23: this key is there twice");
    expect_invalid("{\"options\":null,\"options\":{\"usage\":1}}", "offset 16: this key is there twice");
}

Test(json_scan, leaves_other_keys_to_their_readers)
{
    struct json_field fields[] = {{.path = "model"}};
    given("{\"x\":1,\"x\":2,\"y\":{\"model\":1,\"model\":2}}", fields, 1);

    cr_assert_eq(fields[0].kind, JSON_ABSENT);
}

Test(json_scan, refuses_what_is_not_one_valid_object)
{
    expect_invalid("", "offset 0: an object must stand here: {");
    expect_invalid("[]", "offset 0: an object must stand here: {");
    expect_invalid("{", "offset 1: a key in quotes is expected here");
    expect_invalid("{\"a\":", "offset 5: the text ends where a value is expected");
    expect_invalid("{\"a\":1", "offset 6: the text ends before everything is closed");
    expect_invalid("{\"a\":1}{", "offset 7: something follows after the end of the object");
    expect_invalid("{\"a\":1,}", "offset 7: a key in quotes is expected here");
    expect_invalid("{\"a\":[1,]}", "offset 8: a value is expected here");
    expect_invalid("{\"a\":[1}}", "offset 7: ',' or ']' is expected here");
    expect_invalid("{\"a\":1]", "offset 6: ',' or '}' is expected here");
    expect_invalid("{\"a\":01}", "offset 6: a number must not start with 0");
    expect_invalid("{\"a\":-}", "offset 6: a digit is missing here in a number");
    expect_invalid("{\"a\":1e}", "offset 7: a digit is missing here in a number");
    expect_invalid("{\"a\":tru}", "offset 5: a value is expected here");
    expect_invalid("{\"a\":\"\t\"}", "offset 6: a control character in a string must be escaped");
    expect_invalid("{\"a\":\"\\ud800\\u0041\"}", "offset 6: a lone surrogate escape");
    expect_invalid("{\"a\":\"\xe2\x82\"}", "offset 6: this is not valid UTF-8");
    expect_invalid("{\"a\":\"\xf4\x90\x80\x80\"}", "offset 6: this is not valid UTF-8");
    expect_invalid("{a:1}", "offset 1: a key in quotes is expected here");
    expect_invalid("{\"a\":1,\"b\"}", "offset 10: ':' is expected after the key");
}

Test(json_scan, refuses_a_nul_byte_outside_strings)
{
    struct json_field fields[] = {{.path = "model"}};

    expect_refused(TEXT("{\"a\":1}\0"), fields, 1, "offset 7: something follows after the end of the object");
}

Test(json_scan, bounds_the_depth)
{
    char deep[8 + 2 * JSON_SCAN_MAX_DEPTH] = "{\"a\":";
    size_t at = strlen(deep);
    memset(deep + at, '[', JSON_SCAN_MAX_DEPTH - 1);
    memset(deep + at + JSON_SCAN_MAX_DEPTH - 1, ']', JSON_SCAN_MAX_DEPTH - 1);
    deep[at + 2 * (JSON_SCAN_MAX_DEPTH - 1)] = '}';
    struct json_field fields[] = {{.path = "a"}};
    given(deep, fields, 1);
    cr_assert_eq(fields[0].raw.length, 2u * (JSON_SCAN_MAX_DEPTH - 1));

    memset(deep + at, '[', JSON_SCAN_MAX_DEPTH);
    expect_invalid(deep, "offset 68: nested more than 64 deep");
}

/* Every length around the sixteen bytes that are looked at together, and every place in them. */
Test(json_scan, ends_strings_at_any_distance)
{
    struct json_field fields[] = {{.path = "a"}, {.path = "b"}};
    for (int length = 0; length < 70; length++) {
        struct text json =
            text_format(arena, "{\"a\":\"%.*s\\\"\xc3\xa9\",\"b\":%d}", length,
                        "0123456789012345678901234567890123456789012345678901234567890123456789", length);
        struct error err = {0};
        cr_assert(json_scan(json, fields, 2, &err), "%s", err.message);
        cr_assert_eq(fields[0].raw.length, (size_t)length + 6);
        int64_t found = -1;
        cr_assert(json_scan_int(fields[1].raw, &found));
        cr_assert_eq(found, length);
    }
}

Test(json_scan, walks_the_items_of_an_array)
{
    struct json_field fields[] = {{.path = "a"}};
    given("{\"a\":[ 1 , \"x,]\" ,{\"b\":[2]},[[]],null,true,-1.5 ]}", fields, 1);
    static const char *const items[] = {"1", "\"x,]\"", "{\"b\":[2]}", "[[]]", "null", "true", "-1.5"};
    static const enum json_kind kinds[] = {JSON_NUMBER, JSON_STRING, JSON_OBJECT, JSON_ARRAY,
                                           JSON_NULL,   JSON_TRUE,   JSON_NUMBER};

    size_t at = 0, count = 0;
    struct text item;
    enum json_kind kind;
    while (json_scan_next(fields[0].raw, &at, &item, &kind)) {
        cr_assert(text_equals(item, text_of(items[count])), "%.*s", TEXT_ARG(item));
        cr_assert_eq(kind, kinds[count]);
        count++;
    }
    cr_assert_eq(count, COUNT_OF(items));
}

Test(json_scan, walks_nothing_that_is_not_an_array_with_items)
{
    size_t at = 0;
    struct text item;
    enum json_kind kind;

    cr_assert_not(json_scan_next(TEXT("[ ]"), &at, &item, &kind));
    cr_assert_not(json_scan_next(TEXT("{}"), &at, &item, &kind));
    cr_assert_not(json_scan_next((struct text){0}, &at, &item, &kind));
}

Test(json_scan, walks_the_members_of_an_object)
{
    static const char *const keys[] = {"\"a\"", "\"b{,\"", "\"c\"", "\"d\""};
    static const char *const values[] = {"\"x,y}\"", "{\"e\":[1,{}]}", "-1", "null"};
    struct text object = TEXT("{ \"a\" : \"x,y}\", \"b{,\":{\"e\":[1,{}]},\"c\":-1 , \"d\":null}");

    size_t at = 0, count = 0;
    struct text key, value;
    while (json_scan_next_member(object, &at, &key, &value)) {
        cr_assert(text_equals(key, text_of(keys[count])), "%.*s", TEXT_ARG(key));
        cr_assert(text_equals(value, text_of(values[count])), "%.*s", TEXT_ARG(value));
        count++;
    }
    cr_assert_eq(count, COUNT_OF(keys));
    at = 0;
    cr_assert_not(json_scan_next_member(TEXT("{ }"), &at, &key, &value));
    cr_assert_not(json_scan_next_member(TEXT("[]"), &at, &key, &value));
    cr_assert_not(json_scan_next_member((struct text){0}, &at, &key, &value));
}

Test(json_scan, copies_a_string_only_when_it_has_escapes)
{
    struct text plain = TEXT("\"abc\"");
    struct text escaped = TEXT("\"a\\nb\\ud83d\\ude00\"");

    cr_assert_eq(json_scan_string(arena, plain).bytes, plain.bytes + 1);
    cr_assert(text_equals(json_scan_string(arena, plain), TEXT("abc")));
    cr_assert(text_equals(json_scan_string(arena, escaped), TEXT("a\nb\xf0\x9f\x98\x80")));
    cr_assert(text_is_empty(json_scan_string(arena, TEXT("5"))));
    cr_assert(text_is_empty(json_scan_string(arena, TEXT("\"\""))));
}

Test(json_scan, reads_whole_numbers_only)
{
    int64_t value = 0;

    cr_assert(json_scan_int(TEXT("-9223372036854775808"), &value));
    cr_assert_eq(value, INT64_MIN);
    cr_assert(json_scan_int(TEXT("-0"), &value));
    cr_assert_eq(value, 0);
    cr_assert_not(json_scan_int(TEXT("1.0"), &value));
    cr_assert_not(json_scan_int(TEXT("1e3"), &value));
    cr_assert_not(json_scan_int(TEXT("9223372036854775808"), &value));
    cr_assert_not(json_scan_int(TEXT("\"1\""), &value));
}

Test(json_scan, finds_each_of_as_many_fields_as_there_may_be)
{
    enum { MOST = 64 };
    struct json_field fields[MOST] = {0};
    char paths[MOST][8], json[1024] = "{";
    size_t length = 1;
    for (int i = 0; i < MOST; i++) {
        snprintf(paths[i], sizeof(paths[i]), "k%d", i);
        fields[i].path = paths[i];
        length += (size_t)snprintf(json + length, sizeof(json) - length, "%s\"k%d\":%d", i ? "," : "", i, i);
    }
    json[length++] = '}';
    cr_assert(json_scan((struct text){json, length}, fields, MOST, NULL));
    for (int i = 0; i < MOST; i++) {
        int64_t value = -1;
        cr_assert(json_scan_int(fields[i].raw, &value) && value == i, "field %d", i);
    }
}
