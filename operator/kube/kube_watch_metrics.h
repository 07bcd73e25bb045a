/* What a watch counts. Nothing when no registry was given. */
#pragma once

#include "operator/kube/kube_cache.h"
#include "operator/kube/kube_scan_event.h"
#include "operator/kube/kube_watch_decide.h"

struct metrics;

/* Once a cache; its tables' watches count under their tables' titles. NULL is fine. */
void kube_watch_metrics_add(struct kube_table *table, struct metrics *metrics);
void kube_watch_count_event(const struct kube_table *table, enum kube_line_type type);
/* reason: failures by what they were, else "closed". */
void
kube_watch_count_restart(const struct kube_table *table, const struct kube_watch_end *end, bool is_failure);
