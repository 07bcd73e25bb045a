/* Additive increase, multiplicative decrease. */
#include "operator/kube/kube_window.h"

#include <assert.h>

void
kube_window_init(struct kube_window *window, int most)
{
    *window = (struct kube_window){.most = most, .limit = most};
}

bool
kube_window_take(struct kube_window *window)
{
    if (window->in_flight >= window->limit)
        return false;
    window->in_flight++;
    return true;
}

void
kube_window_return(struct kube_window *window, bool is_too_many)
{
    assert(window->in_flight > 0);
    window->in_flight--;
    if (window->stale > 0) {
        window->stale--;
        return;
    }
    if (is_too_many) {
        window->limit = window->limit > 1 ? window->limit / 2 : 1;
        window->stale = window->in_flight;
        window->successes = 0;
    } else if (++window->successes >= window->limit) {
        window->successes = 0;
        window->limit += window->limit < window->most;
    }
}
