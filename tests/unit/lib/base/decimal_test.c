/* Money: exact to the last nano-unit in both directions. */
#include "lib/base/decimal.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/unit/lib/base/expect_text.h"

Test(decimal, reads_amounts_exactly)
{
    static const struct {
        const char *text;
        int64_t nano;
    } cases[] = {
        {"0", 0},
        {"12", 12000000000},
        {"12.5", 12500000000},
        {"12.50", 12500000000},
        {"0.000000001", 1},
        {"0.1", 100000000},
        {"0.30", 300000000},
        {"0.000000000", 0},
        {"1.000000001", 1000000001},
        {"9223372036", 9223372036000000000},
        {"9223372036.000000000", 9223372036000000000},
        {"9223372035.999999999", 9223372035999999999},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t nano = -7;
        cr_assert(decimal_parse_nano(text_of(cases[i].text), &nano), "%s", cases[i].text);
        cr_assert_eq(nano, cases[i].nano, "%s is %lld", cases[i].text, (long long)nano);
    }
}

Test(decimal, refuses_what_is_not_a_plain_amount)
{
    static const char *const refused[] = {
        "",
        ".",
        ".5",
        "5.",
        "-1",
        "+1",
        "1e3",
        "1.0000000001",
        "1,5",
        " 1",
        "1 ",
        "$1",
        "01",
        "00.5",
        "1.2.3",
        "1.-5",
        "1.5x",
        "9223372036.000000001",
        "9223372037",
        "99999999999999999999",
        "1.0000000000",
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        int64_t nano = -7;
        cr_assert_not(decimal_parse_nano(text_of(refused[i]), &nano), "\"%s\"", refused[i]);
        cr_assert_eq(nano, -7);
    }
}

Test(decimal, prints_the_shortest_exact_text_with_at_least_two_decimals)
{
    scoped_arena struct arena *arena = arena_new(0);
    expect_text(decimal_print_nano(arena, 0), "0.00");
    expect_text(decimal_print_nano(arena, 12500000000), "12.50");
    expect_text(decimal_print_nano(arena, 12000000000), "12.00");
    expect_text(decimal_print_nano(arena, 1), "0.000000001");
    expect_text(decimal_print_nano(arena, 123000000), "0.123");
    expect_text(decimal_print_nano(arena, 10), "0.00000001");
    expect_text(decimal_print_nano(arena, -12500000000), "-12.50");
    expect_text(decimal_print_nano(arena, INT64_MAX), "9223372036.854775807");
    expect_text(decimal_print_nano(arena, INT64_MIN), "-9223372036.854775808");
}

Test(decimal, is_read_back_as_the_same_amount)
{
    scoped_arena struct arena *arena = arena_new(0);
    for (int64_t nano = 0; nano <= 9223372036000000000 / 2; nano = nano * 2 + 1) {
        int64_t read = -1;
        cr_assert(decimal_parse_nano(decimal_print_nano(arena, nano), &read));
        cr_assert_eq(read, nano);
    }
}
