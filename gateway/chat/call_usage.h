/* What one call used, in disjoint classes, and where the numbers come from. */
#pragma once

#include <stdint.h>

#include "api/types/usage_record.h"

struct call_usage {
    enum usage_source source;
    int64_t input_tokens; /* without what came from or went into the cache */
    int64_t cache_read_tokens;
    int64_t cache_write_tokens;
    int64_t output_tokens; /* without reasoning */
    int64_t reasoning_tokens;
};

static inline int64_t
call_usage_total(const struct call_usage *usage)
{
    return usage->input_tokens + usage->cache_read_tokens + usage->cache_write_tokens + usage->output_tokens +
           usage->reasoning_tokens;
}
