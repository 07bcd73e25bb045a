/* Exact percentiles by sorting; fine for the few million samples of a bench run. */
#include "tests/bench/samples.h"

void
samples_add(struct samples *samples, int64_t us)
{
    if (samples->count == samples->capacity) {
        samples->capacity = samples->capacity ? samples->capacity * 2 : 1 << 16;
        samples->items = realloc(samples->items, samples->capacity * sizeof *samples->items);
    }
    samples->items[samples->count++] = us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int
compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

uint32_t
samples_percentile(struct samples *samples, double part)
{
    if (samples->count == 0)
        return 0;
    qsort(samples->items, samples->count, sizeof *samples->items, compare);
    size_t index = (size_t)((double)(samples->count - 1) * part + 0.5);
    return samples->items[index];
}
