/* What a registry looks like inside; for metrics.c and metrics_print.c only. */
#pragma once

#include "lib/base/metrics.h"

struct metric {
    struct metric_family *family;
    struct metric *next; /* in the order they appeared */
    uint64_t hash;
    struct text *values;
    int64_t value;    /* of a counter or gauge; how many observations a histogram has */
    double sum;       /* histograms */
    int64_t *buckets; /* histograms: not cumulative; the last is beyond every bound */
};

#define METRICS_RECENT_SERIES 8

struct metric_family {
    struct arena *arena;
    const struct metric_description *description;
    struct metric_family *next;
    size_t label_count;
    size_t max_series;
    size_t series_count;
    struct metric *first;
    struct metric *last;
    struct metric *recent[METRICS_RECENT_SERIES];
    struct metric **slots; /* by hash, open addressing */
    size_t slot_count;     /* a power of two, 0 at first */
};

struct metrics {
    struct arena *arena;
    struct metric_family *first;
    struct metric_family *last;
};
