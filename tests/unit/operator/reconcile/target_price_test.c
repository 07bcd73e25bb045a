/* Which price a target gets, and by which version it is known. */
#include <criterion/criterion.h>

#include "operator/reconcile/effective_policy.h"
#include "operator/reconcile/target_price.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(target_price, .init = given_fresh_arena, .fini = end_arena);

/* The price and its version, as targets and the config have them; no version when there is none. */
static struct gateway_price
priced(const char *defaults, const char *provider, const char *model)
{
    const char *policy = given_policy("weir-system", "org", defaults);
    struct object_list objects = given_objects(given_all(given_workspace, policy, ""));
    const struct workspace *workspace = objects.items[0].workspace;
    const struct effective_policy *effective = effective_policy_for(
        test_arena, &objects, workspace, workspace_find_environment(workspace, TEXT("prod")));
    struct gateway_target target = {.provider = text_of(provider), .model = text_of(model)};
    struct target_prices *prices = target_prices_new(test_arena, &effective->defaults);
    target_prices_set(prices, &target);
    const struct gateway_price_list list = target_prices_list(prices);
    cr_assert_eq(list.count, text_is_empty(target.price_version) ? 0u : 1u);
    if (list.count == 0)
        return (struct gateway_price){0};
    cr_assert(text_equals(list.items[0].version, target.price_version));
    return list.items[0];
}

#define ONE_PRICE "  defaults: { prices: [ { provider: lab, model: a, usdPerMillion: { input: '1' } } ] }"

Test(target_price, is_the_policys_with_a_version_that_the_same_price_always_has)
{
    struct gateway_price target = priced(ONE_PRICE, "lab", "a");
    struct gateway_price moved = priced("  # moved\n  priority: 3\n" ONE_PRICE, "lab", "a");
    struct gateway_price dearer = priced(
        "  defaults: { prices: [ { provider: lab, model: a, usdPerMillion: { input: '1.000000001' } } ] }",
        "lab", "a");

    cr_assert_eq(target.price.nano_per_million.input, 1000000000);
    cr_assert(text_starts_with(target.version, TEXT("p-")));
    cr_assert_eq(target.version.length, strlen("p-") + 12);
    cr_assert(text_equals(target.version, moved.version));
    cr_assert_not(text_equals(target.version, dearer.version));
}

Test(target_price, is_not_there_when_nobody_said_what_it_costs)
{
    cr_assert(text_is_empty(priced(ONE_PRICE, "lab", "b").version));
}

Test(target_price, of_what_answers_without_a_server_is_nothing_unless_a_policy_says_otherwise)
{
    static const char own[] =
        "  defaults:\n    providers: [ { name: rehearsal, type: Echo } ]\n"
        "    prices: [ { provider: echo, model: dear, usdPerMillion: { input: '1' } } ]";

    cr_assert(priced(own, "echo", "echo").price.free);
    cr_assert(priced(own, "rehearsal", "any").price.free);
    cr_assert_not(priced(own, "echo", "dear").price.free);
}

Test(target_price, of_a_model_that_a_deployment_serves_is_that_of_provider_self_hosted)
{
    struct gateway_price target =
        priced("  defaults: { prices: [ { provider: self-hosted, model: 'llama-*', free: true } ] }",
               "self-hosted/llama", "llama-8b");

    cr_assert(target.price.free);
}

Test(target_price, stands_once_in_the_config_for_all_targets_that_have_it)
{
    const char *policy =
        given_policy("weir-system", "org",
                     "  defaults: { prices: [ { provider: lab, model: '*', usdPerMillion: { input: '1' } }, "
                     "{ provider: lab, model: b, usdPerMillion: { input: '2' } } ] }");
    struct object_list objects = given_objects(given_all(given_workspace, policy, ""));
    const struct workspace *workspace = objects.items[0].workspace;
    const struct effective_policy *effective = effective_policy_for(
        test_arena, &objects, workspace, workspace_find_environment(workspace, TEXT("prod")));
    struct target_prices *prices = target_prices_new(test_arena, &effective->defaults);
    static const char *const models[] = {"a", "b", "c", "a"};
    struct gateway_target targets[COUNT_OF(models)] = {0};
    for (size_t i = 0; i < COUNT_OF(models); i++) {
        targets[i] = (struct gateway_target){.provider = TEXT("lab"), .model = text_of(models[i])};
        target_prices_set(prices, &targets[i]);
    }

    const struct gateway_price_list list = target_prices_list(prices);

    cr_assert_eq(list.count, 2);
    cr_assert_lt(text_compare(list.items[0].version, list.items[1].version), 0);
    const struct map *index = gateway_prices_index(test_arena, &list);
    for (size_t i = 0; i < COUNT_OF(models); i++)
        cr_assert_eq(gateway_prices_find(index, &targets[i])->nano_per_million.input,
                     i == 1 ? 2000000000 : 1000000000);
}
