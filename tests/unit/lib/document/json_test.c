/* JSON text to tree and back. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json.h"

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

TestSuite(json, .init = start, .fini = end);

static struct document *
given(const char *json)
{
    struct document *document = NULL;
    struct error err = {0};
    cr_assert(json_parse(arena, text_of(json), TEXT("a.json"), &document, &err), "%s: %s", json, err.message);
    return document;
}

static void
expect_refused(const char *json, const char *message)
{
    struct document *document = NULL;
    struct error err = {0};
    cr_assert_not(json_parse(arena, text_of(json), TEXT("a.json"), &document, &err), "accepted: %s", json);
    cr_assert_str_eq(err.message, message);
    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert_null(document);
}

static const char *
printed(const struct document *document, void (*print)(const struct document *document, struct buffer *out))
{
    struct buffer out;
    buffer_init(&out, arena, 0);
    print(document, &out);
    return text_c_string(arena, buffer_text(&out));
}

Test(json, reads_what_it_prints)
{
    const char *json = "{\"z\":[1,-2.50,1e400,18446744073709551616],\"a\":{\"t\":true,\"n\":null},\"\":\"\"}";

    cr_assert_str_eq(printed(given(json), json_print), json);
}

Test(json, decodes_every_escape)
{
    struct document *document =
        given("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\u0000.\"");

    struct text expected = TEXT("\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\0.");
    cr_assert(text_equals(document_text(document), expected));
}

Test(json, outlives_the_text_that_it_was_read_from)
{
    char json[] = "{\"key\":[\"plain\",\"t\\u0061b\",12.50]}";
    struct document *document = NULL;
    cr_assert(json_parse(arena, text_of(json), (struct text){0}, &document, NULL));

    memset(json, 'x', sizeof(json) - 1);

    struct buffer out;
    buffer_init(&out, arena, 64);
    json_print(document, &out);
    cr_assert(text_equals(buffer_text(&out), TEXT("{\"key\":[\"plain\",\"tab\",12.50]}")));
}

Test(json, knows_the_line_and_column_of_values_and_keys)
{
    struct document *document = given("{\n  \"caf\xc3\xa9\": 1, \"b\": [\n    true]\n}");

    struct document_place b = document_key_place(document, TEXT("b"));
    struct document_place item = document_place(document_get(document, "b[0]"));
    cr_assert(text_equals(b.file, TEXT("a.json")));
    cr_assert_eq(b.line, 2);
    cr_assert_eq(b.column, 14);
    cr_assert_eq(item.line, 3);
    cr_assert_eq(item.column, 5);
}

Test(json, refuses_what_is_not_strict)
{
    expect_refused("", "a.json:1:1: the text ends where a value is expected");
    expect_refused("{\"a\":1} x", "a.json:1:9: something follows after the end of the JSON value");
    expect_refused("{\"a\":1,}", "a.json:1:8: a key in quotes is expected here");
    expect_refused("[1,]", "a.json:1:4: a value is expected here");
    expect_refused("[1", "a.json:1:3: the text ends before everything is closed");
    expect_refused("[1}", "a.json:1:3: ',' or ']' is expected here");
    expect_refused("{\"a\" 1}", "a.json:1:6: ':' is expected after the key");
    expect_refused("'a'", "a.json:1:1: a value is expected here");
    expect_refused("NaN", "a.json:1:1: a value is expected here");
    expect_refused("01", "a.json:1:2: a number must not start with 0");
    expect_refused("1.", "a.json:1:3: the text ends in the middle of a number");
    expect_refused("[1.x]", "a.json:1:4: a digit is missing here in a number");
    expect_refused("\"a\nb\"", "a.json:1:3: a control character in a string must be escaped");
    expect_refused("\"\\x\"", "a.json:1:2: an escape that JSON does not have");
    expect_refused("\"\\ud800\"", "a.json:1:2: a lone surrogate escape");
    expect_refused("\"\\udc00\"", "a.json:1:2: a lone surrogate escape");
    expect_refused("\"\xff\"", "a.json:1:2: this is not valid UTF-8");
    expect_refused("\"\xc0\x80\"", "a.json:1:2: this is not valid UTF-8");
    expect_refused("\"\xed\xa0\x80\"", "a.json:1:2: this is not valid UTF-8");
    expect_refused("\xef\xbb\xbf{}", "a.json:1:1: a value is expected here");
}

Test(json, refuses_no_text_at_all)
{
    struct document *document = NULL;
    struct error err = {0};

    cr_assert_not(json_parse(arena, (struct text){0}, TEXT("a.json"), &document, &err));

    cr_assert_str_eq(err.message, "a.json:1:1: the text ends where a value is expected");
}

Test(json, refuses_a_key_that_is_there_twice_however_it_is_written)
{
    expect_refused("{\"a\": 1,\n \"\\u0061\": 2}",
                   "a.json:2:2: the key \"a\" is there twice, first on line 1");
}

Test(json, bounds_the_depth)
{
    char deep[2 * (JSON_MAX_DEPTH + 1) + 1] = {0};
    memset(deep, '[', JSON_MAX_DEPTH);
    memset(deep + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
    given(deep);

    memset(deep, '[', JSON_MAX_DEPTH + 1);
    memset(deep + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH + 1);
    expect_refused(deep, "a.json:1:65: nested more than 64 deep");
}

Test(json, prints_equal_trees_equally_in_canonical_form)
{
    const char *one = printed(given("{\"b\": {\"y\": 1, \"x\": 2}, \"a\": []}"), json_print_canonical);
    const char *other = printed(given("{\"a\": [], \"b\": {\"x\": 2, \"y\": 1}}"), json_print_canonical);

    cr_assert_str_eq(one, other);
    cr_assert_str_eq(one, "{\"a\":[],\"b\":{\"x\":2,\"y\":1}}");
}

/* The keys of RFC 8785 3.2.3's example, and one that differs from another in its second half only. */
Test(json, sorts_keys_by_their_utf16_units_in_canonical_form)
{
    const char *sorted =
        printed(given("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,"
                      "\"\\u0080\":6,\"\\u00f6\":7,\"\\ud83d\\ude01\":8,\"\\ud7ff\":9,\"\":0}"),
                json_print_canonical);

    cr_assert_str_eq(sorted,
                     "{\"\":0,\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,"
                     "\"\xed\x9f\xbf\":9,\"\xf0\x9f\x98\x80\":5,\"\xf0\x9f\x98\x81\":8,\"\xef\xac\xb3\":3}");
}

/* RFC 8785 3.2.2.2: the five short escapes, lower-case digits for the rest, nothing else escaped. */
Test(json, escapes_as_rfc_8785_does_in_canonical_form)
{
    const char *escaped = printed(given("[\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/"
                                        "\",\"\\b\\f\\n\\r\\t\\u001f\\u007f\\u2028\"]"),
                                  json_print_canonical);

    cr_assert_str_eq(escaped, "[\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\","
                              "\"\\b\\f\\n\\r\\t\\u001f\x7f\xe2\x80\xa8\"]");
}

Test(json, prints_for_people_with_indents)
{
    cr_assert_str_eq(printed(given("{\"a\":[1,{}],\"b\":[]}"), json_print_pretty),
                     "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}\n");
}

/* Readers count eight bytes at once where they can: the byte that matters stands at each place among them. */
Test(json, counts_lines_and_characters_at_every_offset)
{
    for (int before = 0; before < 20; before++) {
        const char *blanks = text_c_string(arena, text_format(arena, "%*s", before, ""));
        struct document *line = given(text_c_string(arena, text_format(arena, "[%s\n%s1]", blanks, blanks)));
        cr_assert_eq(document_place(document_at(line, 0)).line, 2);
        cr_assert_eq(document_place(document_at(line, 0)).column, before + 1);

        struct document *wide =
            given(text_c_string(arena, text_format(arena, "[\"%s\u00e9\u2192\",1]", blanks)));
        cr_assert_eq(document_place(document_at(wide, 1)).line, 1);
        cr_assert_eq(document_place(document_at(wide, 1)).column, before + 7);
    }
}

Test(json, names_the_place_alone_when_there_is_no_file)
{
    struct document *document = NULL;
    struct error err = {0};

    cr_assert_not(json_parse(arena, TEXT("{"), (struct text){0}, &document, &err));
    cr_assert_str_eq(err.message, "1:2: a key in quotes is expected here");
}
