/* Usage records added up by some of their fields. Pure: where records come from is not its business. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/types/usage_record.h"
#include "lib/base/compiler.h"

struct arena;
struct error;
struct usage_sums;

#define USAGE_SUMS_MAX_FIELDS 4

struct usage_sum {
    struct text keys[USAGE_SUMS_MAX_FIELDS]; /* in the order of `by` */
    int64_t calls;                           /* every record */
    int64_t refused;                         /* stopped by a rule of ours */
    int64_t failed;                          /* neither completed nor refused */
    int64_t input_tokens, cached_tokens, output_tokens;
};

/* by: "environment,model", of workspace environment caller team model provider outcome. */
MUST_CHECK bool
usage_sums_new(struct arena *arena, struct text by, struct usage_sums **out_sums, struct error *err);
void usage_sums_add(struct usage_sums *sums, const struct usage_record *record);
size_t usage_sums_key_count(const struct usage_sums *sums);
struct text usage_sums_key_name(const struct usage_sums *sums, size_t index);
/* Most tokens first, then most calls, then by keys; the list lives in the sums' arena. */
const struct usage_sum *const *usage_sums_sorted(struct usage_sums *sums, size_t *out_count);
