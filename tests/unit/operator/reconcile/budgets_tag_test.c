/* Budgets of tags' values: one for each key, in gateways' configs and in the ledger's book. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "operator/reconcile/budgets.h"
#include "operator/reconcile/plan_book.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(budgets_tag, .init = given_fresh_arena, .fini = end_arena);

#define NANO 1000000000LL

Test(budgets_tag, each_key_is_one_and_is_named_in_its_id)
{
    const char *policy = given_policy(
        "demo-prod", "own",
        "  constraints:\n    budgets:\n      - { scope: Tag, tagKey: feature, amount: \"1\" }\n"
        "      - { scope: Tag, tagKey: customer, amount: \"2\" }\n      - { scope: Run, amount: \"3\" }");
    struct reconcile_view *view = arena_alloc(test_arena, sizeof(*view));
    *view = given_view(given_all(given_workspace, policy, ""));
    struct plan *plan = reconcile(test_arena, view);
    const struct gateway_budget_list *budgets = &given_planned(plan, "prod")->config->config.budgets;

    const struct gateway_budget *feature = budgets_find(budgets, TEXT("demo-prod/own/Tag:feature/Month/USD"));
    const struct gateway_budget *customer =
        budgets_find(budgets, TEXT("demo-prod/own/Tag:customer/Month/USD"));
    cr_assert_eq(feature->amount, NANO);
    cr_assert(text_equals(feature->tag_key, TEXT("feature")));
    cr_assert_eq(customer->amount, 2 * NANO);
    cr_assert_eq(budgets_find(budgets, TEXT("demo-prod/own/Run/Month/USD"))->amount, 3 * NANO);

    const struct plan_shares shares = plan_shares_of(test_arena, plan);
    const struct budget_book *book = plan_book(test_arena, &shares, NULL);
    cr_assert(text_equals(budgets_find(&book->budgets, feature->id)->tag_key, TEXT("feature")));
}
