/* A span of time in whole days of UTC, answered from the sums by the day, and the hours around them. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Unix milliseconds; empty where both are 0. */
struct usage_span {
    int64_t from_ms, until_ms;
};

/* How many there are at most for so many cuts. */
#define USAGE_SPANS_DAYS(CUTS) ((CUTS) + 1)
#define USAGE_SPANS_HOURS(CUTS) ((CUTS) + 2)
#define USAGE_SPANS_MAX_CUTS 16

/* Where what is before and after a cut is told apart, its day is read by the hour. The spans do not overlap
 * and have every hour that begins in [whole.from_ms, whole.until_ms) once, where whole.from_ms is an hour's
 * start; out_days has USAGE_SPANS_DAYS(cut_count), out_hours USAGE_SPANS_HOURS(cut_count), those not needed
 * empty. Times are not negative. */
void usage_spans_cut(struct usage_span whole, const int64_t *cuts, size_t cut_count,
                     struct usage_span *out_days, struct usage_span *out_hours);
