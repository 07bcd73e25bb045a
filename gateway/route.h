/* The way of one call over the targets of its model: which is next, which have failed, and what each try
 * taught.
 *
 * Choosing is decide/balance, stopping is decide/circuit_breaker; this keeps the two in step with the shared
 * health. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/decide/circuit_breaker.h"

#define ROUTE_MAX_TARGETS 16

struct arena;
struct live_model;
struct live_target;

struct route {
    const struct live_model *model;
    const struct live_target *target; /* taken now; NULL between tries */
    enum breaker_permit permit;
    bool is_on_fallback;
    uint32_t failed; /* targets of this call that are not asked again, one bit each */
    uint32_t fallback_failed;
};

struct route *route_new(struct arena *arena, const struct live_model *model);
/* Takes the next target: of the targets, or, once on the fallback, of those in order. NULL when none is left.
 * Each taken target is given back with exactly one route_report. */
const struct live_target *route_take(struct route *route, int64_t now_ms, uint64_t random);
/* Takes the same target once more, if its breaker lets it. */
bool route_take_again(struct route *route, const struct live_target *target, int64_t now_ms);
void route_report(struct route *route, enum breaker_result result, int64_t now_ms);
/* The target just reported is not asked again by this call. */
void route_drop(struct route *route, const struct live_target *target);
/* Whether another target than the one taken is left; of the fallback too when may_fall_back. */
bool route_has_other(const struct route *route, bool may_fall_back, int64_t now_ms);
void route_fall_back(struct route *route);
/* The shortest wait until a target's breaker lets a call pass; -1 when no target will ever do. */
int64_t route_wait_ms(const struct live_model *model, int64_t now_ms);
/* Why nothing can be called, as far as the targets themselves say; empty when breakers are all that is in the
 * way. */
struct text route_problem(const struct live_model *model);
