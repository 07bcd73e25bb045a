/* Zones of the machine's tz database against what zdump says of them, and against the definition of local
 * time. */
#include "lib/base/time_zone.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/gateway/decide/random_sequence.h"
#include "tests/unit/lib/base/expect_text.h"

TestSuite(time_zone, .init = given_arena, .fini = end_arena);

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

Test(time_zone, knows_when_clocks_were_and_will_be_set)
{
    static const struct {
        const char *zone;
        const char *change; /* UTC */
        int32_t before_s, after_s;
    } facts[] = {
        {"Europe/Berlin", "1945-05-24T00:00:00Z", 7200, 10800},
        {"Europe/Berlin", "1945-09-24T00:00:00Z", 10800, 7200},
        {"Europe/Berlin", "2026-03-29T01:00:00Z", 3600, 7200},
        {"Europe/Berlin", "2026-10-25T01:00:00Z", 7200, 3600},
        {"Europe/Berlin", "2126-03-31T01:00:00Z", 3600, 7200},
        {"America/New_York", "1883-11-18T17:00:00Z", -17762, -18000},
        {"America/New_York", "2026-03-08T07:00:00Z", -18000, -14400},
        {"America/New_York", "2026-11-01T06:00:00Z", -14400, -18000},
        {"America/New_York", "2099-11-01T06:00:00Z", -14400, -18000},
        {"Asia/Kolkata", "1905-12-31T18:38:50Z", 19270, 19800},
        {"Asia/Kolkata", "1945-10-14T17:30:00Z", 23400, 19800},
        {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", 39600, 37800},
        {"Australia/Lord_Howe", "2026-10-03T15:30:00Z", 37800, 39600},
        {"Africa/Casablanca", "2026-02-15T02:00:00Z", 3600, 0},
        {"Africa/Casablanca", "2027-03-14T02:00:00Z", 0, 3600},
        {"Pacific/Apia", "2011-12-30T10:00:00Z", -36000, 50400},
        {"Europe/Dublin", "2026-10-25T01:00:00Z", 3600, 0},
        {"America/St_Johns", "2004-10-31T02:31:00Z", -9000, -12600},
    };
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        const struct time_zone *zone = zone_of(facts[i].zone);
        int64_t change_ms = ms_of(facts[i].change);

        cr_expect_eq(time_zone_offset_at(zone, change_ms - 1), facts[i].before_s, "before %s in %s",
                     facts[i].change, facts[i].zone);
        cr_expect_eq(time_zone_offset_at(zone, change_ms), facts[i].after_s, "after %s in %s",
                     facts[i].change, facts[i].zone);
        cr_expect_eq(time_zone_span_at(zone, change_ms).from_ms, change_ms);
        cr_expect_eq(time_zone_span_at(zone, change_ms - 1).until_ms, change_ms);
    }
}

Test(time_zone, sets_no_clock_in_kolkata_after_1945)
{
    struct time_zone_span span = time_zone_span_at(zone_of("Asia/Kolkata"), ms_of("2026-11-29T00:00:00Z"));

    cr_assert_eq(span.from_ms, ms_of("1945-10-14T17:30:00Z"));
    cr_assert_eq(span.until_ms, INT64_MAX);
}

Test(time_zone, finds_the_instant_of_a_local_time)
{
    static const struct {
        const char *zone, *local, *utc;
    } facts[] = {
        {"UTC", "2026-11-29T12:00:00Z", "2026-11-29T12:00:00Z"},
        {"Asia/Kolkata", "2026-11-29T00:00:00Z", "2026-11-28T18:30:00Z"},
        /* Shown twice: the earlier. The end of the repeated hour is shown once. */
        {"Europe/Berlin", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z"},
        {"Europe/Berlin", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z"},
        {"Australia/Lord_Howe", "2026-04-05T01:30:00Z", "2026-04-04T14:30:00Z"},
        {"Australia/Lord_Howe", "2026-04-05T02:00:00Z", "2026-04-04T15:30:00Z"},
        /* Skipped: the first instant after the gap. */
        {"Europe/Berlin", "2026-03-29T02:30:00Z", "2026-03-29T01:00:00Z"},
        {"Europe/Berlin", "2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z"},
        {"Australia/Lord_Howe", "2026-10-04T02:15:00Z", "2026-10-03T15:30:00Z"},
        {"Pacific/Apia", "2011-12-30T00:00:00Z", "2011-12-30T10:00:00Z"},
        {"Pacific/Apia", "2011-12-30T23:59:00Z", "2011-12-30T10:00:00Z"},
        {"Pacific/Apia", "2011-12-31T00:00:00Z", "2011-12-30T10:00:00Z"},
        /* Clocks that go back over midnight: the day begins when it is first shown. */
        {"America/St_Johns", "2004-10-31T00:00:00Z", "2004-10-31T02:30:00Z"},
        {"Asia/Beirut", "2026-10-25T00:00:00Z", "2026-10-24T22:00:00Z"},
    };
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        struct civil_time local = civil_time_of(ms_of(facts[i].local));
        int64_t unix_ms = 0;
        cr_expect(time_zone_local_to_unix_ms(zone_of(facts[i].zone), &local, &unix_ms));
        cr_expect_eq(unix_ms, ms_of(facts[i].utc), "%s in %s", facts[i].local, facts[i].zone);
    }
}

Test(time_zone, refuses_days_that_no_calendar_has)
{
    struct civil_time local = {.year = 2026, .month = 2, .day = 29};
    int64_t unix_ms = 0;

    cr_assert_not(time_zone_local_to_unix_ms(time_zone_utc(), &local, &unix_ms));
}

Test(time_zone, shows_every_local_time_at_the_first_instant_that_has_it_or_a_later_one)
{
    static const char *const names[] = {"Europe/Berlin",    "Australia/Lord_Howe", "Antarctica/Troll",
                                        "America/St_Johns", "Pacific/Apia",        "America/Nuuk",
                                        "Africa/Casablanca"};
    struct random_sequence random = {11};
    for (size_t i = 0; i < COUNT_OF(names) * 2000; i++) {
        const struct time_zone *zone = zone_of(names[i % COUNT_OF(names)]);
        int64_t near_ms =
            time_zone_span_at(zone, INT64_C(1200000000000) + random_below(&random, INT64_C(3000000000000)))
                .from_ms;
        int64_t local_ms = near_ms + random_below(&random, 30 * INT64_C(3600000));
        struct civil_time local = civil_time_of(local_ms);
        int64_t unix_ms = 0;

        cr_assert(time_zone_local_to_unix_ms(zone, &local, &unix_ms));

        cr_assert_geq(unix_ms + time_zone_offset_at(zone, unix_ms) * 1000, local_ms);
        cr_assert_lt(unix_ms - 1 + time_zone_offset_at(zone, unix_ms - 1) * 1000, local_ms);
        int64_t hour_before_ms = unix_ms - 1 - random_below(&random, 3600000);
        cr_assert_lt(hour_before_ms + time_zone_offset_at(zone, hour_before_ms) * 1000, local_ms);
    }
}

Test(time_zone, holds_still_beyond_the_years_1_and_9998)
{
    const struct time_zone *zone = zone_of("Europe/Berlin");

    cr_assert_eq(time_zone_offset_at(zone, INT64_MIN), 3208);
    cr_assert_eq(time_zone_offset_at(zone, INT64_MAX), 3600);
    cr_assert_eq(time_zone_span_at(zone, INT64_MIN).from_ms, INT64_MIN);
    cr_assert_eq(time_zone_span_at(zone, INT64_MAX).until_ms, INT64_MAX);
    cr_assert_eq(time_zone_civil_at(zone, INT64_MAX).year, 9999);
}

Test(time_zone, takes_no_name_that_leaves_the_folder_or_says_something_else_on_each_machine)
{
    static const char *const names[] = {
        "",
        "..",
        "../passwd",
        "/etc/passwd",
        "Europe/../UTC",
        "Europe//Berlin",
        "Europe/",
        ".",
        "Europe/Ber lin",
        "Europe/Berlin.tab",
        "localtime",
        "A2345678901234567890123456789012345678901234567890123456789012345",
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct time_zone *zone = NULL;
        struct error err = {0};
        cr_assert_not(time_zone_load(arena, text_of(names[i]), &zone, &err), "%s", names[i]);
        cr_assert_eq(err.kind, ERROR_INVALID, "%s", names[i]);
    }
}

Test(time_zone, says_when_no_zone_has_the_name)
{
    const struct time_zone *zone = NULL;
    struct error err = {0};

    cr_assert_not(time_zone_load(arena, TEXT("Europe/Bonn"), &zone, &err));

    cr_assert_eq(err.kind, ERROR_NOT_FOUND);
    cr_assert(strstr(err.message, "time zone Europe/Bonn"), "%s", err.message);
}

Test(time_zone, looks_where_tzdir_says_and_needs_no_file_for_utc)
{
    setenv("TZDIR", "/usr/share/zoneinfo/Europe", 1);
    const struct time_zone *zone = NULL;
    struct error err = {0};

    cr_assert(time_zone_load(arena, TEXT("Berlin"), &zone, &err), "%s", err.message);
    cr_assert_eq(time_zone_offset_at(zone, ms_of("2026-11-29T00:00:00Z")), 3600);
    cr_assert_not(time_zone_load(arena, TEXT("Asia/Kolkata"), &zone, &err));
    cr_assert(time_zone_load(arena, TEXT("UTC"), &zone, &err));
    cr_assert_eq(time_zone_offset_at(zone, ms_of("2026-11-29T00:00:00Z")), 0);
}
