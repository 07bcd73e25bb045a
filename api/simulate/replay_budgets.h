/* Budgets as they would be: accounts that fill, in the order of calls, by what these cost under the changed
 * prices. An account is the same for all environments that have its budget. */
#pragma once

#include "api/simulate/replay_rules.h"

struct error;
struct replay_budget_set;
struct replay_budgets;

struct replay_spend {
    const struct usage_record *record;
    int64_t tokens;
    int64_t cost_nano;
    bool is_priced;  /* false: it used what has no price */
    bool is_unknown; /* it was refused then: what it would have used nobody knows */
};

struct replay_budgets *replay_budgets_new(struct arena *arena);
/* One environment's, referring to the config. False when a time zone is not on this machine. */
MUST_CHECK bool replay_budgets_add(struct replay_budgets *budgets, const struct gateway_config *config,
                                   struct replay_budget_set **out_set, struct error *err);
/* The earliest start of a window around the instant: where spending has to be added up from. */
int64_t replay_budgets_first_ms(const struct replay_budget_set *set, int64_t unix_ms);
/* Charges every budget in force that is about the call, or none and says which has not enough left, and no
 * pace that is left then: a call that was refused needs something to be left, what has no price fits in no
 * budget of money. */
struct replay_refusal replay_budgets_take(struct replay_budgets *budgets, const struct replay_budget_set *set,
                                          const struct replay_spend *spend);
