/* Descriptions, and nothing else. */
#include "operator/runtime/runtime_metrics.h"

static const char *const pass_labels[] = {"kind", "result", NULL};
static const char *const write_labels[] = {"verb", "result", NULL};
static const char *const trouble_labels[] = {"what", NULL};
static const char *const resource_labels[] = {"resource", NULL};
static const double pass_bounds[] = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5};
static const double lag_bounds[] = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

/* clang-format off */
static const struct metric_description descriptions[] = {
    {.name = "weir_reconcile_total", .help = "Passes, by what was looked at and how it ended.", .kind = METRIC_COUNTER, .labels = pass_labels},
    {.name = "weir_reconcile_seconds", .help = "From the view of a pass to its last write.", .kind = METRIC_HISTOGRAM, .bounds = pass_bounds, .bound_count = COUNT_OF(pass_bounds)},
    {.name = "workqueue_depth", .help = "Keys that wait for a pass now.", .kind = METRIC_GAUGE},
    {.name = "workqueue_oldest_milliseconds", .help = "How long the first of them has been waiting.", .kind = METRIC_GAUGE},
    {.name = "workqueue_retries_total", .help = "Passes that failed and come again.", .kind = METRIC_COUNTER},
    {.name = "leader", .help = "1 while this replica leads.", .kind = METRIC_GAUGE},
    {.name = "stale_sync_skips_total", .help = "Passes put off until the cache shows our own writes.", .kind = METRIC_COUNTER},
    {.name = "weir_writes_total", .help = "Writes to the API server, by verb and how they ended.", .kind = METRIC_COUNTER, .labels = write_labels},
    {.name = "weir_hot_loops_total", .help = "Objects left alone for a while because somebody undoes what is written.", .kind = METRIC_COUNTER},
    {.name = "gateway_config_lag_seconds", .help = "From an edit to the ack of every gateway of an environment.", .kind = METRIC_HISTOGRAM, .bounds = lag_bounds, .bound_count = COUNT_OF(lag_bounds)},
    {.name = "gateway_config_nacks_total", .help = "Configs that a gateway refused.", .kind = METRIC_COUNTER},
    {.name = "cache_objects", .help = "Objects in the cache.", .kind = METRIC_GAUGE, .labels = resource_labels},
    {.name = "cache_bytes", .help = "Memory of the cache.", .kind = METRIC_GAUGE, .labels = resource_labels},
    {.name = "weir_api_server_troubled", .help = "1 while the Lease cannot be renewed or read (lease), or rights are missing for every write (writes), for more than ten seconds.", .kind = METRIC_GAUGE, .labels = trouble_labels},
    {.name = "weir_api_server_warnings_total", .help = "Warnings of the API server, each told once.", .kind = METRIC_COUNTER},
};
/* clang-format on */

void
runtime_metrics_init(struct runtime_metrics *measured, struct metrics *metrics)
{
    struct metric_family *families[COUNT_OF(descriptions)];
    for (size_t i = 0; i < COUNT_OF(descriptions); i++)
        families[i] = metrics_add(metrics, &descriptions[i]);
    *measured = (struct runtime_metrics){
        .passes = families[0],
        .pass_seconds = metric_with(families[1], NULL),
        .depth = metric_with(families[2], NULL),
        .latency_ms = metric_with(families[3], NULL),
        .retries = metric_with(families[4], NULL),
        .leader = metric_with(families[5], NULL),
        .stale_skips = metric_with(families[6], NULL),
        .writes = families[7],
        .hot_loops = metric_with(families[8], NULL),
        .config_lag = metric_with(families[9], NULL),
        .nacks = metric_with(families[10], NULL),
        .objects = families[11],
        .bytes = families[12],
        .troubled = families[13],
        .warnings = metric_with(families[14], NULL),
    };
}

void
runtime_metrics_count(struct metric_family *family, const char *first, const char *second)
{
    const struct text values[] = {text_of(first), text_of(second)};
    metric_increase(metric_with(family, values), 1);
}
