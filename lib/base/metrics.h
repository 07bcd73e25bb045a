/* Counters, gauges and histograms in Prometheus' text format 0.0.4, with bounded label sets. */
#pragma once

#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/text.h"

struct metrics;       /* a registry */
struct metric_family; /* one name, its help, its label names */
struct metric;        /* one series */

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_description {
    const char *name; /* with its unit: weir_request_duration_seconds */
    const char *help;
    enum metric_kind kind;
    const char *const *labels; /* NULL-terminated; NULL for none; at most 8 */
    const double *bounds;      /* histograms: ascending upper bounds */
    size_t bound_count;
    size_t max_series; /* beyond it every new label set counts as "other"; 0 means 1,000 */
};

struct metrics *metrics_new(struct arena *arena);
/* The description must outlive the registry. */
struct metric_family *metrics_add(struct metrics *metrics, const struct metric_description *description);
/* The series with these label values (as many as the family has labels); made at first use. A value over 256
 * bytes or not UTF-8 counts as "other". A family without labels is printed as 0 before it is first used. */
struct metric *metric_with(struct metric_family *family, const struct text *values);
void metric_increase(struct metric *metric, int64_t by);  /* counters (by >= 0) and gauges */
void metric_set(struct metric *metric, int64_t value);    /* gauges */
void metric_observe(struct metric *metric, double value); /* histograms; not NaN */
/* Every family with HELP and TYPE, in the order they were added. */
void metrics_print(const struct metrics *metrics, struct buffer *out);
