/* Plans: what runs, what is held, and that holding is not an empty plan. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "operator/reconcile/plan.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(plan, .init = given_fresh_arena, .fini = end_arena);

static struct plan *
plan_with_broken(struct reconcile_view *view, enum kind_id kind, const char *namespace, const char *name)
{
    struct broken_object *broken = arena_alloc(test_arena, sizeof(*broken));
    *broken = (struct broken_object){.kind = kind_get(kind),
                                     .namespace = text_of(namespace),
                                     .name = text_of(name),
                                     .problem = TEXT("prod.yaml:3:1: error: unknown field")};
    view->broken = (struct broken_object_list){broken, 1};
    return reconcile(test_arena, view);
}

static bool
is_held(const struct plan *plan, const char *environment)
{
    return hold_is_set(&given_planned(plan, environment)->hold);
}

Test(plan, gives_every_environment_a_config)
{
    struct reconcile_view view = given_view(given_workspace);

    struct plan *plan = reconcile(test_arena, &view);

    cr_assert_eq(plan->environment_count, 2);
    cr_assert_not(hold_is_set(&plan->hold));
    cr_assert(text_equals(given_planned(plan, "dev")->namespace, TEXT("demo-dev")));
    cr_assert_not(is_held(plan, "dev"));
}

Test(plan, a_broken_policy_holds_its_environment_and_no_other)
{
    struct reconcile_view view = given_view(given_workspace);

    struct plan *plan = plan_with_broken(&view, KIND_MODEL_POLICY, "demo-prod", "hardening");

    cr_assert(is_held(plan, "prod"));
    cr_assert(has_text(given_planned(plan, "prod")->hold.message, "prod.yaml:3:1"));
    cr_assert_not(is_held(plan, "dev"));
    cr_assert_not(hold_is_set(&plan->hold), "all workspaces are known, so what is not wanted may go");
}

Test(plan, a_broken_organisation_policy_holds_every_environment)
{
    struct reconcile_view view = given_view(given_workspace);

    struct plan *plan = plan_with_broken(&view, KIND_MODEL_POLICY, "weir-system", "org");

    cr_assert(is_held(plan, "dev"));
    cr_assert(is_held(plan, "prod"));
}

Test(plan, a_broken_workspace_lets_nothing_be_drained)
{
    struct reconcile_view view = {0};

    struct plan *plan = plan_with_broken(&view, KIND_WORKSPACE, "", "demo");

    cr_assert_eq(plan->environment_count, 0);
    cr_assert(hold_is_set(&plan->hold), "an empty plan would drain every gateway");
}

Test(plan, an_empty_folder_is_an_empty_plan_and_not_a_hold)
{
    struct reconcile_view view = {0};

    struct plan *plan = reconcile(test_arena, &view);

    cr_assert_eq(plan->environment_count, 0);
    cr_assert_not(hold_is_set(&plan->hold));
}

Test(plan, what_is_not_known_of_a_broken_file_is_taken_for_the_worst)
{
    struct reconcile_view view = given_view(given_workspace);
    struct broken_object broken = {.problem = TEXT("x.yaml:1:1: error: did not find expected node")};
    view.broken = (struct broken_object_list){&broken, 1};

    struct plan *plan = reconcile(test_arena, &view);

    cr_assert(hold_is_set(&plan->hold));
    cr_assert(is_held(plan, "dev"));
    cr_assert(is_held(plan, "prod"));
}

Test(plan, a_broken_deployment_holds_no_gateway)
{
    struct reconcile_view view = given_view(given_workspace);

    struct plan *plan = plan_with_broken(&view, KIND_DEPLOYMENT, "demo-prod", "llama");

    cr_assert_not(is_held(plan, "prod"));
}

Test(plan, a_route_to_a_provider_nobody_defines_holds_its_environment)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace,
        given_policy(
            "demo-prod", "own",
            "  defaults:\n    routes:\n      - { model: chat, targets: [ { provider: opnai, model: x } ] }"),
        ""));

    struct plan *plan = reconcile(test_arena, &view);

    const struct hold *hold = &given_planned(plan, "prod")->hold;
    cr_assert(text_equals(hold->reason, TEXT("ProviderUnknown")));
    cr_assert(text_equals(hold->policy, TEXT("demo-prod/own")));
    cr_assert(has_text(hold->message, "opnai"));
    cr_assert(has_text(hold->message, "there are openai, echo"));
    cr_assert_not(is_held(plan, "dev"));
}

Test(plan, two_environments_in_one_namespace_are_both_held)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace,
        "---\napiVersion: weir.dev/v1alpha1\nkind: Workspace\nmetadata: { name: other }\nspec:\n"
        "  owner: { team: x }\n  environments: [ { name: main, tier: Development, namespace: demo-dev } ]\n",
        ""));

    struct plan *plan = reconcile(test_arena, &view);

    cr_assert(text_equals(given_planned(plan, "dev")->hold.reason, TEXT("NamespaceConflict")));
    cr_assert(hold_is_set(&plan_find_environment(plan, TEXT("other"), TEXT("main"))->hold));
    cr_assert_not(is_held(plan, "prod"));
}

Test(plan, policies_that_together_are_more_than_a_gateway_takes_are_held_and_not_sent)
{
    const char *all = given_workspace;
    for (int i = 0; i < 257; i++) {
        const char *name = text_c_string(test_arena, text_format(test_arena, "p%d", i));
        all = given_all(
            all, given_policy("demo-prod", name, "  constraints: { models: { deny: [ { name: x } ] } }"), "");
    }
    struct reconcile_view view = given_view(all);

    struct plan *plan = reconcile(test_arena, &view);

    cr_assert(text_equals(given_planned(plan, "prod")->hold.reason, TEXT("ConfigTooLarge")));
    cr_assert(has_text(given_planned(plan, "prod")->hold.message, "deny"));
    cr_assert_not(is_held(plan, "dev"));
}
