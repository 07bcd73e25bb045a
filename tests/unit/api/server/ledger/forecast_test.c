/* Forecasts, worked out by hand: at one an hour the numbers are hours. */
#include "api/server/ledger/forecast.h"

#include <criterion/criterion.h>

#include "api/types/budget_window.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/base/time_zone.h"
#include "tests/support/arena_fixture.h"

TestSuite(forecast, .init = given_arena, .fini = end_arena);

#define HOUR_MS INT64_C(3600000)

static int64_t
ms_of(const char *time)
{
    int64_t unix_ms = 0;
    cr_assert(parse_time_ms(text_of(time), &unix_ms), "%s", time);
    return unix_ms;
}

static struct forecast_span
span_at(enum budget_period period, const char *name, const char *now)
{
    const struct time_zone *zone = NULL;
    struct error err = {0};
    cr_assert(time_zone_load(arena, text_of(name), &zone, &err), "%s", err.message);
    struct budget_window window = budget_window_at(period, zone, ms_of(now));
    return (struct forecast_span){window.start_unix_ms, window.end_unix_ms, ms_of(now)};
}

/* seen_hours: how long before the present hour the first call was; 0: none was before it. */
static struct forecast_sums
sums_of(const struct forecast_span *span, int64_t window, int64_t history, int64_t again, int64_t seen_hours)
{
    return (struct forecast_sums){window, history, again,
                                  forecast_hours_of(span).history_until_ms - seen_hours * HOUR_MS};
}

static void
expect_forecast(const struct forecast_span *span, int64_t spent, struct forecast_sums sums,
                struct forecast wanted)
{
    struct forecast found;
    cr_assert(forecast_at_end(span, spent, &sums, &found));
    cr_assert_eq(found.expected, wanted.expected, "%lld", (long long)found.expected);
    cr_assert_eq(found.low, wanted.low, "%lld", (long long)found.low);
    cr_assert_eq(found.high, wanted.high, "%lld", (long long)found.high);
}

static void
expect_none(const struct forecast_span *span, struct forecast_sums sums)
{
    struct forecast found;
    cr_assert_not(forecast_at_end(span, 0, &sums, &found));
}

Test(forecast, of_what_is_new_goes_on_at_the_pace_of_the_window)
{
    static const struct {
        enum budget_period period;
        const char *zone, *now;
        int64_t window, rest; /* so far, and what is to come of it */
    } cases[] = {
        {BUDGET_PERIOD_MONTH, "UTC", "2026-11-16T00:00:00Z", 360, 360},
        {BUDGET_PERIOD_MONTH, "UTC", "2026-11-30T23:00:00Z", 719, 1},
        {BUDGET_PERIOD_MONTH, "UTC", "2028-02-15T12:00:00Z", 348, 348}, /* 29 days */
        {BUDGET_PERIOD_WEEK, "UTC", "2026-12-31T00:00:00Z", 72, 96},    /* over the year's end */
        {BUDGET_PERIOD_DAY, "UTC", "2026-11-29T06:30:00Z", 650, 1750},
        {BUDGET_PERIOD_MONTH, "Europe/Berlin", "2026-10-27T19:00:00Z", 6450, 1000}, /* 745 hours */
        {BUDGET_PERIOD_MONTH, "Europe/Berlin", "2026-03-27T18:00:00Z", 6430, 1000}, /* 743 hours */
        {BUDGET_PERIOD_DAY, "Europe/Berlin", "2026-10-25T03:00:00Z", 50, 200},      /* 25 hours */
        {BUDGET_PERIOD_DAY, "Europe/Berlin", "2026-03-29T03:00:00Z", 40, 190},      /* 23 hours */
        {BUDGET_PERIOD_DAY, "Asia/Kolkata", "2026-11-29T00:30:00Z", 55,
         180}, /* 6 hours, of which 5.5 count */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct forecast_span span = span_at(cases[i].period, cases[i].zone, cases[i].now);
        struct forecast_sums sums = sums_of(&span, cases[i].window, 0, 0, 0);
        int64_t end = 7 + cases[i].rest;
        expect_forecast(&span, 7, sums, (struct forecast){end, end, end});
    }
}

Test(forecast, is_told_from_a_twentieth_of_the_window_on)
{
    struct forecast_span span = span_at(BUDGET_PERIOD_MONTH, "UTC", "2026-11-02T11:59:59.999Z");
    expect_none(&span, sums_of(&span, 36, 0, 0, 0));
    span.now_ms++;
    expect_forecast(&span, 36, sums_of(&span, 36, 0, 0, 0), (struct forecast){720, 720, 720});
}

/* 720 hours are four weeks and 48 hours: ten an hour on average, five in such hours. */
Test(forecast, of_a_window_that_begins_is_as_the_last_weeks_were)
{
    struct forecast_span span = span_at(BUDGET_PERIOD_MONTH, "UTC", "2026-11-01T00:00:00Z");
    struct forecast_hours hours = forecast_hours_of(&span);
    cr_assert_eq(hours.weeks, 4);
    cr_assert_eq(hours.again_hours, 48);
    cr_assert_eq(hours.window_from_ms, span.start_ms);
    cr_assert_eq(hours.history_until_ms, span.start_ms);
    cr_assert_eq(hours.history_from_ms, ms_of("2026-10-04T00:00:00Z"));
    expect_forecast(&span, 0, sums_of(&span, 0, 6720, 960, 672), (struct forecast){6960, 6960, 6960});
}

/* The pace says 360; two weeks and a day as the last weeks were are 672 and 72. Half of the window is over.
 */
Test(forecast, weighs_pace_and_pattern_by_how_much_is_over)
{
    struct forecast_span span = span_at(BUDGET_PERIOD_MONTH, "UTC", "2026-11-16T00:00:00Z");
    expect_forecast(&span, 100, sums_of(&span, 360, 1344, 288, 672), (struct forecast){652, 460, 844});
    span.now_ms = ms_of("2026-11-24T00:00:00Z"); /* 552 hours are over, a week is left */
    expect_forecast(&span, 0, sums_of(&span, 552, 1344, 0, 672), (struct forecast){207, 168, 336});
}

/* Twelve hours are left; in each of those hours of the week that were seen it was two. */
Test(forecast, takes_history_for_as_long_as_it_is_and_not_below_a_week)
{
    struct forecast_span span = span_at(BUDGET_PERIOD_DAY, "UTC", "2026-11-29T12:00:00Z");
    expect_forecast(&span, 0, sums_of(&span, 6, 1000, 24, 200), (struct forecast){15, 6, 24});
    expect_forecast(&span, 0, sums_of(&span, 6, 1000, 32, 328), (struct forecast){15, 6, 24});
    expect_forecast(&span, 0, sums_of(&span, 6, 1000, 24, 168), (struct forecast){15, 6, 24});
    expect_forecast(&span, 0, sums_of(&span, 6, 1000, 24, 167), (struct forecast){6, 6, 6});
}

/* From half past to half past are 18 hours, parts of 19 that have one, two ... 76 in four weeks: 19 each. */
Test(forecast, counts_of_hours_that_are_ahead_in_part_that_part)
{
    struct forecast_span span = span_at(BUDGET_PERIOD_DAY, "Asia/Kolkata", "2026-11-29T00:30:00Z");
    cr_assert_eq(forecast_hours_of(&span).again_hours, 19);
    expect_forecast(&span, 0, sums_of(&span, 55, 0, 1444, 672), (struct forecast){301, 180, 342});
}

Test(forecast, is_none_of_short_windows_and_outside)
{
    struct forecast_span hour = span_at(BUDGET_PERIOD_HOUR, "UTC", "2026-11-29T12:30:00Z"),
                         day = span_at(BUDGET_PERIOD_DAY, "UTC", "2026-11-29T12:30:00Z");
    expect_none(&hour, sums_of(&hour, 6, 1000, 24, 672));
    day.now_ms = day.end_ms;
    expect_none(&day, sums_of(&day, 6, 1000, 24, 672));
    day.now_ms = day.start_ms - 1;
    expect_none(&day, sums_of(&day, 6, 1000, 24, 672));
}

Test(forecast, stays_at_the_most_there_is)
{
    struct forecast_span span = span_at(BUDGET_PERIOD_MONTH, "UTC", "2026-11-03T00:00:00Z");
    expect_forecast(&span, INT64_MAX - 1, sums_of(&span, INT64_MAX, INT64_MAX, INT64_MAX, 672),
                    (struct forecast){INT64_MAX, INT64_MAX, INT64_MAX});
    expect_forecast(&span, 5, sums_of(&span, 0, 0, 0, 672), (struct forecast){5, 5, 5});
}
