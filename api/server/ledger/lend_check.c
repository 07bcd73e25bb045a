/* See the header. */
#include "api/server/ledger/lend_check.h"

#include "lib/base/error.h"
#include "lib/base/time_zone.h"
#include "lib/base/utf8.h"

static bool
is_about_now(enum budget_period period, const struct time_zone *zone, const struct lend_claim *claim);

bool
lend_check(const struct gateway_budget *budget, const struct time_zone *zone, const struct lend_claim *claim,
           struct error *err)
{
    const struct usage_origin *origin = &claim->origin;
    if (!budget_owner_is_of(budget->scope, claim->owner, origin->workspace, origin->environment))
        return error_set(err, ERROR_DENIED, "\"%.*s\" is no account of %.*s/%.*s in a budget per %s",
                         TEXT_ARG(utf8_at_most(claim->owner, 128)), TEXT_ARG(origin->workspace),
                         TEXT_ARG(origin->environment), policy_scope_names[budget->scope]);
    if (budget->on_exceeded == OVER_BUDGET_ALERT)
        return error_set(err, ERROR_INVALID, "budget %.*s is only counted: nothing need be lent of it",
                         TEXT_ARG(budget->id));
    if (!is_about_now(budget->period, zone, claim)) {
        struct budget_window now = budget_window_at(budget->period, zone, claim->now_ms);
        return error_set(err, ERROR_INVALID,
                         "window %.*s is not the present one, which is %s: look at this gateway's clock",
                         TEXT_ARG(claim->window), now.id);
    }
    if (policy_scope_is_claimed(budget->scope) && claim->others >= LEND_MAX_CLAIMED_OWNERS)
        return error_set(err, ERROR_UNAVAILABLE,
                         "budget %.*s has %d owners in this window already, which is the most that there may "
                         "be of scope %s: those go on, no other one before the next window",
                         TEXT_ARG(budget->id), LEND_MAX_CLAIMED_OWNERS, policy_scope_names[budget->scope]);
    return true;
}

bool
lend_check_limit(const struct shared_limit *limit, const struct lend_claim *claim, struct error *err)
{
    const struct usage_origin *origin = &claim->origin;
    enum policy_scope scope = shared_limit_owner_scope(limit->scope);
    if (!shared_limit_is_of(limit->id, origin->workspace, origin->environment) ||
        !budget_owner_is_of(scope, claim->owner, origin->workspace, origin->environment))
        return error_set(err, ERROR_DENIED, "\"%.*s\" is no account of %.*s/%.*s in %.*s",
                         TEXT_ARG(utf8_at_most(claim->owner, 128)), TEXT_ARG(origin->workspace),
                         TEXT_ARG(origin->environment), TEXT_ARG(limit->id));
    bool is_good = limit->unit == LIMIT_UNIT_CONCURRENCY
                       ? text_equals(claim->window, TEXT(SHARED_LIMIT_NO_WINDOW))
                       : is_about_now(BUDGET_PERIOD_MINUTE, time_zone_utc(), claim);
    return is_good || error_set(err, ERROR_INVALID,
                                "window %.*s of %.*s is not the present one: look at this gateway's clock",
                                TEXT_ARG(claim->window), TEXT_ARG(limit->id));
}

static bool
is_about_now(enum budget_period period, const struct time_zone *zone, const struct lend_claim *claim)
{
    int64_t last_ms = claim->now_ms + LEND_CLOCK_SKEW_MS;
    for (int64_t at_ms = claim->now_ms - LEND_CLOCK_SKEW_MS; at_ms <= last_ms;) {
        struct budget_window window = budget_window_at(period, zone, at_ms);
        if (text_equals(claim->window, text_of(window.id)))
            return true;
        at_ms = window.end_unix_ms;
    }
    return false;
}
