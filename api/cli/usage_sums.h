/* Usage records added up by some of their fields. Pure: where records come from is not its business. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/cli/usage_counts.h"
#include "api/types/usage_record.h"
#include "lib/base/compiler.h"

struct arena;
struct error;
struct usage_sums;

#define USAGE_SUMS_MAX_FIELDS 4

struct usage_sum {
    struct text keys[USAGE_SUMS_MAX_FIELDS]; /* in the order of `by` */
    int64_t calls;                           /* each once, by its last record */
    int64_t tries;                           /* that reached a provider, of all calls */
    int64_t refused;                         /* stopped by a rule of ours */
    int64_t failed;                          /* neither completed nor refused */
    int64_t input_tokens, cached_tokens, output_tokens;
    bool has_cost;            /* some of it has a price */
    int64_t unpriced;         /* records with usage that is in no cost */
    int64_t cost_nano;        /* USD; stays at INT64_MAX once there */
    int64_t cost_before_nano; /* of the span before, where usage_sums_set_before said so; 0: nothing */
};

/* by: "environment,model", of workspace environment caller team deployment model provider targetModel
 * outcome, run, tool, tag:KEY: of run, tool and tags one, as the ledger keeps their sums. */
MUST_CHECK bool
usage_sums_new(struct arena *arena, struct text by, struct usage_sums **out_sums, struct error *err);
/* One that has no such run, tool or tag is in no sum; one that has several tools is in the sums of each. */
void usage_sums_add(struct usage_sums *sums, const struct usage_record *record);
/* So many that are alike in everything that is grouped by; the record's counts and cost are of all of them.
 */
void usage_sums_add_many(struct usage_sums *sums, const struct usage_record *record,
                         const struct usage_counts *counts);
/* What those who are like the record in all that is grouped by spent in the span before; who has no sums is
 * left out. */
void usage_sums_set_before(struct usage_sums *sums, const struct usage_record *record, int64_t cost_nano);
size_t usage_sums_key_count(const struct usage_sums *sums);
struct text usage_sums_key_name(const struct usage_sums *sums, size_t index);
/* Most tokens first, then most calls, then by keys; the list lives in the sums' arena. */
const struct usage_sum *const *usage_sums_sorted(struct usage_sums *sums, size_t *out_count);
