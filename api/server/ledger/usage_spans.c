/* See the header. */
#include "api/server/ledger/usage_spans.h"

#include <assert.h>
#include <string.h>

#include "api/server/ledger/usage_rollup.h"

static size_t cut_days(const int64_t *cuts, size_t cut_count, int64_t *out_days);

void
usage_spans_cut(struct usage_span whole, const int64_t *cuts, size_t cut_count, struct usage_span *out_days,
                struct usage_span *out_hours)
{
    int64_t from = whole.from_ms, until = whole.until_ms, split[USAGE_SPANS_MAX_CUTS];
    int64_t at = from + (USAGE_DAY_MS - from % USAGE_DAY_MS) % USAGE_DAY_MS;
    int64_t beyond = until / USAGE_DAY_MS * USAGE_DAY_MS;
    memset(out_days, 0, USAGE_SPANS_DAYS(cut_count) * sizeof(*out_days));
    memset(out_hours, 0, USAGE_SPANS_HOURS(cut_count) * sizeof(*out_hours));
    if (at >= beyond) { /* no whole day */
        if (from < until)
            *out_hours = whole;
        return;
    }
    if (from < at)
        *out_hours++ = (struct usage_span){from, at};
    size_t split_count = cut_days(cuts, cut_count, split);
    for (size_t i = 0; i < split_count; i++) {
        int64_t day = split[i];
        if (day < at || day >= beyond)
            continue;
        if (at < day)
            *out_days++ = (struct usage_span){at, day};
        *out_hours++ = (struct usage_span){day, day + USAGE_DAY_MS};
        at = day + USAGE_DAY_MS;
    }
    if (at < beyond)
        *out_days = (struct usage_span){at, beyond};
    if (beyond < until)
        *out_hours = (struct usage_span){beyond, until};
}

/* The days that a cut is in the middle of, in order, each once. */
static size_t
cut_days(const int64_t *cuts, size_t cut_count, int64_t *out_days)
{
    size_t count = 0;
    assert(cut_count <= USAGE_SPANS_MAX_CUTS);
    for (size_t i = 0; i < cut_count; i++) {
        int64_t day = cuts[i] - cuts[i] % USAGE_DAY_MS;
        size_t place = count;
        while (place > 0 && out_days[place - 1] > day)
            place--;
        if (day == cuts[i] || (place > 0 && out_days[place - 1] == day))
            continue;
        memmove(&out_days[place + 1], &out_days[place], (count - place) * sizeof(*out_days));
        out_days[place] = day;
        count++;
    }
    return count;
}
