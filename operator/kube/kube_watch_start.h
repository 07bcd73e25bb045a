/* For tests and for kube_watch.c: a watch whose times are given. */
#pragma once

#include "operator/kube/kube_watch_flow.h"

struct kube_watch *kube_watch_start_with_times(struct arena *arena, const struct kube_watch_options *options,
                                               const struct kube_watch_times *times);
