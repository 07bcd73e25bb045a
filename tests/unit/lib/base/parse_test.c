/* Numbers: read to the last digit and the last byte, or not at all. */
#include "lib/base/parse.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/unit/lib/base/expect_text.h"

Test(parse_int64, reads_every_value_to_its_limits)
{
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        {"0", 0},
        {"7", 7},
        {"-1", -1},
        {"1000000", 1000000},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t value = 99;
        cr_assert(parse_int64(text_of(cases[i].text), &value), "%s", cases[i].text);
        cr_assert_eq(value, cases[i].value, "%s", cases[i].text);
    }
}

Test(parse_int64, refuses_everything_else_and_leaves_the_value_alone)
{
    static const char *const refused[] = {
        "",
        "-",
        "+1",
        " 1",
        "1 ",
        "01",
        "-01",
        "00",
        "-0",
        "--1",
        "1.0",
        "1e3",
        "0x1",
        "abc",
        "1_0",
        "1,0",
        "1\n",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "99999999999999999999999999",
        "\xD9\xA1",
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        int64_t value = 99;
        cr_assert_not(parse_int64(text_of(refused[i]), &value), "\"%s\"", refused[i]);
        cr_assert_eq(value, 99);
    }
    int64_t value = 0;
    cr_assert_not(parse_int64((struct text){0}, &value));
    cr_assert_not(parse_int64(((struct text){"1\0", 2}), &value));
    cr_assert(parse_int64(text_slice(TEXT("123"), 0, 2), &value));
    cr_assert_eq(value, 12, "reads no further than its length");
}

Test(parse_uint64, reads_up_to_the_highest_allowed)
{
    uint64_t value = 0;
    cr_assert(parse_uint64(TEXT("18446744073709551615"), UINT64_MAX, &value));
    cr_assert_eq(value, UINT64_MAX);
    cr_assert_not(parse_uint64(TEXT("18446744073709551616"), UINT64_MAX, &value));
    cr_assert_not(parse_uint64(TEXT("18446744073709551620"), UINT64_MAX, &value));
    cr_assert_not(parse_uint64(TEXT("100000000000000000000"), UINT64_MAX, &value));
    cr_assert(parse_uint64(TEXT("65535"), 65535, &value));
    cr_assert_eq(value, 65535);
    cr_assert_not(parse_uint64(TEXT("65536"), 65535, &value));
    cr_assert(parse_uint64(TEXT("0"), 0, &value));
    cr_assert_eq(value, 0);
    cr_assert_not(parse_uint64(TEXT("-0"), 9, &value));
    cr_assert_not(parse_uint64(TEXT("007"), 9, &value));
    cr_assert_not(parse_uint64(TEXT(""), 9, &value));
    cr_assert_not(parse_uint64(TEXT("1:"), 99, &value), "':' is the byte after '9'");
    cr_assert_not(parse_uint64(TEXT("1/"), 99, &value), "'/' is the byte before '0'");
}

Test(parse_double, reads_what_json_calls_a_number)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"0", 0.0},   {"-0", -0.0},  {"1", 1.0},         {"-1.5", -1.5},   {"0.1", 0.1},
        {"1e3", 1e3}, {"1E+3", 1e3}, {"1.25e-2", .0125}, {"1e308", 1e308}, {"1e-400", 0.0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double value = 99;
        cr_assert(parse_double(text_of(cases[i].text), &value), "%s", cases[i].text);
        cr_assert(value == cases[i].value, "%s: %g", cases[i].text, value);
    }
}

Test(parse_double, refuses_what_json_does_not_allow)
{
    static const char *const refused[] = {
        "",      "-",        ".5",    "5.",     "+1",  "01",    "1.e3", "1e",   "1e+",
        "1.5.5", "0x10",     "nan",   "NaN",    "inf", "-inf",  " 1",   "1 ",   "1,5",
        "1e5x",  "Infinity", "1e309", "-1e309", "--1", "1e1.5", "-.5",  "00.5",
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        double value = 99;
        cr_assert_not(parse_double(text_of(refused[i]), &value), "\"%s\"", refused[i]);
        cr_assert(value == 99);
    }
}

Test(parse_double, reads_no_further_than_its_length_and_is_bounded)
{
    scoped_arena struct arena *arena = arena_new(0);
    double value = 0;
    cr_assert(parse_double(text_slice(TEXT("1234"), 0, 2), &value));
    cr_assert(value == 12.0);
    cr_assert(parse_double(text_format(arena, "0.%0509d", 1), &value), "511 bytes");
    cr_assert_not(parse_double(text_format(arena, "0.%0510d", 1), &value), "512 bytes");
}
