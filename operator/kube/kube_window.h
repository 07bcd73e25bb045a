/* How many requests may be in flight: halves after a 429, at most once for those that were in flight then,
 * grows by one for each window's worth of successes. Pure. */
#pragma once

#include <stdbool.h>

struct kube_window {
    int most, limit, in_flight, successes;
    int stale; /* answers still to come that were sent before the last halving */
};

void kube_window_init(struct kube_window *window, int most);
bool kube_window_take(struct kube_window *window); /* false: full */
void kube_window_return(struct kube_window *window, bool is_too_many);
