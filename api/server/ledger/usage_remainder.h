/* What is left of an hour's sums when those of a tag's values are told apart: what calls without the tag had.
 * Pure. */
#pragma once

#include "api/server/ledger/usage_rollup.h"

struct usage_remainder {
    struct usage_rollup parts; /* their sums, of the whole that comes next */
    bool has_parts;
};

void usage_remainder_add_part(struct usage_remainder *remainder, const struct usage_rollup *part);
/* The whole less its parts, which all came before it, so that they and the rest are the whole to the
 * nano-dollar; parts that come next are of another. False: nothing is left of what
 * had parts. */
bool usage_remainder_take(struct usage_remainder *remainder, const struct usage_rollup *whole,
                          struct usage_rollup *out_rest);
