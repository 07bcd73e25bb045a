/* YAML text to trees and back. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json.h"
#include "lib/document/yaml.h"

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

TestSuite(yaml, .init = start, .fini = end);

static struct document_list
given(const char *yaml)
{
    struct document_list documents = {0};
    struct error err = {0};
    cr_assert(yaml_parse(arena, text_of(yaml), TEXT("a.yaml"), &documents, &err), "%s: %s", yaml,
              err.message);
    return documents;
}

/* The only document of the YAML, as compact JSON. */
static const char *
as_json(const char *yaml)
{
    struct document_list documents = given(yaml);
    cr_assert_eq(documents.count, 1u);
    struct buffer out;
    buffer_init(&out, arena, 0);
    json_print(documents.items[0], &out);
    return text_c_string(arena, buffer_text(&out));
}

static void
expect_refused(const char *yaml, const char *message)
{
    struct document_list documents = {0};
    struct error err = {0};
    cr_assert_not(yaml_parse(arena, text_of(yaml), TEXT("a.yaml"), &documents, &err), "accepted: %s", yaml);
    cr_assert_str_eq(err.message, message);
    cr_assert_eq(documents.count, 0u);
}

static const char *
printed(const char *json)
{
    struct document *document = NULL;
    cr_assert(json_parse(arena, text_of(json), (struct text){0}, &document, NULL));
    struct buffer out;
    buffer_init(&out, arena, 0);
    yaml_print(document, &out);
    return text_c_string(arena, buffer_text(&out));
}

Test(yaml, reads_maps_lists_and_every_style_of_text)
{
    cr_assert_str_eq(
        as_json("a: plain text\nb: 'single ''q'''\nc: \"double\\n\\u00e9\"\nd: |\n  line\n  line\n"
                "e: >-\n  folded\n  text\nf: [1, {g: h}]\ni:\n- x\n- k: z\n"),
        "{\"a\":\"plain text\",\"b\":\"single 'q'\",\"c\":\"double\\n\xc3\xa9\",\"d\":\"line\\nline\\n\","
        "\"e\":\"folded text\",\"f\":[1,{\"g\":\"h\"}],\"i\":[\"x\",{\"k\":\"z\"}]}");
}

Test(yaml, resolves_plain_scalars_and_leaves_quoted_ones_text)
{
    cr_assert_str_eq(
        as_json("[true, False, null, ~, 12, -3, +4, 0x1f, 0o17, 1.50, .5, -.5, 1., 1e3, +1.5E-3]"),
        "[true,false,null,null,12,-3,4,31,15,1.50,0.5,-0.5,1,1e3,1.5e-3]");
    cr_assert_str_eq(as_json("[\"true\", '12', \"null\", '~']"), "[\"true\",\"12\",\"null\",\"~\"]");
    cr_assert_str_eq(
        as_json("[oN, yep, tRUE, _1, 1_000x, 12:30, 2026-11-22, 1.2.3, 0x, 0b, -, ., e3, 12k]"),
        "[\"oN\",\"yep\",\"tRUE\",\"_1\",\"1_000x\",\"12:30\",\"2026-11-22\",\"1.2.3\",\"0x\",\"0b\","
        "\"-\",\".\",\"e3\",\"12k\"]");
    cr_assert_str_eq(as_json("a:\nb: ~\n"), "{\"a\":null,\"b\":null}");
}

Test(yaml, keeps_big_numbers_as_they_are_written)
{
    cr_assert_str_eq(as_json("[18446744073709551616, 0.10000000000000000001, 0xffffffffffffffff]"),
                     "[18446744073709551616,0.10000000000000000001,18446744073709551615]");
}

Test(yaml, refuses_numbers_that_readers_disagree_about)
{
    expect_refused(
        "mode: 0644",
        "a.yaml:1:7: a number with a leading 0 is octal to some and decimal to others; write it without, "
        "or put it in quotes if text is meant");
    expect_refused("x: .inf", "a.yaml:1:4: not a finite number; put it in quotes if text is meant");
}

Test(yaml, reads_every_document_of_a_stream_and_leaves_empty_ones_out)
{
    struct document_list documents =
        given("# a comment\n---\na: 1\n---\n---\n# nothing\n---\n- 2\n...\n---\nnull\n");

    cr_assert_eq(documents.count, 3u);
    cr_assert_eq(document_kind(documents.items[0]), DOCUMENT_MAP);
    cr_assert_eq(document_kind(documents.items[1]), DOCUMENT_LIST);
    cr_assert_eq(document_kind(documents.items[2]), DOCUMENT_NULL);
    cr_assert_eq(given("").count, 0u);
    cr_assert_eq(given("# only a comment\n").count, 0u);
}

Test(yaml, knows_the_line_and_column_of_values_and_keys)
{
    struct document *document = given("a: 1\nb:\n  - caf\xc3\xa9: x\n    d: \"y\"\n").items[0];

    const struct document *item = document_get(document, "b[0]");
    struct document_place key = document_key_place(item, TEXT("d"));
    struct document_place value = document_place(document_find(item, TEXT("d")));
    cr_assert(text_equals(key.file, TEXT("a.yaml")));
    cr_assert_eq(key.line, 4);
    cr_assert_eq(key.column, 5);
    cr_assert_eq(value.column, 8);
    cr_assert_eq(document_place(document_get(item, "caf\xc3\xa9")).column, 11);
}

Test(yaml, puts_what_an_anchor_names_where_its_alias_stands)
{
    cr_assert_str_eq(as_json("a: &x {b: [1]}\nc: *x\nd: &y 5\ne: [*y, *y]\n"),
                     "{\"a\":{\"b\":[1]},\"c\":{\"b\":[1]},\"d\":5,\"e\":[5,5]}");
}

Test(yaml, refuses_an_alias_that_names_nothing_complete)
{
    expect_refused("a: *x", "a.yaml:1:4: an alias to an anchor that is not complete before it");
    expect_refused("&x [1, *x]", "a.yaml:1:8: an alias to an anchor that is not complete before it");
    expect_refused("a: &x 1\n---\nb: *x", "a.yaml:3:4: an alias to an anchor that is not complete before it");
}

Test(yaml, counts_an_alias_as_often_as_it_is_used)
{
    struct buffer laughs;
    buffer_init(&laughs, arena, 0);
    buffer_add_string(&laughs, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 9; i++)
        buffer_print(&laughs, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1,
                     i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    buffer_add_byte(&laughs, '\0');

    expect_refused(laughs.bytes, "a.yaml:6:10: more than 200000 values, aliases counted each time");
}

Test(yaml, bounds_the_depth_also_through_aliases)
{
    char deep[2 * YAML_MAX_DEPTH + 3] = {0};
    memset(deep, '[', YAML_MAX_DEPTH);
    memset(deep + YAML_MAX_DEPTH, ']', YAML_MAX_DEPTH);
    given(deep);
    memset(deep, '[', YAML_MAX_DEPTH + 1);
    memset(deep + YAML_MAX_DEPTH + 1, ']', YAML_MAX_DEPTH + 1);
    expect_refused(deep, "a.yaml:1:65: nested more than 64 deep");

    struct buffer stacked;
    buffer_init(&stacked, arena, 0);
    buffer_add_string(&stacked, "a: &a ");
    for (int i = 0; i < 40; i++)
        buffer_add_byte(&stacked, '[');
    for (int i = 0; i < 40; i++)
        buffer_add_byte(&stacked, ']');
    buffer_add_string(&stacked, "\nb: ");
    for (int i = 0; i < 24; i++)
        buffer_add_byte(&stacked, '[');
    buffer_add_string(&stacked, "*a");
    for (int i = 0; i < 24; i++)
        buffer_add_byte(&stacked, ']');
    buffer_add_byte(&stacked, '\0');
    expect_refused(stacked.bytes, "a.yaml:2:28: nested more than 64 deep");
}

Test(yaml, refuses_plain_words_that_kubernetes_clients_read_otherwise)
{
    static const char *const words[] = {"yes", "No", "on", "OFF", "y", "N", "1_000", "0b1"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        struct text value = text_format(arena, "a: %s", words[i]);
        expect_refused(text_c_string(arena, value), "a.yaml:1:4: a word that Kubernetes' clients read as "
                                                    "true, false or a number, and others as text; "
                                                    "put it in quotes if text is meant");
    }
    expect_refused(
        "on: 1",
        "a.yaml:1:1: a key that Kubernetes' clients read as true, false or a number; put it in quotes");
    cr_assert_str_eq(as_json("'on': \"yes\""), "{\"on\":\"yes\"}");
}

Test(yaml, refuses_what_makes_a_file_mean_more_than_it_shows)
{
    expect_refused("a: 1\na: 2", "a.yaml:2:1: the key \"a\" is there twice, first on line 1");
    expect_refused("a: !!str 1", "a.yaml:1:4: tags (!...) are not supported; quotes make any scalar text");
    expect_refused("a: !x {}", "a.yaml:1:4: tags (!...) are not supported; quotes make any scalar text");
    expect_refused("a: &x {b: 1}\nc:\n  <<: *x",
                   "a.yaml:3:3: merge keys (<<) are not supported; write the fields out");
    expect_refused("? [a]\n: 1", "a.yaml:1:3: a list or a map cannot be a key");
    expect_refused("{a: &x 1, *x : 2}", "a.yaml:1:11: an alias cannot be a key");
    expect_refused("&x a: 1", "a.yaml:1:1: an anchor on a key is not supported");
    expect_refused("{? : 1}", "a.yaml:1:4: a key is missing before ':'");
}

Test(yaml, accepts_a_merge_sign_and_an_empty_key_in_quotes)
{
    cr_assert_str_eq(as_json("'<<': 1\n'': 2\n"), "{\"<<\":1,\"\":2}");
}

Test(yaml, says_where_syntax_ends)
{
    expect_refused("a:\n\tb: 1", "a.yaml:2:1: a tab; YAML is indented with blanks");
    expect_refused(
        "a: [1, 2",
        "a.yaml:2:1: did not find expected ',' or ']' while parsing a flow sequence that starts on line 1");
    expect_refused("a: b: c", "a.yaml:1:5: mapping values are not allowed in this context");
    expect_refused("a: 1\nb: \xff", "a.yaml:2:4: invalid leading UTF-8 octet");
    expect_refused("a: \x01", "a.yaml:1:4: control characters are not allowed");
}

Test(yaml, prints_in_block_style)
{
    cr_assert_str_eq(printed("{\"a\":{\"b\":[1,{\"c\":\"x\",\"d\":[]},[true,null]]},\"e\":{}}"),
                     "a:\n  b:\n    - 1\n    - c: x\n      d: []\n    - - true\n      - null\ne: {}\n");
    cr_assert_str_eq(printed("\"x\""), "x\n");
}

Test(yaml, quotes_text_that_would_read_back_as_something_else)
{
    cr_assert_str_eq(
        printed("[\"true\",\"No\",\"\",\"12\",\"1.5\",\"2026-11-22\",\"a: b\",\"a #b\",\"a:\",\"- a\","
                "\"*\",\"&a\",\" a\",\"a \",\"a\\nb\",\"~\"]"),
        "- \"true\"\n- \"No\"\n- \"\"\n- \"12\"\n- \"1.5\"\n- \"2026-11-22\"\n- \"a: b\"\n- \"a #b\"\n"
        "- \"a:\"\n- \"- a\"\n- \"*\"\n- \"&a\"\n- \" a\"\n- \"a \"\n- \"a\\nb\"\n- \"~\"\n");
    cr_assert_str_eq(printed("[\"gpt-4.1*\",\"http://a/b?c=d\",\"two words, plain\"]"),
                     "- gpt-4.1*\n- \"http://a/b?c=d\"\n- two words, plain\n");
}

Test(yaml, reads_what_it_prints)
{
    static const char *const trees[] = {
        "{\"a\":[[],[[]],{}],\"\":\"\",\"null\":null,\"1\":1,\"- "
        "x\":\"\\u0000\\u007f\\u0085\\u2028\\ufeff\\uffff\"}",
        "[\"caf\xc3\xa9 \xf0\x9f\x98\x80\",\"\\\"\\\\\\t\\r\\n\",1e400,-0.0,\"<<\",{\"<<\":{\"=\":\"!\"}}]",
        "{\"k\":{\"long long long long long long long long long long long long long long long long long long "
        "long "
        "long long long long long long long long long long long long long long long long long long long long "
        "long "
        "long long key\":{\"a\":[1,2]}}}",
        "null",
    };
    for (size_t i = 0; i < COUNT_OF(trees); i++) {
        struct document *tree = NULL;
        cr_assert(json_parse(arena, text_of(trees[i]), (struct text){0}, &tree, NULL));
        struct document_list read = given(printed(trees[i]));
        cr_assert_eq(read.count, 1u);
        cr_assert(document_equals(read.items[0], tree), "%s", printed(trees[i]));
    }
}
