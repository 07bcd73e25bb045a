/* Whether a gateway may be lent from an account at all: a gateway can ask, never declare. Pure. */
#pragma once

#include "api/server/ledger/usage_batch.h"
#include "api/types/budget_window.h"
#include "api/types/gateway_budget.h"
#include "api/types/shared_limit.h"

struct time_zone;

/* Gateways take a call's window by their own clocks. Near the end of one theirs may be in it still, or in the
 * next already, and a call that began before midnight asks after it. So much is believed; a clock that is
 * further off is wrong, and must not spend from windows that are long over or far ahead. Whatever window it
 * is, it has an account of its own and no more than its amount. */
#define LEND_CLOCK_SKEW_MS INT64_C(120000)

/* Who owns accounts of a budget per run, user or tag is for clients to say, so there are at most so many in a
 * window, or a few more when several ledgers lend at once. */
#define LEND_MAX_CLAIMED_OWNERS 10000

struct lend_claim {
    struct usage_origin origin; /* who asks */
    struct text owner, window;
    int64_t now_ms;
    int64_t others; /* owners that have an account in this window, where this one has none; else 0 */
};

/* zone: of the budget. ERROR_DENIED: the owner is nothing to this environment; ERROR_INVALID: not a window
 * around now, or a budget that is only counted; ERROR_UNAVAILABLE: more owners than there may be. */
MUST_CHECK bool lend_check(const struct gateway_budget *budget, const struct time_zone *zone,
                           const struct lend_claim *claim, struct error *err);
/* The same of a limit, whose windows are minutes of UTC, or none for calls at once. */
MUST_CHECK bool
lend_check_limit(const struct shared_limit *limit, const struct lend_claim *claim, struct error *err);
