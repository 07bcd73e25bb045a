/* Who is told of budgets: it goes into the ledger's book, and nowhere else. */
#include "operator/reconcile/budget_alerts.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "operator/reconcile/budgets.h"
#include "operator/reconcile/plan_book.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(budget_alerts, .init = given_fresh_arena, .fini = end_arena);

static const char *const with_budgets =
    "apiVersion: weir.dev/v1alpha1\n"
    "kind: Workspace\n"
    "metadata: { name: demo }\n"
    "spec:\n"
    "  owner: { team: retail-platform }\n"
    "  budget: { amount: \"12.50\", alerts: [50], webhooks: [ { url: \"https://hooks.example.com/\" } ] }\n"
    "  environments:\n"
    "    - { name: dev, tier: Development }\n"
    "    - { name: prod, tier: Production, budget: { tokens: 700, period: Day, onExceeded: Alert } }\n";

/* A webhook's URL may be a secret, and who is told is no change to a gateway. */
Test(budget_alerts, who_is_told_is_in_the_book_and_not_in_gateways_configs)
{
    struct reconcile_view view = given_view(given_all(
        with_budgets,
        given_policy(
            "weir-system", "org",
            "  constraints:\n    budgets:\n      - { scope: Caller, amount: \"1\", alerts: [80, 100] }"),
        ""));
    struct plan *plan = reconcile(test_arena, &view);
    const struct plan_shares shares = plan_shares_of(test_arena, plan);
    const struct gateway_budget_list *book = &plan_book(test_arena, &shares, NULL)->budgets;
    const struct gateway_budget *shared = budgets_find(book, TEXT("workspace/demo/Workspace/Month/USD"));
    const struct gateway_budget *caller = budgets_find(book, TEXT("weir-system/org/Caller/Month/USD"));

    cr_assert(shared->alerts.count == 1 && shared->alerts.items[0] == 50);
    cr_assert_eq(shared->webhooks.count, 1u);
    cr_assert(text_equals(shared->webhooks.items[0].url, TEXT("https://hooks.example.com/")));
    cr_assert(caller->alerts.count == 2 && caller->alerts.items[1] == 100);
    const struct gateway_budget_list *known = &given_planned(plan, "dev")->config->config.budgets;
    cr_assert_eq(known->count, 2u);
    for (size_t i = 0; i < known->count; i++)
        cr_assert(known->items[i].alerts.count == 0 && known->items[i].webhooks.count == 0);
}

Test(budget_alerts, another_threshold_or_webhook_is_another_share_whoever_is_first)
{
    int64_t percents[] = {50, 80};
    struct budget_webhook webhook = {.url = TEXT("https://a.example.com/")};
    struct gateway_budget plain = {.id = TEXT("a"), .alerts = {percents, 1}}, more = plain, told = plain;
    struct gateway_budget_list one = {&plain, 1}, two = {&more, 1}, three = {&told, 1};
    more.alerts.count = 2;
    told.webhooks = (struct budget_webhook_list){&webhook, 1};

    cr_assert_not(budgets_equal(&one, &two));
    cr_assert_not(budgets_equal(&one, &three));
    struct gateway_budget_list copy = budgets_copy(test_arena, &three);
    cr_assert(budgets_equal(&three, &copy));
    cr_assert_neq(copy.items[0].webhooks.items[0].url.bytes, webhook.url.bytes);
    struct gateway_budget_list met = budgets_union(test_arena, &one, &two);
    struct gateway_budget_list turned = budgets_union(test_arena, &two, &one);
    cr_assert(budgets_equal(&met, &turned) && met.items[0].alerts.count == 2);
}
