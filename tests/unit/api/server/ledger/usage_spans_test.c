/* Spans of whole days and of the hours around them. */
#include "api/server/ledger/usage_spans.h"

#include <criterion/criterion.h>

#include "api/server/ledger/usage_rollup.h"

#define DAY USAGE_DAY_MS
#define HOUR USAGE_HOUR_MS
enum { CUTS = 3 };

struct cut {
    struct usage_span days[USAGE_SPANS_DAYS(CUTS)], hours[USAGE_SPANS_HOURS(CUTS)];
};

static struct cut
cut(int64_t from_ms, int64_t until_ms, const int64_t cuts[static CUTS])
{
    struct cut cut;
    usage_spans_cut((struct usage_span){from_ms, until_ms}, cuts, CUTS, cut.days, cut.hours);
    return cut;
}

static int
times_covered(const struct usage_span *spans, size_t count, int64_t ms)
{
    int times = 0;
    for (size_t i = 0; i < count; i++)
        times += ms >= spans[i].from_ms && ms < spans[i].until_ms;
    return times;
}

/* Every hour of the span once, none beside it, and no whole day that a cut is in the middle of. */
static void
expect_right(int64_t from_ms, int64_t until_ms, const int64_t cuts[static CUTS])
{
    struct cut got = cut(from_ms, until_ms, cuts);
    for (int64_t hour = 0; hour < 10 * DAY; hour += HOUR) {
        int of_days = times_covered(got.days, COUNT_OF(got.days), hour);
        int of_hours = times_covered(got.hours, COUNT_OF(got.hours), hour);
        cr_assert_eq(of_days + of_hours, hour >= from_ms && hour < until_ms);
        int64_t day = hour - hour % DAY;
        for (size_t i = 0; i < CUTS; i++)
            cr_assert_not(of_days && cuts[i] > day && cuts[i] < day + DAY);
    }
    for (size_t i = 0; i < COUNT_OF(got.days); i++)
        cr_assert_eq(got.days[i].from_ms % DAY + got.days[i].until_ms % DAY, 0);
}

Test(usage_spans, are_whole_days_and_the_hours_at_either_end)
{
    static const int64_t none[CUTS] = {0};
    struct cut got = cut(DAY - HOUR, 3 * DAY + 2 * HOUR, none);
    cr_assert_eq(got.days[0].from_ms, DAY);
    cr_assert_eq(got.days[0].until_ms, 3 * DAY);
    cr_assert_eq(got.days[1].until_ms, 0);
    cr_assert_eq(got.hours[0].from_ms, DAY - HOUR);
    cr_assert_eq(got.hours[0].until_ms, DAY);
    cr_assert_eq(got.hours[1].from_ms, 3 * DAY);
    cr_assert_eq(got.hours[1].until_ms, 3 * DAY + 2 * HOUR);
    cr_assert_eq(got.hours[2].until_ms, 0);
}

Test(usage_spans, of_less_than_a_day_are_hours)
{
    static const int64_t none[CUTS] = {0};
    struct cut got = cut(DAY + HOUR, 2 * DAY + 5 * HOUR, none);
    cr_assert_eq(got.days[0].until_ms, 0);
    cr_assert_eq(got.hours[0].from_ms, DAY + HOUR);
    cr_assert_eq(got.hours[0].until_ms, 2 * DAY + 5 * HOUR);
    got = cut(DAY, DAY, none);
    cr_assert_eq(got.hours[0].until_ms, 0);
}

Test(usage_spans, have_every_hour_once_however_they_are_cut)
{
    srand(17);
    for (int round = 0; round < 2000; round++) {
        int64_t from = rand() % 200 * HOUR, until = from + rand() % 60 * HOUR, cuts[CUTS];
        for (size_t i = 0; i < CUTS; i++)
            cuts[i] = rand() % 240 * HOUR;
        expect_right(from, until, cuts);
    }
}

Test(usage_spans, of_all_times_are_few)
{
    static const int64_t cuts[CUTS] = {5 * DAY + HOUR, DAY, 5 * DAY + 2 * HOUR};
    struct cut got = cut(0, INT64_MAX, cuts);
    cr_assert_eq(got.days[0].until_ms, 5 * DAY);
    cr_assert_eq(got.hours[0].from_ms, 5 * DAY);
    cr_assert_eq(got.days[1].from_ms, 6 * DAY);
    cr_assert_eq(got.hours[1].until_ms, INT64_MAX);
}
