/* Usage added up by the hour, and by the day of UTC, and by everything it is told apart by: what questions
 * are answered from, so that a month of a hundred million calls is some ten thousand rows. Pure. */
#pragma once

#include "api/server/ledger/usage_row.h"

struct usage_rollups;

#define USAGE_HOUR_MS INT64_C(3600000)
#define USAGE_DAY_MS (24 * USAGE_HOUR_MS)

struct usage_rollup {
    int64_t hour_ms;  /* Unix milliseconds of its start, or of its day's */
    int64_t first_ms; /* of a day: the start of the first hour in which there was something */
    struct text by[USAGE_DIMENSION_COUNT];
    struct text_pair purpose; /* of sums by purpose; empty: whatever calls are for */
    int64_t calls;            /* those whose last try is of these dimensions */
    int64_t tries;            /* that reached a provider; as used and cost: whatever call they are of */
    struct usage_vector used;
    int64_t cost_nano;
    int64_t unpriced_calls; /* records with usage that is in no cost */
};

/* For one batch: sums cannot overflow, a batch has at most 2,000 records of at most USAGE_COUNT_MAX and
 * USAGE_COST_MAX_NANO. */
struct usage_rollups *usage_rollups_new(struct arena *arena);
void usage_rollups_add(struct usage_rollups *rollups, const struct usage_row *row);
/* Once for each thing that it is for: such sums are kept apart from those of all calls. */
void usage_rollups_add_purposes(struct usage_rollups *rollups, const struct usage_row *row);
/* The same sums by the day, in the order of their first hours. */
struct usage_rollups *usage_rollups_by_day(struct arena *arena, const struct usage_rollups *hours);
/* The same for two of one hour, dimensions and purpose, and for no others. */
struct text usage_rollup_key(struct arena *arena, const struct usage_rollup *of);
/* In the order they first came. */
const struct usage_rollup *usage_rollups_list(const struct usage_rollups *rollups, size_t *out_count);
