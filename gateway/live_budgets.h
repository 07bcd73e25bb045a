/* The budgets of a config, each with its zone's clocks and the window that it is in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/types/budget_window.h"
#include "lib/base/compiler.h"

struct arena;
struct error;
struct gateway_budget;
struct gateway_config;
struct time_zone;

struct live_budget {
    const struct gateway_budget *budget;
    struct live_budget *pace;        /* NULL: it does not slow calls */
    const struct live_budget *paced; /* whose pace it is; NULL: it is none */
    const struct time_zone *zone;
    struct budget_window window; /* live_budget_window's last answer */
    struct text window_id;       /* of it, in its bytes */
};

struct live_budgets {
    struct live_budget *items;
    size_t count;
    struct live_budget **asked; /* what calls are charged to, those first that they hold of */
    size_t asked_count, held_count;
    bool has_users; /* one is of scope User */
};

/* ERROR_INVALID when this machine does not know a budget's zone. */
MUST_CHECK bool live_budgets_index(struct arena *arena, const struct gateway_config *config,
                                   struct live_budgets *out_budgets, struct error *err);
/* The window around the instant; good until asked again. Reckoned once for each window. */
const struct budget_window *live_budget_window(struct live_budget *budget, int64_t unix_ms);
/* Calls hold of it; one that blocks is never overshot, of one that slows what is beyond goes at its pace. Of
 * others calls are only charged: those that only tell people (Alert), or only try what they would do
 * (Shadow).
 */
bool live_budget_is_held(const struct live_budget *budget);
