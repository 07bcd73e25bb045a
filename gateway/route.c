/* Bookkeeping between one call and the health that all calls share. Knows no clock and sends nothing. */
#include "gateway/route.h"

#include <assert.h>

#include "gateway/decide/balance.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"

struct target_set {
    const struct live_target *items;
    size_t count;
    uint32_t failed;
    enum route_strategy strategy;
};

struct route *
route_new(struct arena *arena, const struct live_model *model)
{
    struct route *route = arena_alloc(arena, sizeof(*route));
    route->model = model;
    return route;
}

static struct target_set
set_of(const struct route *route, bool fallback)
{
    const struct live_model *model = route->model;
    if (fallback)
        return (struct target_set){model->fallback, model->fallback_count, route->fallback_failed,
                                   ROUTE_STRATEGY_PRIORITY};
    return (struct target_set){model->targets, model->target_count, route->failed, model->model->strategy};
}

static bool
is_usable(const struct target_set *set, size_t index, int64_t now_ms)
{
    const struct live_target *target = &set->items[index];
    return !(set->failed >> index & 1) && text_is_empty(target->problem) &&
           circuit_breaker_would_pass(&target->health->breaker, now_ms);
}

static const struct live_target *
choose(const struct target_set *set, int64_t now_ms, uint64_t random)
{
    if (set->count == 1)
        return is_usable(set, 0, now_ms) ? set->items : NULL;

    struct balance_target balance[ROUTE_MAX_TARGETS];
    assert(set->count <= ROUTE_MAX_TARGETS);
    for (size_t i = 0; i < set->count; i++)
        balance[i] = (struct balance_target){.weight = set->items[i].target->weight,
                                             .in_flight = set->items[i].health->in_flight,
                                             .credit = set->items[i].health->credit,
                                             .is_usable = is_usable(set, i, now_ms)};
    size_t chosen = balance_choose(set->strategy, balance, set->count, random);
    for (size_t i = 0; i < set->count; i++)
        set->items[i].health->credit = balance[i].credit;
    return chosen == BALANCE_NONE ? NULL : &set->items[chosen];
}

bool
route_take_again(struct route *route, const struct live_target *target, int64_t now_ms)
{
    assert(!route->target);
    route->permit = circuit_breaker_ask(&target->health->breaker, now_ms);
    if (route->permit == BREAKER_REFUSED)
        return false;
    target->health->in_flight++;
    route->target = target;
    return true;
}

const struct live_target *
route_take(struct route *route, int64_t now_ms, uint64_t random)
{
    struct target_set set = set_of(route, route->is_on_fallback);
    const struct live_target *target = choose(&set, now_ms, random);
    return target && route_take_again(route, target, now_ms) ? target : NULL;
}

void
route_report(struct route *route, enum breaker_result result, int64_t now_ms)
{
    struct target_health *health = route->target->health;
    assert(health->in_flight > 0);
    health->in_flight--;
    circuit_breaker_report(&health->breaker, route->permit, result, now_ms);
    route->target = NULL;
}

void
route_drop(struct route *route, const struct live_target *target)
{
    const struct live_model *model = route->model;
    if (target >= model->targets && target < model->targets + model->target_count)
        route->failed |= 1u << (target - model->targets);
    else
        route->fallback_failed |= 1u << (target - model->fallback);
}

static bool
has_other_in(const struct route *route, bool fallback, int64_t now_ms)
{
    struct target_set set = set_of(route, fallback);
    for (size_t i = 0; i < set.count; i++)
        if (&set.items[i] != route->target && is_usable(&set, i, now_ms))
            return true;
    return false;
}

bool
route_has_other(const struct route *route, bool may_fall_back, int64_t now_ms)
{
    if (has_other_in(route, route->is_on_fallback, now_ms))
        return true;
    return may_fall_back && !route->is_on_fallback && has_other_in(route, true, now_ms);
}

void
route_fall_back(struct route *route)
{
    route->is_on_fallback = true;
}

static int64_t
shortest_wait(const struct live_target *targets, size_t count, int64_t shortest, int64_t now_ms)
{
    for (size_t i = 0; i < count; i++) {
        if (!text_is_empty(targets[i].problem))
            continue;
        int64_t wait_ms = circuit_breaker_wait_ms(&targets[i].health->breaker, now_ms);
        if (shortest < 0 || wait_ms < shortest)
            shortest = wait_ms;
    }
    return shortest;
}

int64_t
route_wait_ms(const struct live_model *model, int64_t now_ms)
{
    int64_t shortest = shortest_wait(model->targets, model->target_count, -1, now_ms);
    return shortest_wait(model->fallback, model->fallback_count, shortest, now_ms);
}

struct text
route_problem(const struct live_model *model)
{
    for (size_t i = 0; i < model->target_count; i++)
        if (!text_is_empty(model->targets[i].problem))
            return model->targets[i].problem;
    for (size_t i = 0; i < model->fallback_count; i++)
        if (!text_is_empty(model->fallback[i].problem))
            return model->fallback[i].problem;
    return (struct text){0};
}
