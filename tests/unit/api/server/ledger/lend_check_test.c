/* Who may be lent from which account, and when. */
#include "api/server/ledger/lend_check.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "lib/base/time_zone.h"

#define NOON_MS INT64_C(1764000000000) /* 2025-11-24T16:00:00Z */

static bool
is_lent(enum budget_period period, const char *window, int64_t now_ms, struct error *err)
{
    const struct gateway_budget budget = {
        .id = TEXT("b"), .scope = POLICY_SCOPE_CALLER, .period = period, .on_exceeded = OVER_BUDGET_BLOCK};
    const struct lend_claim claim = {
        {TEXT("journal"), TEXT("demo"), TEXT("dev")}, TEXT("demo/dev/ada"), text_of(window), now_ms, 0};
    return lend_check(&budget, time_zone_utc(), &claim, err);
}

Test(lend_check, minutes_within_two_of_now_are_lent_from)
{
    static const char *const minutes[] = {"2025-11-24T15:58:00Z", "2025-11-24T15:59:00Z",
                                          "2025-11-24T16:00:00Z", "2025-11-24T16:01:00Z",
                                          "2025-11-24T16:02:00Z"};
    for (size_t i = 0; i < COUNT_OF(minutes); i++)
        cr_assert(is_lent(BUDGET_PERIOD_MINUTE, minutes[i], NOON_MS, NULL), "%s", minutes[i]);
    cr_assert_not(is_lent(BUDGET_PERIOD_MINUTE, "2025-11-24T15:57:00Z", NOON_MS, NULL));
    cr_assert_not(is_lent(BUDGET_PERIOD_MINUTE, "2025-11-24T16:03:00Z", NOON_MS, NULL));
}

Test(lend_check, a_window_of_an_hour_ago_or_ahead_is_not_lent_from)
{
    struct error err = {0};
    cr_assert(is_lent(BUDGET_PERIOD_HOUR, "2025-11-24T16:00:00Z", NOON_MS + 1800000, NULL));
    cr_assert_not(is_lent(BUDGET_PERIOD_HOUR, "2025-11-24T15:00:00Z", NOON_MS + 1800000, &err));
    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert(strstr(err.message, "2025-11-24T16:00:00Z"), "%s", err.message);
    cr_assert_not(is_lent(BUDGET_PERIOD_HOUR, "2025-11-24T17:00:00Z", NOON_MS + 1800000, NULL));
}

Test(lend_check, the_name_of_no_window_is_refused)
{
    cr_assert_not(is_lent(BUDGET_PERIOD_MONTH, "", NOON_MS, NULL));
    cr_assert_not(is_lent(BUDGET_PERIOD_MONTH, "2025-11-24", NOON_MS, NULL));
    cr_assert_not(is_lent(BUDGET_PERIOD_MONTH, "2025-1", NOON_MS, NULL));
    cr_assert(is_lent(BUDGET_PERIOD_MONTH, "2025-11", NOON_MS, NULL));
}

static bool
is_lent_beside(enum policy_scope scope, int64_t others, struct error *err)
{
    const struct gateway_budget budget = {
        .id = TEXT("b"), .scope = scope, .period = BUDGET_PERIOD_MONTH, .on_exceeded = OVER_BUDGET_BLOCK};
    const struct lend_claim claim = {
        {TEXT("journal"), TEXT("demo"), TEXT("dev")}, TEXT("demo/dev/run"), TEXT("2025-11"), NOON_MS, others};
    return lend_check(&budget, time_zone_utc(), &claim, err);
}

Test(lend_check, of_owners_that_clients_name_there_are_so_many_and_no_more)
{
    static const enum policy_scope claimed[] = {POLICY_SCOPE_RUN, POLICY_SCOPE_USER, POLICY_SCOPE_TAG};
    for (size_t i = 0; i < COUNT_OF(claimed); i++) {
        struct error err = {0};
        cr_assert(is_lent_beside(claimed[i], LEND_MAX_CLAIMED_OWNERS - 1, NULL));
        cr_assert_not(is_lent_beside(claimed[i], LEND_MAX_CLAIMED_OWNERS, &err));
        cr_assert_eq(err.kind, ERROR_UNAVAILABLE);
        cr_assert_not_null(strstr(err.message, "has 10000 owners in this window"), "%s", err.message);
    }
    cr_assert(is_lent_beside(POLICY_SCOPE_CALLER, LEND_MAX_CLAIMED_OWNERS, NULL));
}

static bool
is_limit_lent(enum limit_scope scope, enum limit_unit unit, const char *owner, const char *window)
{
    const struct shared_limit limit = {.id = TEXT("limit:demo/dev/x/y"), .scope = scope, .unit = unit};
    const struct lend_claim claim = {
        {TEXT("journal"), TEXT("demo"), TEXT("dev")}, text_of(owner), text_of(window), NOON_MS, 0};
    return lend_check_limit(&limit, &claim, NULL);
}

Test(lend_check, a_limit_is_lent_by_the_minute_and_slots_without_a_window)
{
    enum limit_unit requests = LIMIT_UNIT_REQUESTS_PER_MINUTE, slots = LIMIT_UNIT_CONCURRENCY;
    cr_assert(is_limit_lent(LIMIT_SCOPE_ENVIRONMENT, requests, "demo/dev", "2025-11-24T16:02:00Z"));
    cr_assert_not(is_limit_lent(LIMIT_SCOPE_ENVIRONMENT, requests, "demo/dev", "2025-11-24T16:03:00Z"));
    cr_assert_not(is_limit_lent(LIMIT_SCOPE_ENVIRONMENT, requests, "demo/dev", SHARED_LIMIT_NO_WINDOW));
    cr_assert(is_limit_lent(LIMIT_SCOPE_ENVIRONMENT, slots, "demo/dev", SHARED_LIMIT_NO_WINDOW));
    cr_assert_not(is_limit_lent(LIMIT_SCOPE_ENVIRONMENT, slots, "demo/dev", "2025-11-24T16:00:00Z"));
}

Test(lend_check, a_limit_is_lent_to_its_own_environment_and_its_owners)
{
    enum limit_unit slots = LIMIT_UNIT_CONCURRENCY;
    cr_assert(is_limit_lent(LIMIT_SCOPE_CALLER, slots, "demo/dev/ada", SHARED_LIMIT_NO_WINDOW));
    cr_assert_not(is_limit_lent(LIMIT_SCOPE_CALLER, slots, "demo/dev", SHARED_LIMIT_NO_WINDOW));
    cr_assert_not(is_limit_lent(LIMIT_SCOPE_ENVIRONMENT, slots, "demo/dev/ada", SHARED_LIMIT_NO_WINDOW));
    const struct shared_limit theirs = {.id = TEXT("limit:demo/prod/x/y"), .unit = slots};
    const struct lend_claim claim = {{TEXT("journal"), TEXT("demo"), TEXT("dev")},
                                     TEXT("demo/dev"),
                                     TEXT(SHARED_LIMIT_NO_WINDOW),
                                     NOON_MS,
                                     0};
    cr_assert_not(lend_check_limit(&theirs, &claim, NULL));
}
