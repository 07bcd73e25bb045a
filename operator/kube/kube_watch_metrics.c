/* watch_events_total and watch_restarts_total, by the names that dashboards of controllers know. */
#include "operator/kube/kube_watch_metrics.h"

#include "lib/base/metrics.h"
#include "operator/kube/kube_cache_private.h"

static const char *const event_labels[] = {"resource", "type", NULL};
static const struct metric_description events_total = {
    .name = "watch_events_total",
    .help = "Events of watches by resource and type.",
    .kind = METRIC_COUNTER,
    .labels = event_labels,
};

static const char *const restart_labels[] = {"resource", "reason", NULL};
static const struct metric_description restarts_total = {
    .name = "watch_restarts_total",
    .help = "Requests of watches that ended, by resource and reason.",
    .kind = METRIC_COUNTER,
    .labels = restart_labels,
};

void
kube_watch_metrics_add(struct kube_table *table, struct metrics *metrics)
{
    struct kube_cache *cache = table->cache;
    if (!metrics || cache->events_total)
        return;
    cache->events_total = metrics_add(metrics, &events_total);
    cache->restarts_total = metrics_add(metrics, &restarts_total);
}

void
kube_watch_count_event(const struct kube_table *table, enum kube_line_type type)
{
    static const struct text names[] = {
        [KUBE_LINE_ADDED] = TEXT("added"),     [KUBE_LINE_MODIFIED] = TEXT("modified"),
        [KUBE_LINE_DELETED] = TEXT("deleted"), [KUBE_LINE_BOOKMARK] = TEXT("bookmark"),
        [KUBE_LINE_ERROR] = TEXT("error"),     [KUBE_LINE_OTHER] = TEXT("other"),
    };
    if (table->cache->events_total)
        metric_increase(
            metric_with(table->cache->events_total, (const struct text[]){table->title, names[type]}), 1);
}

void
kube_watch_count_restart(const struct kube_table *table, const struct kube_watch_end *end, bool is_failure)
{
    static const struct text names[] = {
        [KUBE_END_CLOSED] = TEXT("short"),     [KUBE_END_BROKEN] = TEXT("broken"),
        [KUBE_END_ANSWERED] = TEXT("refused"), [KUBE_END_GARBLED] = TEXT("garbled"),
        [KUBE_END_BEHIND] = TEXT("behind"),
    };
    struct text reason = is_failure ? names[end->kind] : TEXT("closed");
    if (end->kind == KUBE_END_ANSWERED && end->code == 410)
        reason = TEXT("expired");
    if (table->cache->restarts_total)
        metric_increase(
            metric_with(table->cache->restarts_total, (const struct text[]){table->title, reason}), 1);
}
