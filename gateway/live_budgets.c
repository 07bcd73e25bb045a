/* Zones are read from the machine's files, each once. */
#include "gateway/live_budgets.h"

#include "api/types/gateway_config.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"

static void join_paces(struct live_budgets *budgets);
static void put_in_order(struct arena *arena, struct live_budgets *budgets);
static struct live_budget *find(const struct live_budgets *budgets, struct text id);
static const struct time_zone *zone_before(const struct live_budgets *budgets, struct text name);

bool
live_budgets_index(struct arena *arena, const struct gateway_config *config, struct live_budgets *out_budgets,
                   struct error *err)
{
    struct live_budgets budgets = {
        .items = arena_alloc_array(arena, config->budgets.count, sizeof(*budgets.items))};
    for (size_t i = 0; i < config->budgets.count; i++) {
        const struct gateway_budget *budget = &config->budgets.items[i];
        const struct time_zone *zone = zone_before(&budgets, budget->time_zone);
        struct error why;
        if (!zone && !time_zone_load(arena, budget->time_zone, &zone, &why))
            return error_set(err, ERROR_INVALID, "budget %.*s: time zone %.*s: %s", TEXT_ARG(budget->id),
                             TEXT_ARG(budget->time_zone), why.message);
        budgets.has_users = budgets.has_users || budget->scope == POLICY_SCOPE_USER;
        budgets.items[budgets.count++] = (struct live_budget){.budget = budget, .zone = zone};
    }
    join_paces(&budgets);
    put_in_order(arena, &budgets);
    *out_budgets = budgets;
    return true;
}

const struct budget_window *
live_budget_window(struct live_budget *budget, int64_t unix_ms)
{
    struct budget_window *window = &budget->window;
    if (unix_ms < window->start_unix_ms || unix_ms >= window->end_unix_ms) {
        *window = budget_window_at(budget->budget->period, budget->zone, unix_ms);
        budget->window_id = text_of(window->id);
    }
    return window;
}

bool
live_budget_is_held(const struct live_budget *budget)
{
    return budget->budget->on_exceeded != OVER_BUDGET_ALERT &&
           budget->budget->from.mode == POLICY_MODE_ENFORCE;
}

static void
join_paces(struct live_budgets *budgets)
{
    for (size_t i = 0; i < budgets->count; i++) {
        struct live_budget *pace = &budgets->items[i];
        struct live_budget *paced = find(budgets, budget_paced_id(pace->budget));
        if (!paced)
            continue;
        pace->paced = paced;
        if (paced->budget->on_exceeded == OVER_BUDGET_THROTTLE)
            paced->pace = pace;
    }
}

/* A pace is only for calls that hold of what it paces. */
static void
put_in_order(struct arena *arena, struct live_budgets *budgets)
{
    budgets->asked = arena_alloc_array(arena, budgets->count, sizeof(struct live_budget *));
    for (int round = 0; round < 2; round++) {
        bool is_held = round == 0;
        for (size_t i = 0; i < budgets->count; i++) {
            struct live_budget *of = &budgets->items[i];
            bool is_idle = of->paced && (!is_held || of->paced->pace != of);
            if (live_budget_is_held(of) == is_held && !is_idle)
                budgets->asked[budgets->asked_count++] = of;
        }
        if (is_held)
            budgets->held_count = budgets->asked_count;
    }
}

static struct live_budget *
find(const struct live_budgets *budgets, struct text id)
{
    for (size_t i = 0; i < budgets->count; i++)
        if (text_equals(budgets->items[i].budget->id, id))
            return &budgets->items[i];
    return NULL;
}

static const struct time_zone *
zone_before(const struct live_budgets *budgets, struct text name)
{
    for (size_t i = 0; i < budgets->count; i++)
        if (text_equals(budgets->items[i].budget->time_zone, name))
            return budgets->items[i].zone;
    return NULL;
}
