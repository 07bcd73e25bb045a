/* Budgets that slow calls: the pace beside each. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "operator/reconcile/budgets.h"
#include "operator/reconcile/explain.h"
#include "operator/reconcile/plan_book.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(paces, .init = given_fresh_arena, .fini = end_arena);

static struct plan *
planned(const char *policy)
{
    struct reconcile_view *view = arena_alloc(test_arena, sizeof(*view));
    *view = given_view(given_all(given_workspace, policy, ""));
    return reconcile(test_arena, view);
}

static const struct gateway_budget *
budget_in(const struct plan *plan, const char *environment, const char *id)
{
    return budgets_find(&given_planned(plan, environment)->config->config.budgets, text_of(id));
}

static const char *
slowing(const char *more)
{
    struct text body = text_format(
        test_arena,
        "  constraints: { budgets: [ { scope: Caller, amount: \"20\", timeZone: Asia/Tokyo, %s } ] }", more);
    return given_policy("weir-system", "org", text_c_string(test_arena, body));
}

Test(paces, one_that_slows_calls_has_a_pace_of_its_own_accounts)
{
    struct plan *plan =
        planned(slowing("onExceeded: Throttle, throttledRequestsPerMinute: 10, whenUnavailable: Allow"));

    cr_assert_eq(given_planned(plan, "dev")->config->config.budgets.count, 2u);
    const struct gateway_budget *spent = budget_in(plan, "dev", "weir-system/org/Caller/Month/USD");
    const struct gateway_budget *pace = budget_in(plan, "dev", "weir-system/org/Caller/Month/USD/pace");
    cr_assert_eq(spent->on_exceeded, OVER_BUDGET_THROTTLE);
    cr_assert(text_equals(budget_paced_id(pace), spent->id));
    cr_assert(text_is_empty(budget_paced_id(spent)));
    cr_assert_eq(pace->unit, BUDGET_UNIT_REQUESTS);
    cr_assert_eq(pace->amount, 10);
    cr_assert_eq(pace->period, BUDGET_PERIOD_MINUTE);
    cr_assert_eq(pace->scope, POLICY_SCOPE_CALLER);
    cr_assert_eq(pace->on_exceeded, OVER_BUDGET_BLOCK);
    cr_assert_eq(pace->when_unavailable, WHEN_UNAVAILABLE_ALLOW);
    cr_assert(text_equals(pace->from.policy, TEXT("weir-system/org")));
    const struct plan_shares shares = plan_shares_of(test_arena, plan);
    cr_assert_eq(plan_book(test_arena, &shares, NULL)->budgets.count, 2u, "the ledger lends of both");
}

static void
expect_row(const struct explanation_row_list *rows, const char *name, const char *value)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct explanation_row *row = &rows->items[i];
        if (text_equals(row->value, text_of(name))) {
            cr_assert(text_equals(row->effective, text_of(value)), "%.*s", TEXT_ARG(row->effective));
            return;
        }
    }
    cr_assert_fail("no row %s", name);
}

Test(paces, one_call_a_minute_is_one)
{
    struct plan *plan = planned(slowing("onExceeded: Throttle, throttledRequestsPerMinute: 1"));
    const struct explanation_row_list rows = explain_rows(test_arena, given_planned(plan, "dev"));

    expect_row(&rows, "budgets[caller].Minute.throttledRequestsPerMinute",
               "1 call a minute when it is spent");
}

Test(paces, one_that_slows_calls_is_explained_with_its_pace)
{
    struct plan *plan = planned(slowing("onExceeded: Throttle, throttledRequestsPerMinute: 1200"));
    const struct explanation_row_list rows = explain_rows(test_arena, given_planned(plan, "dev"));

    expect_row(&rows, "budgets[caller].Month.amount",
               "$20.00 by the clocks of Asia/Tokyo, then calls are slowed");
    expect_row(&rows, "budgets[caller].Minute.throttledRequestsPerMinute",
               "1,200 calls a minute when it is spent");
}
