/* Two sorts of windows: those of the calendar (days and longer) are found on the calendar and then looked for
 * in time; hours and minutes are stretches of time between two settings of the clocks, cut evenly. */
#include "api/types/budget_window.h"

#include <assert.h>

#include "lib/base/time_zone.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define FIRST_MS INT64_C(-62104060800000) /* 0002-01-01T00:00:00Z */
#define LAST_MS INT64_C(253339228799999)  /* 9997-12-31T23:59:59.999Z */

/* "Local ms" are what clocks show, as if that were UTC. */
static struct budget_window
calendar_window(enum budget_period period, const struct time_zone *zone, int64_t unix_ms);
static struct budget_window
clock_window(enum budget_period period, const struct time_zone *zone, int64_t unix_ms);
static int64_t local_start(enum budget_period period, int64_t local_ms);
static int64_t local_next(enum budget_period period, int64_t local_start_ms);
static int64_t month_start(struct civil_time time);
static int64_t instant_of(const struct time_zone *zone, int64_t local_ms);
static void print_id(enum budget_period period, int64_t local_start_ms, char out[BUDGET_WINDOW_ID_BYTES]);
static int64_t floor_to(int64_t ms, int64_t unit_ms);

struct budget_window
budget_window_at(enum budget_period period, const struct time_zone *zone, int64_t unix_ms)
{
    int64_t inside_ms = unix_ms < FIRST_MS ? FIRST_MS : unix_ms > LAST_MS ? LAST_MS : unix_ms;
    if (period == BUDGET_PERIOD_MINUTE || period == BUDGET_PERIOD_HOUR)
        return clock_window(period, zone, inside_ms);
    return calendar_window(period, zone, inside_ms);
}

static struct budget_window
clock_window(enum budget_period period, const struct time_zone *zone, int64_t unix_ms)
{
    struct time_zone_span span = time_zone_span_at(zone, unix_ms);
    int64_t length_ms = period == BUDGET_PERIOD_HOUR ? HOUR_MS : MINUTE_MS;
    int64_t offset_ms = span.offset_s * INT64_C(1000);
    int64_t start_ms = floor_to(unix_ms + offset_ms, length_ms) - offset_ms;
    int64_t end_ms = start_ms + length_ms;
    struct budget_window window = {
        .start_unix_ms = start_ms > span.from_ms ? start_ms : span.from_ms,
        .end_unix_ms = end_ms < span.until_ms ? end_ms : span.until_ms,
    };
    char id[CIVIL_TIME_TEXT_BYTES];
    size_t length = civil_time_print(id, window.start_unix_ms, false);
    memcpy(window.id, id, length + 1);
    return window;
}

static struct budget_window
calendar_window(enum budget_period period, const struct time_zone *zone, int64_t unix_ms)
{
    int64_t local_ms = unix_ms + time_zone_offset_at(zone, unix_ms) * INT64_C(1000);
    int64_t start_ms = local_start(period, local_ms);
    int64_t next_ms = local_next(period, start_ms);
    struct budget_window window = {.start_unix_ms = instant_of(zone, start_ms),
                                   .end_unix_ms = instant_of(zone, next_ms)};
    /* Clocks that went back over midnight show a day that is over. */
    while (window.end_unix_ms <= unix_ms) {
        start_ms = next_ms;
        next_ms = local_next(period, start_ms);
        window.start_unix_ms = window.end_unix_ms;
        window.end_unix_ms = instant_of(zone, next_ms);
    }
    print_id(period, start_ms, window.id);
    return window;
}

static int64_t
local_start(enum budget_period period, int64_t local_ms)
{
    if (period == BUDGET_PERIOD_MONTH)
        return month_start(civil_time_of(local_ms));
    if (period == BUDGET_PERIOD_WEEK) /* 1970-01-01 was a Thursday, the week's first day is Monday */
        return floor_to(local_ms + 3 * DAY_MS, 7 * DAY_MS) - 3 * DAY_MS;
    return floor_to(local_ms, DAY_MS);
}

static int64_t
local_next(enum budget_period period, int64_t local_start_ms)
{
    if (period == BUDGET_PERIOD_MONTH)
        return month_start(civil_time_of(local_start_ms + 31 * DAY_MS));
    return local_start_ms + (period == BUDGET_PERIOD_WEEK ? 7 : 1) * DAY_MS;
}

static int64_t
month_start(struct civil_time time)
{
    struct civil_time first = {.year = time.year, .month = time.month, .day = 1};
    int64_t local_ms = 0;
    (void)civil_time_to_unix_ms(&first, &local_ms); /* a first of a month is in every calendar */
    return local_ms;
}

static int64_t
instant_of(const struct time_zone *zone, int64_t local_ms)
{
    struct civil_time local = civil_time_of(local_ms);
    int64_t unix_ms = 0;
    bool is_time = time_zone_local_to_unix_ms(zone, &local, &unix_ms);
    assert(is_time); /* a midnight in the years 1 to 9998 */
    (void)is_time;
    return unix_ms;
}

static void
print_id(enum budget_period period, int64_t local_start_ms, char out[BUDGET_WINDOW_ID_BYTES])
{
    struct civil_time start = civil_time_of(local_start_ms);
    if (period == BUDGET_PERIOD_MONTH) {
        (void)snprintf(out, BUDGET_WINDOW_ID_BYTES, "%04d-%02d", start.year, start.month);
    } else if (period == BUDGET_PERIOD_DAY) {
        (void)snprintf(out, BUDGET_WINDOW_ID_BYTES, "%04d-%02d-%02d", start.year, start.month, start.day);
    } else {
        /* A week is of the year in which its Thursday is. */
        int64_t thursday_ms = local_start_ms + 3 * DAY_MS;
        struct civil_time january = {.year = civil_time_of(thursday_ms).year, .month = 1};
        int week = (int)((thursday_ms - month_start(january)) / (7 * DAY_MS)) + 1;
        (void)snprintf(out, BUDGET_WINDOW_ID_BYTES, "%04d-W%02d", january.year, week);
    }
}

static int64_t
floor_to(int64_t ms, int64_t unit_ms)
{
    int64_t rest = ms % unit_ms;
    return ms - (rest < 0 ? rest + unit_ms : rest);
}
