/* Windows: examples around settings of the clocks, and what holds at every instant of every zone. */
#include "api/types/budget_window.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/base/time_zone.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/gateway/decide/random_sequence.h"

TestSuite(budget_window, .init = given_arena, .fini = end_arena);

#define HOUR_MS INT64_C(3600000)

static const struct time_zone *
zone_of(const char *name)
{
    const struct time_zone *zone = NULL;
    struct error err = {0};
    cr_assert(time_zone_load(arena, text_of(name), &zone, &err), "%s", err.message);
    return zone;
}

static int64_t
ms_of(const char *time)
{
    int64_t unix_ms = 0;
    cr_assert(parse_time_ms(text_of(time), &unix_ms), "%s", time);
    return unix_ms;
}

Test(budget_window, follow_the_calendar_and_the_clocks_of_a_place)
{
    static const struct {
        enum budget_period period;
        const char *zone, *at, *id, *start, *end;
    } cases[] = {
        {BUDGET_PERIOD_MONTH, "UTC", "2026-11-29T15:04:05Z", "2026-11", "2026-11-01T00:00:00Z",
         "2026-12-01T00:00:00Z"},
        {BUDGET_PERIOD_MONTH, "Asia/Kolkata", "2026-11-30T18:30:00Z", "2026-12", "2026-11-30T18:30:00Z",
         "2026-12-31T18:30:00Z"},
        {BUDGET_PERIOD_WEEK, "UTC", "2026-11-29T15:04:05Z", "2026-W48", "2026-11-23T00:00:00Z",
         "2026-11-30T00:00:00Z"},
        {BUDGET_PERIOD_WEEK, "UTC", "2027-01-03T23:59:59.999Z", "2026-W53", "2026-12-28T00:00:00Z",
         "2027-01-04T00:00:00Z"},
        {BUDGET_PERIOD_WEEK, "UTC", "2029-12-31T00:00:00Z", "2030-W01", "2029-12-31T00:00:00Z",
         "2030-01-07T00:00:00Z"},
        {BUDGET_PERIOD_DAY, "UTC", "2028-02-29T00:00:00Z", "2028-02-29", "2028-02-29T00:00:00Z",
         "2028-03-01T00:00:00Z"},
        {BUDGET_PERIOD_DAY, "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29", "2026-03-28T23:00:00Z",
         "2026-03-29T22:00:00Z"}, /* 23 hours */
        {BUDGET_PERIOD_DAY, "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25", "2026-10-24T22:00:00Z",
         "2026-10-25T23:00:00Z"}, /* 25 hours */
        {BUDGET_PERIOD_DAY, "Australia/Lord_Howe", "2026-04-05T00:00:00Z", "2026-04-05",
         "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"}, /* 24.5 hours */
        {BUDGET_PERIOD_DAY, "Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29", "2011-12-29T10:00:00Z",
         "2011-12-30T10:00:00Z"},
        {BUDGET_PERIOD_DAY, "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31", "2011-12-30T10:00:00Z",
         "2011-12-31T10:00:00Z"}, /* there was no 30th */
        {BUDGET_PERIOD_DAY, "America/St_Johns", "2004-10-31T02:45:00Z", "2004-10-31", "2004-10-31T02:30:00Z",
         "2004-11-01T03:30:00Z"}, /* clocks show 23:15 of the 30th again */
        {BUDGET_PERIOD_HOUR, "Europe/Berlin", "2026-10-25T00:59:59Z", "2026-10-25T00:00:00Z",
         "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"}, /* the first from two to three */
        {BUDGET_PERIOD_HOUR, "Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T01:00:00Z",
         "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"}, /* the second */
        {BUDGET_PERIOD_HOUR, "Asia/Kolkata", "2026-11-29T15:04:05Z", "2026-11-29T14:30:00Z",
         "2026-11-29T14:30:00Z", "2026-11-29T15:30:00Z"},
        {BUDGET_PERIOD_HOUR, "Australia/Lord_Howe", "2026-04-04T15:10:00Z", "2026-04-04T15:00:00Z",
         "2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z"}, /* half past one to two, again */
        {BUDGET_PERIOD_MINUTE, "UTC", "2026-11-29T15:04:05.678Z", "2026-11-29T15:04:00Z",
         "2026-11-29T15:04:00Z", "2026-11-29T15:05:00Z"},
        {BUDGET_PERIOD_MINUTE, "UTC", "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:00Z",
         "1969-12-31T23:59:00Z", "1970-01-01T00:00:00Z"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct budget_window window =
            budget_window_at(cases[i].period, zone_of(cases[i].zone), ms_of(cases[i].at));
        cr_expect_str_eq(window.id, cases[i].id, "%s: %s", cases[i].at, window.id);
        cr_expect_eq(window.start_unix_ms, ms_of(cases[i].start), "start of %s in %s", window.id,
                     cases[i].zone);
        cr_expect_eq(window.end_unix_ms, ms_of(cases[i].end), "end of %s in %s", window.id, cases[i].zone);
    }
}

static const char *const zone_names[] = {
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Asia/Beirut",
    "Antarctica/Troll",
    "America/Havana",
    "America/Juneau",
    "Africa/Monrovia",
    "Europe/Dublin",
    "Pacific/Kwajalein",
};

/* Half of them within two days of a setting of the clocks. */
static int64_t
random_instant(struct random_sequence *random, const struct time_zone *zone)
{
    int64_t unix_ms = random_below(random, INT64_C(9000000000000)) - INT64_C(4000000000000);
    int64_t change_ms = time_zone_span_at(zone, unix_ms).from_ms;
    bool is_near = change_ms != INT64_MIN && random_below(random, 2) == 0;
    return is_near ? change_ms + random_below(random, 96 * HOUR_MS) - 48 * HOUR_MS : unix_ms;
}

static void
expect_same(const struct budget_window *a, const struct budget_window *b)
{
    cr_assert_eq(a->start_unix_ms, b->start_unix_ms, "%s and %s", a->id, b->id);
    cr_assert_eq(a->end_unix_ms, b->end_unix_ms, "%s and %s", a->id, b->id);
    cr_assert_str_eq(a->id, b->id);
}

/* What holds for the window around an instant, and for the next one. */
static void
expect_partition(enum budget_period period, const struct time_zone *zone, int64_t unix_ms)
{
    struct budget_window window = budget_window_at(period, zone, unix_ms);
    struct budget_window first = budget_window_at(period, zone, window.start_unix_ms);
    struct budget_window last = budget_window_at(period, zone, window.end_unix_ms - 1);
    struct budget_window next = budget_window_at(period, zone, window.end_unix_ms);

    cr_assert(window.start_unix_ms <= unix_ms && unix_ms < window.end_unix_ms);
    expect_same(&window, &first);
    expect_same(&window, &last);
    cr_assert_eq(next.start_unix_ms, window.end_unix_ms, "%s ends where %s does not begin", window.id,
                 next.id);
    cr_assert_lt(strcmp(window.id, next.id), 0, "%s before %s", window.id, next.id);
    cr_assert_eq(strlen(window.id), strlen(next.id));
}

Test(budget_window, partition_time_in_every_zone_with_ids_in_the_order_of_time)
{
    struct random_sequence random = {42};
    for (size_t z = 0; z < COUNT_OF(zone_names); z++) {
        const struct time_zone *zone = zone_of(zone_names[z]);
        for (int i = 0; i < 2000; i++)
            for (int period = BUDGET_PERIOD_MINUTE; period <= BUDGET_PERIOD_MONTH; period++)
                expect_partition((enum budget_period)period, zone, random_instant(&random, zone));
    }
}

Test(budget_window, nest_days_in_months_and_weeks_without_rest)
{
    struct random_sequence random = {43};
    for (size_t i = 0; i < 20000; i++) {
        const struct time_zone *zone = zone_of(zone_names[i % COUNT_OF(zone_names)]);
        int64_t unix_ms = random_instant(&random, zone);
        struct budget_window day = budget_window_at(BUDGET_PERIOD_DAY, zone, unix_ms);
        struct budget_window week = budget_window_at(BUDGET_PERIOD_WEEK, zone, unix_ms);
        struct budget_window month = budget_window_at(BUDGET_PERIOD_MONTH, zone, unix_ms);

        cr_assert(week.start_unix_ms <= day.start_unix_ms && day.end_unix_ms <= week.end_unix_ms);
        cr_assert(month.start_unix_ms <= day.start_unix_ms && day.end_unix_ms <= month.end_unix_ms);
        cr_assert_eq(strncmp(day.id, month.id, strlen(month.id)), 0, "%s in %s", day.id, month.id);
        cr_assert_leq(week.end_unix_ms - week.start_unix_ms, 8 * 24 * HOUR_MS);
    }
}

Test(budget_window, are_there_at_both_ends_of_the_calendar)
{
    for (int period = BUDGET_PERIOD_MINUTE; period <= BUDGET_PERIOD_MONTH; period++) {
        const struct time_zone *zone = zone_of("Europe/Berlin");
        struct budget_window first = budget_window_at((enum budget_period)period, zone, INT64_MIN);
        struct budget_window last = budget_window_at((enum budget_period)period, zone, INT64_MAX);

        cr_assert_eq(strncmp(first.id, "000", 3), 0, "%s", first.id);
        cr_assert_eq(strncmp(last.id, "999", 3), 0, "%s", last.id);
        cr_assert_lt(last.start_unix_ms, last.end_unix_ms);
    }
}
