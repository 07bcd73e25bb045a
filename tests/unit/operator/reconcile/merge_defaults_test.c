/* Defaults: who decides, and what nobody may redefine. */
#include <criterion/criterion.h>

#include "operator/reconcile/effective_policy.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(merge_defaults, .init = given_fresh_arena, .fini = end_arena);

static struct merged_defaults
defaults_of_prod(const char *first, const char *second)
{
    struct object_list objects = given_objects(given_all(given_workspace, first, second));
    const struct workspace *workspace = objects.items[0].workspace;
    return effective_policy_for(test_arena, &objects, workspace,
                                workspace_find_environment(workspace, TEXT("prod")))
        ->defaults;
}

Test(merge_defaults, the_most_specific_level_decides_a_route_whole)
{
    struct merged_defaults defaults = defaults_of_prod(
        given_policy("weir-system", "org",
                     "  defaults:\n    routes:\n      - { model: chat, strategy: Priority, targets: [ { "
                     "provider: echo, model: a } ] }"),
        given_policy(
            "demo-prod", "own",
            "  defaults:\n    routes:\n      - { model: chat, targets: [ { provider: echo, model: b } ] }"));

    const struct merged_route *chat = defaults_find_route(&defaults, TEXT("chat"));

    cr_assert(text_equals(chat->applied->title, TEXT("demo-prod/own")));
    cr_assert(text_equals(chat->route->targets.items[0].model, TEXT("b")));
    cr_assert_eq(chat->route->strategy, POLICY_STRATEGY_WEIGHTED, "nothing of the broader route is mixed in");
}

Test(merge_defaults, the_broadest_definition_of_a_provider_holds)
{
    struct merged_defaults defaults =
        defaults_of_prod(given_policy("weir-system", "org",
                                      "  defaults:\n    providers:\n      - { name: lab, type: OpenAI, "
                                      "baseUrl: \"https://lab.example.com/v1\" }"),
                         given_policy("demo-prod", "own",
                                      "  defaults:\n    providers:\n      - { name: lab, type: OpenAI, "
                                      "baseUrl: \"https://elsewhere.example.com/v1\" }"));

    const struct merged_provider *lab = defaults_find_provider(&defaults, TEXT("lab"));

    cr_assert(text_equals(lab->provider->base_url, TEXT("https://lab.example.com/v1")));
    cr_assert_eq(defaults.refused_provider_count, 1);
    cr_assert(text_equals(defaults.refused_providers[0].applied->title, TEXT("demo-prod/own")));
}

Test(merge_defaults, each_deadline_is_inherited_on_its_own)
{
    struct merged_defaults defaults = defaults_of_prod(
        given_policy("weir-system", "org", "  defaults: { deadlines: { connect: 1s, gap: 2s } }"),
        given_policy("demo-prod", "own", "  defaults: { deadlines: { gap: 3s } }"));

    cr_assert_eq(defaults.connect_ms.amount, 1000);
    cr_assert_eq(defaults.gap_ms.amount, 3000);
    cr_assert(text_equals(defaults.gap_ms.from.policy, TEXT("demo-prod/own")));
    cr_assert_eq(defaults.total_ms.amount, FIELD_UNSET);
}

Test(merge_defaults, a_level_that_does_not_say_inherits_what_happens_when_the_client_leaves)
{
    struct merged_defaults defaults =
        defaults_of_prod(given_policy("weir-system", "org", "  defaults: { clientGone: Drain }"),
                         given_policy("demo-prod", "own", "  defaults: { deadlines: { gap: 3s } }"));

    cr_assert_eq(defaults.client_gone.amount, CLIENT_GONE_DRAIN);
}

Test(merge_defaults, a_shadow_policy_decides_nothing)
{
    struct merged_defaults defaults = defaults_of_prod(
        given_policy("demo-prod", "trial", "  mode: Shadow\n  defaults: { deadlines: { gap: 3s } }"), "");

    cr_assert_eq(defaults.gap_ms.amount, FIELD_UNSET);
}

Test(merge_defaults, the_echo_model_is_there_without_any_policy_and_gives_way_to_one)
{
    struct merged_defaults none = defaults_of_prod("", "");
    struct merged_defaults own =
        defaults_of_prod(given_policy("demo-prod", "own",
                                      "  defaults:\n    routes:\n      - { model: echo, targets: [ { "
                                      "provider: echo, model: mine } ] }"),
                         "");

    cr_assert_null(defaults_find_route(&none, TEXT("echo"))->applied);
    cr_assert(text_equals(defaults_find_route(&own, TEXT("echo"))->applied->title, TEXT("demo-prod/own")));
}

static const struct model_price *
price_in(const struct merged_defaults *defaults, const char *model)
{
    return defaults_find_price(defaults, TEXT("lab"), text_of(model));
}

Test(merge_defaults, an_environment_prices_what_the_organisation_does_not_and_nothing_else)
{
    struct merged_defaults defaults = defaults_of_prod(
        given_policy("weir-system", "org",
                     "  defaults:\n    prices:\n"
                     "      - { provider: lab, model: a, usdPerMillion: { input: '1', cacheRead: '0.1' } }\n"
                     "      - { provider: lab, model: b, usdPerMillion: { input: '2' } }"),
        given_policy("demo-prod", "own",
                     "  defaults:\n    prices:\n"
                     "      - { provider: lab, model: a, free: true }\n"
                     "      - { provider: lab, model: c, usdPerMillion: { input: '3' } }"));

    const struct model_price *a = price_in(&defaults, "a"), *c = price_in(&defaults, "c");

    cr_assert_eq(a->nano_per_million.input, 1000000000, "or its budgets would be worth nothing");
    cr_assert(text_equals(defaults_price_applied(&defaults, a)->title, TEXT("weir-system/org")));
    cr_assert_eq(price_in(&defaults, "b")->nano_per_million.input, 2000000000);
    cr_assert_eq(c->nano_per_million.input, 3000000000);
    cr_assert(text_equals(defaults_price_applied(&defaults, c)->title, TEXT("demo-prod/own")));
    cr_assert_null(price_in(&defaults, "d"));
}

Test(merge_defaults, the_organisations_pattern_goes_before_an_environments_exact_name)
{
    struct merged_defaults defaults = defaults_of_prod(
        given_policy(
            "weir-system", "org",
            "  defaults: { prices: [ { provider: lab, model: '*', usdPerMillion: { input: '1' } } ] }"),
        given_policy(
            "demo-prod", "own",
            "  defaults: { prices: [ { provider: lab, model: a, usdPerMillion: { input: '9' } } ] }"));

    cr_assert_eq(price_in(&defaults, "a")->nano_per_million.input, 1000000000);
}

Test(merge_defaults, of_the_organisations_prices_a_workspaces_own_goes_first)
{
    struct merged_defaults defaults = defaults_of_prod(
        given_policy("weir-system", "org",
                     "  defaults: { prices: [ { provider: lab, model: a, usdPerMillion: { input: '1', "
                     "cacheRead: '0.1' } } ] }"),
        given_policy(
            "weir-system", "bargain",
            "  target: { workspaces: { names: [demo] } }\n"
            "  defaults: { prices: [ { provider: lab, model: a, usdPerMillion: { input: '0.5' } } ] }"));

    cr_assert_eq(price_in(&defaults, "a")->nano_per_million.input, 500000000);
    cr_assert_eq(price_in(&defaults, "a")->nano_per_million.cache_read, FIELD_UNSET, "nothing is mixed in");
}

Test(merge_defaults, a_shadow_policy_decides_no_price)
{
    struct merged_defaults defaults = defaults_of_prod(
        given_policy(
            "weir-system", "org",
            "  defaults: { prices: [ { provider: lab, model: a, usdPerMillion: { input: '1' } } ] }"),
        given_policy("demo-prod", "trial",
                     "  mode: Shadow\n  defaults: { prices: [ { provider: lab, model: a, free: true } ] }"));

    cr_assert_eq(price_in(&defaults, "a")->nano_per_million.input, 1000000000);
}
