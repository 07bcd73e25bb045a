/* What the runtime counts, under the names that dashboards of operators expect. */
#pragma once

#include "lib/base/metrics.h"

struct runtime_metrics {
    struct metric_family *passes;                /* weir_reconcile_total{kind,result} */
    struct metric *pass_seconds;                 /* weir_reconcile_seconds */
    struct metric *depth, *latency_ms, *retries; /* workqueue_* */
    struct metric *leader;                       /* 1: this replica leads */
    struct metric *stale_skips;                  /* passes put off until the cache shows our own writes */
    struct metric_family *writes;                /* weir_writes_total{verb,result} */
    struct metric *hot_loops;
    struct metric *config_lag;             /* gateway_config_lag_seconds */
    struct metric *nacks;                  /* gateway_config_nacks_total */
    struct metric_family *objects, *bytes; /* cache_objects, cache_bytes{resource} */
    struct metric_family *troubled;        /* weir_api_server_troubled{what} */
    struct metric *warnings;
};

void runtime_metrics_init(struct runtime_metrics *measured, struct metrics *metrics);
void runtime_metrics_count(struct metric_family *family, const char *first, const char *second);
