/* Sums are by the hour, so windows are of whole hours. */
#include "api/server/rest/allocation_window.h"

#include "api/server/ledger/usage_rollup.h"
#include "api/types/rest_questions.h"
#include "lib/base/parse.h"

#define LATEST_S INT64_C(253402300799) /* the end of the year 9999 */

static bool parse_span(struct text window, int64_t now_ms, struct allocation_window *span);
static bool parse_time(struct text text, int64_t *out_ms);

static int64_t
hour_begin(int64_t ms)
{
    return ms - ms % USAGE_HOUR_MS;
}

static int64_t
hour_end(int64_t ms)
{
    return hour_begin(ms + USAGE_HOUR_MS - 1);
}

bool
allocation_window_parse(struct text window, struct text step, int64_t now_ms,
                        struct allocation_window *out_window)
{
    struct allocation_window found;
    if (!parse_span(window, now_ms, &found) || found.from_ms < 0 || found.from_ms >= found.until_ms)
        return false;
    found.step_ms = found.until_ms - found.from_ms;
    if (!text_is_empty(step)) {
        if (!text_format_usage_span.accepts(step))
            return false;
        found.step_ms = usage_span_ms(step);
    }
    if (found.step_ms <= 0 || (found.until_ms - found.from_ms - 1) / found.step_ms >= ALLOCATION_MOST_STEPS)
        return false;
    *out_window = found;
    return true;
}

static bool
parse_span(struct text window, int64_t now_ms, struct allocation_window *span)
{
    int64_t today_ms = now_ms - now_ms % USAGE_DAY_MS, from_ms, until_ms;
    *span = (struct allocation_window){.from_ms = today_ms, .until_ms = hour_end(now_ms + 1)};
    if (text_equals(window, TEXT("today")))
        return true;
    if (text_format_usage_span.accepts(window)) {
        span->from_ms = span->until_ms - usage_span_ms(window);
        return true;
    }
    if (text_equals(window, TEXT("yesterday"))) {
        *span = (struct allocation_window){.from_ms = today_ms - USAGE_DAY_MS, .until_ms = today_ms};
        return true;
    }
    struct text rest = window, from = text_cut(&rest, ',');
    if (!parse_time(from, &from_ms) || !parse_time(rest, &until_ms))
        return false;
    *span = (struct allocation_window){.from_ms = hour_begin(from_ms), .until_ms = hour_end(until_ms)};
    return true;
}

static bool
parse_time(struct text text, int64_t *out_ms)
{
    uint64_t seconds;
    if (parse_uint64(text, LATEST_S, &seconds)) {
        *out_ms = (int64_t)seconds * 1000;
        return true;
    }
    return parse_time_ms(text, out_ms) && *out_ms >= 0;
}
