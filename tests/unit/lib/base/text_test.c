/* Text: compared by value, cut without copying, never read past its length. */
#include "lib/base/text.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/unit/lib/base/expect_text.h"

static const struct text nothing = {0};

Test(text, is_equal_by_value)
{
    char copy[] = "gateway";
    cr_assert(text_equals(text_of(copy), TEXT("gateway")));
    cr_assert_not(text_equals(TEXT("gateway"), TEXT("gatewaz")));
    cr_assert_not(text_equals(TEXT("gateway"), TEXT("gatewa")));
    cr_assert(text_equals(nothing, TEXT("")));
    cr_assert(text_equals(text_of(NULL), nothing));
    cr_assert(text_equals(((struct text){"a\0b", 3}), ((struct text){"a\0b", 3})));
    cr_assert_not(text_equals(((struct text){"a\0b", 3}), ((struct text){"a\0c", 3})));
}

Test(text, ignores_case_of_ascii_letters_only)
{
    cr_assert(text_equals_ignore_case(TEXT("Content-Length"), TEXT("cONTENT-lENGTH")));
    cr_assert_not(text_equals_ignore_case(TEXT("a"), TEXT("b")));
    cr_assert_not(text_equals_ignore_case(TEXT("["), TEXT("{")), "differ by the case bit but are no letters");
    cr_assert_not(text_equals_ignore_case(TEXT("@"), TEXT("`")));
    cr_assert_not(text_equals_ignore_case(TEXT("\xC3\x84"), TEXT("\xC3\xA4")));
    cr_assert_not(text_equals_ignore_case(TEXT("ab"), TEXT("a")));
}

Test(text, orders_bytewise_and_shorter_first)
{
    cr_assert_lt(text_compare(TEXT("a"), TEXT("b")), 0);
    cr_assert_lt(text_compare(TEXT("a"), TEXT("aa")), 0);
    cr_assert_gt(text_compare(TEXT("b"), TEXT("aa")), 0);
    cr_assert_gt(text_compare(TEXT("\xFF"), TEXT("a")), 0, "bytes are unsigned");
    cr_assert_eq(text_compare(nothing, TEXT("")), 0);
    cr_assert_lt(text_compare(nothing, TEXT("a")), 0);
}

Test(text, slices_are_clamped)
{
    struct text text = TEXT("abcdef");
    expect_text(text_slice(text, 1, 3), "bc");
    expect_text(text_slice(text, 4, 99), "ef");
    expect_text(text_slice(text, 99, 100), "");
    expect_text(text_slice(text, 3, 1), "");
    expect_text(text_slice(nothing, 0, 5), "");
}

Test(text, knows_its_ends)
{
    cr_assert(text_starts_with(TEXT("gpt-4o"), TEXT("gpt-")));
    cr_assert(text_starts_with(TEXT("gpt"), TEXT("")));
    cr_assert_not(text_starts_with(TEXT("gpt"), TEXT("gpt-")));
    cr_assert(text_ends_with(TEXT("a.yaml"), TEXT(".yaml")));
    cr_assert_not(text_ends_with(TEXT(".yaml"), TEXT("a.yaml")));
    cr_assert(text_ends_with(nothing, nothing));
}

Test(text, finds_the_first_occurrence)
{
    cr_assert_eq(text_find(TEXT("abcabc"), TEXT("bc")), 1);
    cr_assert_eq(text_find(TEXT("abc"), TEXT("abcd")), -1);
    cr_assert_eq(text_find(TEXT("abc"), TEXT("")), 0);
    cr_assert_eq(text_find(nothing, TEXT("a")), -1);
    cr_assert_eq(text_find_byte(TEXT("a=b=c"), '='), 1);
    cr_assert_eq(text_find_byte(TEXT("abc"), '='), -1);
    cr_assert_eq(text_find_byte(nothing, '='), -1);
    cr_assert_eq(text_find_byte(text_slice(TEXT("abc="), 0, 3), '='), -1, "looks no further than its length");
}

Test(text, trims_blanks_tabs_and_line_ends)
{
    expect_text(text_trim(TEXT(" \t\r\n a b \n")), "a b");
    expect_text(text_trim(TEXT(" \t")), "");
    expect_text(text_trim(TEXT("\v")), "\v");
    expect_text(text_trim(nothing), "");
}

Test(text, is_cut_into_every_piece_also_empty_ones)
{
    static const char *const wanted[] = {"a", "", "b", ""};
    struct text rest = TEXT("a,,b,");
    size_t count = 0;
    while (rest.bytes) {
        cr_assert_lt(count, COUNT_OF(wanted));
        expect_text(text_cut(&rest, ','), wanted[count]);
        count++;
    }
    cr_assert_eq(count, COUNT_OF(wanted));
}

Test(text, without_a_separator_is_one_piece)
{
    struct text rest = TEXT("abc");
    expect_text(text_cut(&rest, ','), "abc");
    cr_assert_null(rest.bytes);
    expect_text(text_cut(&rest, ','), "");
}

Test(text, is_copied_formatted_and_joined_in_an_arena)
{
    scoped_arena struct arena *arena = arena_new(0);
    char original[] = "abc";
    struct text copy = text_copy(arena, text_of(original));
    original[0] = 'X';
    expect_text(copy, "abc");
    expect_text(text_copy(arena, nothing), "");
    cr_assert_str_eq(text_c_string(arena, text_slice(TEXT("abcdef"), 1, 3)), "bc");
    cr_assert_str_eq(text_c_string(arena, nothing), "");
    expect_text(text_format(arena, "%s-%d", "a", 7), "a-7");
    expect_text(text_format(arena, "%s", ""), "");

    struct text items[] = {TEXT("a"), TEXT(""), TEXT("c")};
    struct text_list list = {items, 3};
    expect_text(text_join(arena, &list, TEXT(", ")), "a, , c");
    list.count = 0;
    expect_text(text_join(arena, &list, TEXT(", ")), "");
}

Test(text, formats_whatever_length_it_takes)
{
    scoped_arena struct arena *arena = arena_new(0);
    for (int length = 250; length < 260; length++) {
        struct text text = text_format(arena, "%0*d", length, 1);
        cr_assert_eq(text.length, (size_t)length);
        cr_assert_eq(text.bytes[length - 1], '1');
    }
    cr_assert_eq(text_format(arena, "%070000d", 1).length, 70000);
}

Test(text, tells_valid_utf8_from_invalid)
{
    static const char *const valid[] = {
        "",
        "a",
        "\x7F",
        "\xC2\x80",
        "\xDF\xBF",
        "\xE0\xA0\x80",
        "\xED\x9F\xBF",
        "\xEE\x80\x80",
        "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF",
        "h\xC3\xA9llo \xF0\x9F\x98\x80",
    };
    static const char *const invalid[] = {
        "\x80",
        "\xBF",
        "\xC0\x80" /* overlong NUL */,
        "\xC1\xBF",
        "\xC2",
        "\xC2\x41",
        "\xE0\x9F\xBF",
        "\xE0\x80\x80",
        "\xED\xA0\x80" /* surrogate */,
        "\xED\xBF\xBF",
        "\xE2\x82",
        "\xE2\x82\x41",
        "\xF0\x8F\xBF\xBF",
        "\xF0\x9F\x98",
        "\xF0\x9F\x98\x41",
        "\xF4\x90\x80\x80" /* above U+10FFFF */,
        "\xF5\x80\x80\x80",
        "\xFE",
        "\xFF",
        "a\xC3",
    };
    for (size_t i = 0; i < COUNT_OF(valid); i++)
        cr_assert(text_is_utf8(text_of(valid[i])), "valid %zu", i);
    for (size_t i = 0; i < COUNT_OF(invalid); i++)
        cr_assert_not(text_is_utf8(text_of(invalid[i])), "invalid %zu", i);
    cr_assert(text_is_utf8(((struct text){"a\0b", 3})));
}

Test(text, is_not_utf8_when_its_last_character_is_cut)
{
    static const char *const characters[] = {"\xC2\x80", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t i = 0; i < COUNT_OF(characters); i++)
        for (size_t cut = 1; cut < strlen(characters[i]); cut++)
            cr_assert_not(text_is_utf8((struct text){characters[i], cut}), "character %zu cut to %zu", i,
                          cut);
}

Test(text, measures_how_many_edits_part_two_words)
{
    static const struct {
        const char *a;
        const char *b;
        size_t edits;
    } cases[] = {
        {"", "", 0},           {"", "abc", 3},
        {"abc", "", 3},        {"model", "model", 0},
        {"model", "modle", 1}, {"models", "model", 1},
        {"limit", "linit", 1}, {"kitten", "sitting", 3},
        {"ab", "ba", 1},       {"rateLimit", "rtaeLmit", 2},
        {"abc", "xyz", 3},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text a = text_of(cases[i].a);
        struct text b = text_of(cases[i].b);
        cr_assert_eq(text_edit_distance(a, b), cases[i].edits, "%s %s", cases[i].a, cases[i].b);
        cr_assert_eq(text_edit_distance(b, a), cases[i].edits);
    }
}

Test(text, counts_long_texts_as_far_apart)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct text at_most = text_format(arena, "%064d", 1);
    struct text beyond = text_format(arena, "%065d", 1);
    cr_assert_eq(text_edit_distance(at_most, at_most), 0);
    cr_assert_eq(text_edit_distance(at_most, nothing), 64);
    cr_assert_eq(text_edit_distance(beyond, beyond), 64);
}
