/* One function a strategy; each is a single walk over at most 16 targets. */
#include "gateway/decide/balance.h"

#include <assert.h>

static size_t choose_weighted(struct balance_target *targets, size_t count);
static size_t choose_least_busy(const struct balance_target *targets, size_t count, uint64_t random);
static size_t choose_first(const struct balance_target *targets, size_t count);

size_t
balance_choose(enum route_strategy strategy, struct balance_target *targets, size_t count, uint64_t random)
{
    switch (strategy) {
    case ROUTE_STRATEGY_WEIGHTED:
        return choose_weighted(targets, count);
    case ROUTE_STRATEGY_LEAST_BUSY:
        return choose_least_busy(targets, count, random);
    case ROUTE_STRATEGY_PRIORITY:
        return choose_first(targets, count);
    }
    assert(false); /* a strategy without a rule */
    return BALANCE_NONE;
}

/* Smooth weighted round robin as nginx has it: everyone earns its weight, the richest pays the whole round.
 */
static size_t
choose_weighted(struct balance_target *targets, size_t count)
{
    size_t best = BALANCE_NONE;
    int64_t round = 0;
    for (size_t i = 0; i < count; i++) {
        if (!targets[i].is_usable || targets[i].weight <= 0)
            continue;
        round += targets[i].weight;
        targets[i].credit += targets[i].weight;
        if (best == BALANCE_NONE || targets[i].credit > targets[best].credit)
            best = i;
    }
    if (best != BALANCE_NONE)
        targets[best].credit -= round;
    return best;
}

static size_t
choose_least_busy(const struct balance_target *targets, size_t count, uint64_t random)
{
    size_t best = BALANCE_NONE;
    uint64_t ties = 0;
    for (size_t i = 0; i < count; i++) {
        if (!targets[i].is_usable)
            continue;
        if (best == BALANCE_NONE || targets[i].in_flight < targets[best].in_flight) {
            best = i;
            ties = 1;
        } else if (targets[i].in_flight == targets[best].in_flight) {
            ties++;
        }
    }
    if (best == BALANCE_NONE)
        return best;

    int64_t least = targets[best].in_flight;
    uint64_t skip = random % ties;
    while (skip > 0) {
        best++;
        if (targets[best].is_usable && targets[best].in_flight == least)
            skip--;
    }
    return best;
}

static size_t
choose_first(const struct balance_target *targets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (targets[i].is_usable)
            return i;
    return BALANCE_NONE;
}
