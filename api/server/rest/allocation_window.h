/* The times of a question in OpenCost's words. Pure. */
#pragma once

#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

#define ALLOCATION_MOST_STEPS 1000

struct allocation_window {
    int64_t from_ms, until_ms; /* whole hours of UTC */
    int64_t step_ms;           /* the whole window, when none was given */
};

/* "24h", "7d", "2w" until the end of the hour of now, "today", "yesterday" (of UTC), or two times with a
 * comma between, RFC 3339 or Unix seconds, taken to whole hours around them. step: empty, or a span. False:
 * it is none of these, has no length, or more than ALLOCATION_MOST_STEPS steps. */
MUST_CHECK bool allocation_window_parse(struct text window, struct text step, int64_t now_ms,
                                        struct allocation_window *out_window);
