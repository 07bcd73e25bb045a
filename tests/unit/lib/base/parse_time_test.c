/* Times and durations: exact, strict, and printed as they are read. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/civil_time.h"
#include "lib/base/parse.h"
#include "tests/unit/lib/base/expect_text.h"

Test(parse_duration, reads_go_like_durations)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"0", 0},
        {"0s", 0},
        {"300ms", 300},
        {"1.5s", 1500},
        {"2m30s", 150000},
        {"1h", 3600000},
        {"1h0m0s", 3600000},
        {"1.25h", 4500000},
        {"0.001s", 1},
        {"1999us", 1},
        {"999999ns", 0},
        {"1000000ns", 1},
        {"500us500us", 1},
        {"1m1m", 120000},
        {"0.000001h", 3},
        {"9223372036854775807ns", 9223372036854},
        {"2562047h", 9223369200000},
        {"00001s", 1000},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t ms = -7;
        cr_assert(parse_duration_ms(text_of(cases[i].text), &ms), "%s", cases[i].text);
        cr_assert_eq(ms, cases[i].ms, "%s is %lld", cases[i].text, (long long)ms);
    }
}

Test(parse_duration, refuses_everything_else)
{
    static const char *const refused[] = {
        "",
        "1",
        "s",
        "ms",
        "-1s",
        "+1s",
        " 1s",
        "1s ",
        "1 s",
        ".5s",
        "1.s",
        "1..5s",
        "1.5",
        "1d",
        "1S",
        "1MS",
        "1sm",
        "1m30",
        "00",
        "1e3s",
        "1.0000000001s",
        "9223372036854775808ns",
        "2562048h",
        "99999999999999999999h",
        "1\xC2\xB5s",
        "1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s",
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        int64_t ms = -7;
        cr_assert_not(parse_duration_ms(text_of(refused[i]), &ms), "\"%s\" is %lld", refused[i],
                      (long long)ms);
        cr_assert_eq(ms, -7);
    }
}

Test(parse_span, reads_days_and_weeks_too)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {{"0d", 0},
                 {"7d", 604800000},
                 {"2w", 1209600000},
                 {"99999w", INT64_C(60479395200000)},
                 {"90m", 5400000}};
    static const char *const refused[] = {"", "d", "-1d", "1.5d", "100000d", "7", "7x", "1d2h", " 7d"};
    int64_t ms = 0;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cr_assert(parse_span_ms(text_of(cases[i].text), &ms), "%s", cases[i].text);
        cr_assert_eq(ms, cases[i].ms, "%s is %lld", cases[i].text, (long long)ms);
    }
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        cr_assert_not(parse_span_ms(text_of(refused[i]), &ms), "\"%s\"", refused[i]);
}

Test(print_duration, writes_the_shortest_exact_form)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "0s"},        {1, "1ms"},        {250, "250ms"},    {999, "999ms"},
        {1000, "1s"},     {1500, "1.5s"},    {1050, "1.05s"},   {1001, "1.001s"},
        {12000, "12s"},   {60000, "1m"},     {90000, "1m30s"},  {60001, "1m0.001s"},
        {3600000, "1h"},  {3601000, "1h1s"}, {86400000, "24h"}, {9000250, "2h30m0.25s"},
        {-1500, "-1.5s"},
    };
    scoped_arena struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        expect_text(print_duration(arena, cases[i].ms), cases[i].text);
    expect_text(print_duration(arena, INT64_MIN), "-2562047788015h12m55.808s");
}

Test(print_duration, is_read_back_as_the_same_time)
{
    scoped_arena struct arena *arena = arena_new(0);
    for (int64_t ms = 0; ms < 9223372036854; ms = ms * 3 / 2 + 1) {
        int64_t read = -1;
        cr_assert(parse_duration_ms(print_duration(arena, ms), &read));
        cr_assert_eq(read, ms);
    }
}

Test(parse_time, reads_rfc_3339)
{
    static const struct {
        const char *text;
        int64_t unix_ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2023-11-14T22:13:20Z", 1700000000000},
        {"2026-11-22T14:03:11Z", 1795356191000},
        {"2023-11-14t22:13:20z", 1700000000000},
        {"2023-11-14T22:13:20.1Z", 1700000000100},
        {"2023-11-14T22:13:20.123456789Z", 1700000000123},
        {"2023-11-15T00:13:20+02:00", 1700000000000},
        {"2023-11-14T16:43:20-05:30", 1700000000000},
        {"2023-11-14T22:13:20-00:00", 1700000000000},
        {"2000-02-29T00:00:00Z", 951782400000},
        {"2024-02-29T23:59:59Z", 1709251199000},
        {"0000-01-01T00:00:00Z", -62167219200000},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t unix_ms = 99;
        cr_assert(parse_time_ms(text_of(cases[i].text), &unix_ms), "%s", cases[i].text);
        cr_assert_eq(unix_ms, cases[i].unix_ms, "%s is %lld", cases[i].text, (long long)unix_ms);
    }
}

Test(parse_time, refuses_days_that_do_not_exist_and_forms_that_are_not_rfc_3339)
{
    static const char *const refused[] = {
        "",
        "2023-11-14",
        "2023-11-14T22:13:20",
        "2023-11-14 22:13:20Z",
        "2023-11-14T22:13Z",
        "2023-11-14T22:13:20.Z",
        "2023-11-14T22:13:20Zx",
        " 2023-11-14T22:13:20Z",
        "2023-13-01T00:00:00Z",
        "2023-00-01T00:00:00Z",
        "2023-01-00T00:00:00Z",
        "2023-01-32T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2023-04-31T00:00:00Z",
        "2023-01-01T24:00:00Z",
        "2023-01-01T00:60:00Z",
        "2023-01-01T00:00:60Z",
        "2023-1-01T00:00:00Z",
        "023-01-01T00:00:00Z",
        "2023-01-01T00:00:00+0100",
        "2023-01-01T00:00:00+24:00",
        "2023-01-01T00:00:00+01:60",
        "2023-01-01T00:00:00+01",
        "-023-01-01T00:00:00Z",
        "2023-01-01T00:00:00.1234567890Z",
        "20230101T000000Z",
        "2023-01-01T00:00:-1Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        int64_t unix_ms = 99;
        cr_assert_not(parse_time_ms(text_of(refused[i]), &unix_ms), "\"%s\"", refused[i]);
        cr_assert_eq(unix_ms, 99);
    }
}

Test(print_time, writes_utc_with_and_without_milliseconds)
{
    scoped_arena struct arena *arena = arena_new(0);
    expect_text(print_time(arena, 1700000000123, false), "2023-11-14T22:13:20Z");
    expect_text(print_time(arena, 1700000000123, true), "2023-11-14T22:13:20.123Z");
    expect_text(print_time(arena, 1700000000007, true), "2023-11-14T22:13:20.007Z");
    expect_text(print_time(arena, -1, true), "1969-12-31T23:59:59.999Z");
    expect_text(print_time(arena, INT64_MAX, true), "9999-12-31T23:59:59.999Z");
    expect_text(print_time(arena, INT64_MIN, true), "0000-01-01T00:00:00.000Z");
}

Test(civil_time, goes_through_every_day_of_eight_centuries_in_order)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t wanted = -11676096000000; /* 1600-01-01 */
    for (int year = 1600; year < 2400; year++) {
        bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (month == 2 && is_leap);
            for (int day = 1; day <= length; day++, wanted += 86400000) {
                struct civil_time time = civil_time_of(wanted + 86399999);
                cr_assert(time.year == year && time.month == month && time.day == day, "%d-%d-%d", year,
                          month, day);
                cr_assert(time.hour == 23 && time.minute == 59 && time.second == 59 && time.ms == 999);
                int64_t back = 0;
                cr_assert(civil_time_to_unix_ms(&time, &back));
                cr_assert_eq(back, wanted + 86399999);
            }
        }
    }
}
