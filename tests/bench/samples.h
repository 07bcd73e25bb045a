/* Latencies in microseconds, kept one by one so that percentiles are exact. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct samples {
    uint32_t *items;
    size_t count, capacity;
};

void samples_add(struct samples *samples, int64_t us);
/* Sorts; part is 0.5 for the median. 0 when there are none. */
uint32_t samples_percentile(struct samples *samples, double part);
