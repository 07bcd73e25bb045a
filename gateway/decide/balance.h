/* Which target gets the next call. The state of Weighted is in the targets; no clock, no randomness of its
 * own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/types/gateway_route.h"

#define BALANCE_NONE SIZE_MAX

struct balance_target {
    int64_t weight;    /* 0: gets none under Weighted */
    int64_t in_flight; /* calls on it now, counted by the caller */
    int64_t credit;    /* private to Weighted; starts as 0 */
    bool is_usable;    /* breaker lets calls through and this call has not failed on it */
};

/* The index of the target, or BALANCE_NONE when none is usable.
 * Weighted: smooth weighted round robin, so shares are exact over each full round. LeastBusy: least
 * in_flight, ties by random. Priority: the first usable. */
size_t
balance_choose(enum route_strategy strategy, struct balance_target *targets, size_t count, uint64_t random);
