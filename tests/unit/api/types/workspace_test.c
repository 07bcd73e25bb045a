/* The questions that everybody asks of a workspace. */
#include <criterion/criterion.h>

#include "api/types/model_policy.h"
#include "api/types/workspace.h"
#include "tests/unit/api/types/given.h"

TestSuite(workspace, .init = given_fresh_arena, .fini = end_arena);

static const struct workspace *
given_workspace(void)
{
    return given_object("apiVersion: weir.dev/v1alpha1\n"
                        "kind: Workspace\n"
                        "metadata: {name: retail-ai, labels: {stage: pilot}}\n"
                        "spec:\n"
                        "  owner: {team: retail}\n"
                        "  callers:\n"
                        "    - {name: ada, environments: [dev]}\n"
                        "    - {name: bob}\n"
                        "  environments:\n"
                        "    - {name: dev, tier: Development}\n"
                        "    - {name: prod, tier: Production, namespace: shop-live}\n")
        .workspace;
}

Test(workspace, names_the_namespace_of_an_environment_after_both)
{
    const struct workspace *workspace = given_workspace();

    struct text dev =
        workspace_environment_namespace(test_arena, workspace, &workspace->spec.environments.items[0]);
    struct text prod =
        workspace_environment_namespace(test_arena, workspace, &workspace->spec.environments.items[1]);

    cr_assert(text_equals(dev, TEXT("retail-ai-dev")));
    cr_assert(text_equals(prod, TEXT("shop-live")));
}

Test(workspace, finds_the_environment_that_owns_a_namespace)
{
    const struct workspace *workspace = given_workspace();

    const struct workspace_environment *dev =
        workspace_find_environment_by_namespace(workspace, TEXT("retail-ai-dev"));
    const struct workspace_environment *prod =
        workspace_find_environment_by_namespace(workspace, TEXT("shop-live"));

    cr_assert_eq(dev, workspace_find_environment(workspace, TEXT("dev")));
    cr_assert_eq(prod, workspace_find_environment(workspace, TEXT("prod")));
    cr_assert_null(workspace_find_environment_by_namespace(workspace, TEXT("retail-ai-prod")));
    cr_assert_null(workspace_find_environment_by_namespace(workspace, TEXT("retail-ai")));
    cr_assert_null(workspace_find_environment_by_namespace(workspace, (struct text){0}));
    cr_assert_null(workspace_find_environment(workspace, TEXT("staging")));
}

Test(workspace, lets_a_caller_call_where_it_says_and_everywhere_if_it_does_not)
{
    const struct workspace_caller *callers = given_workspace()->spec.callers.items;

    cr_assert(workspace_caller_may_call_in(&callers[0], TEXT("dev")));
    cr_assert_not(workspace_caller_may_call_in(&callers[0], TEXT("prod")));
    cr_assert(workspace_caller_may_call_in(&callers[1], TEXT("prod")));
}

static bool
selects(const char *target, const char *environment)
{
    const struct workspace *workspace = given_workspace();
    struct policy_target decoded;
    bool is_valid = schema_decode(test_arena, &policy_target_schema, given_document(target), (struct text){0},
                                  &decoded, &test_problems);
    cr_assert(is_valid);
    return policy_target_selects(&decoded, workspace,
                                 workspace_find_environment(workspace, text_of(environment)));
}

Test(workspace, is_selected_by_a_policy_that_targets_nobody_in_particular)
{
    cr_assert(selects("{}", "dev"));
}

Test(workspace, is_selected_by_its_name_only)
{
    cr_assert(selects("workspaces: {names: [other, retail-ai]}", "dev"));
    cr_assert_not(selects("workspaces: {names: [other]}", "dev"));
}

Test(workspace, is_selected_by_all_labels_together)
{
    cr_assert(selects("workspaces: {selector: {matchLabels: {stage: pilot}}}", "dev"));
    cr_assert_not(selects("workspaces: {selector: {matchLabels: {stage: live}}}", "dev"));
    cr_assert_not(selects("workspaces: {selector: {matchLabels: {stage: pilot, unit: x}}}", "dev"));
    cr_assert_not(selects("workspaces: {selector: {matchLabels: {other: ''}}}", "dev"));
}

Test(workspace, has_its_environments_selected_by_name_and_by_tier)
{
    cr_assert(selects("environments: {tiers: [Production]}", "prod"));
    cr_assert_not(selects("environments: {tiers: [Production]}", "dev"));
    cr_assert(selects("environments: {names: [dev]}", "dev"));
    cr_assert_not(selects("environments: {names: [dev]}", "prod"));
    cr_assert_not(selects("{workspaces: {names: [other]}, environments: {names: [dev]}}", "dev"));
}

Test(workspace, makes_a_policy_narrower_than_the_organisation_when_it_is_targeted)
{
    struct policy_target everyone = {0};
    struct policy_target one = {.workspaces.names.count = 1};
    struct policy_target labelled = {.workspaces.selector.match_labels.count = 1};

    cr_assert_not(policy_target_narrows_workspaces(&everyone));
    cr_assert(policy_target_narrows_workspaces(&one));
    cr_assert(policy_target_narrows_workspaces(&labelled));
}

TestSuite(model_policy, .init = given_fresh_arena, .fini = end_arena);

#define POLICY_WITH_DEFAULTS(WRITTEN)                                                                        \
    "apiVersion: weir.dev/v1alpha1\nkind: ModelPolicy\nmetadata: {name: a, namespace: demo-dev}\n"           \
    "spec: {defaults: {" WRITTEN "}}\n"

Test(model_policy, tells_silence_about_leaving_clients_from_the_first_word)
{
    const struct model_policy *a = given_object(POLICY_WITH_DEFAULTS("")).model_policy;
    const struct model_policy *b = given_object(POLICY_WITH_DEFAULTS("clientGone: Cancel")).model_policy;

    cr_assert_not(policy_defaults_says_client_gone(&a->spec.defaults));
    cr_assert(policy_defaults_says_client_gone(&b->spec.defaults));
}

Test(model_policy, knows_the_providers_that_need_no_definition)
{
    cr_assert(provider_is_built_in(TEXT("echo")));
    cr_assert(provider_is_built_in(TEXT("openai")));
    cr_assert_not(provider_is_built_in(TEXT("openai-2")));
}
