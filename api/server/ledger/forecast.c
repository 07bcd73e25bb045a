/* Everything that is multiplied is an amount below 2^63 and a count of milliseconds or hours below 2^60. */
#include "api/server/ledger/forecast.h"

#define HOUR_MS INT64_C(3600000)

enum { WEEK_HOURS = 168, HISTORY_HOURS = 4 * WEEK_HOURS, PACE_SHARE = 20, SHORTEST_HOURS = 12 };

static bool pace_of(const struct forecast_span *span, const struct forecast_sums *sums, __int128 *out_rest);
static bool
pattern_of(const struct forecast_span *span, const struct forecast_sums *sums, __int128 *out_rest);
static int64_t hour_before(int64_t ms);
static int64_t hour_after(int64_t ms);
static int64_t add(int64_t spent, __int128 rest);

struct forecast_hours
forecast_hours_of(const struct forecast_span *span)
{
    int64_t now_hour_ms = hour_before(span->now_ms);
    int64_t rest_hours = (hour_after(span->end_ms) - now_hour_ms) / HOUR_MS;
    return (struct forecast_hours){.window_from_ms = hour_after(span->start_ms),
                                   .history_from_ms = now_hour_ms - HISTORY_HOURS * HOUR_MS,
                                   .history_until_ms = now_hour_ms,
                                   .weeks = rest_hours / WEEK_HOURS,
                                   .again_hours = rest_hours % WEEK_HOURS};
}

bool
forecast_at_end(const struct forecast_span *span, int64_t spent, const struct forecast_sums *sums,
                struct forecast *out_forecast)
{
    __int128 pace = 0, pattern = 0;
    if (span->end_ms - span->start_ms < SHORTEST_HOURS * HOUR_MS || span->now_ms < span->start_ms ||
        span->now_ms >= span->end_ms)
        return false;
    bool has_pace = pace_of(span, sums, &pace), has_pattern = pattern_of(span, sums, &pattern);
    if (!has_pace && !has_pattern)
        return false;
    if (!has_pace)
        pace = pattern;
    if (!has_pattern)
        pattern = pace;
    int64_t over_ms = span->now_ms - span->start_ms, left_ms = span->end_ms - span->now_ms;
    __int128 expected = (pace * over_ms + pattern * left_ms) / (over_ms + left_ms);
    *out_forecast = (struct forecast){.expected = add(spent, expected),
                                      .low = add(spent, pace < pattern ? pace : pattern),
                                      .high = add(spent, pace < pattern ? pattern : pace)};
    return true;
}

static bool
pace_of(const struct forecast_span *span, const struct forecast_sums *sums, __int128 *out_rest)
{
    int64_t counted_ms = span->now_ms - hour_after(span->start_ms);
    if (counted_ms <= 0 ||
        span->now_ms - span->start_ms < (span->end_ms - span->start_ms + PACE_SHARE - 1) / PACE_SHARE)
        return false;
    *out_rest = (__int128)sums->window * (span->end_ms - span->now_ms) / counted_ms;
    return true;
}

/* The hours of the week are counted from the present one, so the last week of history ends with the 168th. Of
 * the first and of the last hour of the rest only a part is ahead: all of it is made as much shorter. */
static bool
pattern_of(const struct forecast_span *span, const struct forecast_sums *sums, __int128 *out_rest)
{
    struct forecast_hours hours = forecast_hours_of(span);
    int64_t seen_hours = (hours.history_until_ms - sums->first_ms) / HOUR_MS;
    if (seen_hours < WEEK_HOURS)
        return false;
    int64_t seen_again = seen_hours / WEEK_HOURS * hours.again_hours;
    int64_t more = hours.again_hours - (WEEK_HOURS - seen_hours % WEEK_HOURS);
    seen_again += more > 0 ? more : 0;
    __int128 rest = (__int128)sums->history * WEEK_HOURS * hours.weeks / seen_hours;
    if (hours.again_hours > 0)
        rest += (__int128)sums->again * hours.again_hours / seen_again;
    int64_t counted_ms = (hours.weeks * WEEK_HOURS + hours.again_hours) * HOUR_MS;
    *out_rest = rest * (span->end_ms - span->now_ms) / counted_ms;
    return true;
}

static int64_t
hour_before(int64_t ms)
{
    int64_t past = ms % HOUR_MS;
    return ms - (past < 0 ? past + HOUR_MS : past);
}

static int64_t
hour_after(int64_t ms)
{
    return hour_before(ms + HOUR_MS - 1);
}

static int64_t
add(int64_t spent, __int128 rest)
{
    return rest > INT64_MAX - spent ? INT64_MAX : spent + (int64_t)rest;
}
