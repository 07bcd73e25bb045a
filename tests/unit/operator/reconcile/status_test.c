/* Conditions: done, on the way, or waiting for a person. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "operator/reconcile/policy_summary.h"
#include "operator/reconcile/status.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(status, .init = given_fresh_arena, .fini = end_arena);

/* Both gateways run; acked says how many have the revision. */
static struct status_view
given_status(struct reconcile_view *view, int64_t acked_dev, int64_t acked_prod)
{
    struct gateway_report *reports = arena_alloc_array(test_arena, 2, sizeof(*reports));
    reports[0] = (struct gateway_report){
        .namespace = TEXT("demo-dev"), .revision = TEXT("1-aaaaaa"), .gateways = 1, .acked = acked_dev};
    reports[1] = (struct gateway_report){
        .namespace = TEXT("demo-prod"), .revision = TEXT("1-bbbbbb"), .gateways = 1, .acked = acked_prod};
    return (struct status_view){.plan = reconcile(test_arena, view), .gateways = {reports, 2}};
}

static bool
is_said(const struct condition_list *conditions, const char *type, enum condition_status status,
        const char *reason)
{
    const struct condition *condition = condition_find(conditions, text_of(type));
    return condition && condition->status == status && text_equals(condition->reason, text_of(reason));
}

static void
expect_stalled(const struct condition_list *conditions, const char *reason, const char *words)
{
    cr_assert(is_said(conditions, "Ready", CONDITION_FALSE, reason));
    cr_assert(is_said(conditions, "Stalled", CONDITION_TRUE, reason));
    cr_assert(has_text(condition_find(conditions, TEXT("Ready"))->message, words));
}

Test(status, a_workspace_is_ready_when_every_gateway_acked)
{
    struct reconcile_view view = given_view(given_workspace);
    struct status_view seen = given_status(&view, 1, 1);

    struct workspace_status status =
        status_of_workspace(test_arena, &seen, view.objects.items[0].workspace, 7);

    cr_assert(is_said(&status.conditions, "Ready", CONDITION_TRUE, "AllEnvironmentsReady"));
    cr_assert_null(condition_find(&status.conditions, TEXT("Reconciling")));
    cr_assert_null(condition_find(&status.conditions, TEXT("Stalled")));
    cr_assert(text_equals(status.environments_ready, TEXT("2/2")));
    cr_assert_eq(status.conditions.items[0].observed_generation, 7);
}

Test(status, while_a_gateway_has_not_acked_ready_is_unknown_and_reconciling)
{
    struct reconcile_view view = given_view(given_workspace);
    struct status_view seen = given_status(&view, 1, 0);

    struct workspace_status status =
        status_of_workspace(test_arena, &seen, view.objects.items[0].workspace, 1);

    cr_assert(is_said(&status.conditions, "Ready", CONDITION_UNKNOWN, "GatewayStarting"));
    cr_assert(is_said(&status.conditions, "Reconciling", CONDITION_TRUE, "GatewayStarting"));
    cr_assert(text_equals(status.environments_ready, TEXT("1/2")));
}

Test(status, a_nack_needs_a_person)
{
    struct reconcile_view view = given_view(given_workspace);
    struct status_view seen = given_status(&view, 1, 0);
    seen.gateways.items[1].nack_reason = TEXT("version 9 is not known");

    struct workspace_status status =
        status_of_workspace(test_arena, &seen, view.objects.items[0].workspace, 1);

    expect_stalled(&status.conditions, "ConfigRefused", "version 9 is not known");
}

Test(status, a_refused_edit_shows_in_the_object_while_the_last_good_version_stays)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace, given_policy("demo-prod", "own", "  constraints: { maxOutputTokens: 5 }"), ""));
    struct status_view seen = given_status(&view, 1, 1);
    struct refused_edit refused = {.kind = kind_get(KIND_MODEL_POLICY),
                                   .namespace = TEXT("demo-prod"),
                                   .name = TEXT("own"),
                                   .problem = TEXT("prod.yaml:3:1: error: unknown field")};
    seen.refused = (struct refused_edit_list){&refused, 1};

    struct model_policy_status status =
        status_of_policy(test_arena, &seen, view.objects.items[1].model_policy, 2);

    expect_stalled(&status.conditions, "InvalidSpec", "prod.yaml:3:1");
}

Test(status, a_policy_says_its_level_and_who_has_it)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace, given_policy("weir-system", "org", "  constraints: { maxOutputTokens: 5 }"), ""));
    struct status_view seen = given_status(&view, 1, 1);

    struct model_policy_status status =
        status_of_policy(test_arena, &seen, view.objects.items[1].model_policy, 1);

    cr_assert_eq(status.level, POLICY_LEVEL_ORGANISATION);
    cr_assert_eq(status.applied_to, 2);
    cr_assert_eq(status.targets.count, 2);
    cr_assert(is_said(&status.conditions, "Ready", CONDITION_TRUE, "Programmed"));
}

Test(status, a_looser_number_is_named_as_overridden)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace, given_policy("weir-system", "org", "  constraints: { maxOutputTokens: 5 }"),
        given_policy("demo-prod", "own", "  constraints: { maxOutputTokens: 9000 }")));
    struct status_view seen = given_status(&view, 1, 1);

    struct model_policy_status status =
        status_of_policy(test_arena, &seen, view.objects.items[2].model_policy, 1);

    const struct condition *overridden = condition_find(&status.conditions, TEXT("Overridden"));
    cr_assert(
        text_equals(overridden->message, TEXT("maxOutputTokens 9,000 → 5 by weir-system/org in demo-prod")),
        "%.*s", TEXT_ARG(overridden->message));
}

Test(status, a_policy_in_a_namespace_where_nothing_lives_is_not_accepted)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace, given_policy("demo-prd", "own", "  constraints: { maxOutputTokens: 5 }"), ""));
    struct status_view seen = given_status(&view, 1, 1);

    struct model_policy_status status =
        status_of_policy(test_arena, &seen, view.objects.items[1].model_policy, 1);

    cr_assert(is_said(&status.conditions, "Accepted", CONDITION_FALSE, "NamespaceUnknown"));
    cr_assert(has_text(condition_find(&status.conditions, TEXT("Ready"))->message,
                       "there are demo-dev, demo-prod"));
}

Test(status, the_namespaces_where_something_lives_are_told_in_one_order)
{
    struct reconcile_view view = given_view(
        given_all(given_policy("demo-prd", "own", "  constraints: { maxOutputTokens: 5 }"), "", ""));
    struct text found[] = {TEXT("shop-dev"), TEXT("demo-prod"), TEXT("demo-dev")};
    const struct policy_standing standing = {.policy = view.objects.items[0].model_policy,
                                             .generation = 1,
                                             .namespaces = {found, COUNT_OF(found)}};

    struct model_policy_status status = status_of_policy_standing(test_arena, &standing);

    cr_assert(has_text(condition_find(&status.conditions, TEXT("Ready"))->message,
                       "there are demo-dev, demo-prod, shop-dev"));
}

Test(status, a_missing_key_is_named_and_does_not_make_the_policy_unready)
{
    struct reconcile_view view =
        given_view(given_all(given_workspace,
                             given_policy("demo-prod", "own",
                                          "  defaults:\n    routes:\n      - model: gpt\n        targets:\n"
                                          "          - { provider: openai, model: gpt-4.1, credentialsRef: { "
                                          "name: keys, key: openai } }\n"),
                             ""));
    struct status_view seen = given_status(&view, 1, 1);

    struct model_policy_status status =
        status_of_policy(test_arena, &seen, view.objects.items[1].model_policy, 1);

    cr_assert(is_said(&status.conditions, "CredentialsResolved", CONDITION_FALSE, "CredentialsMissing"));
    cr_assert(is_said(&status.conditions, "Ready", CONDITION_TRUE, "Programmed"));
}

Test(status, what_shadow_mode_does_not_do_yet_is_said)
{
    struct reconcile_view view =
        given_view(given_all(given_workspace,
                             given_policy("demo-prod", "trial",
                                          "  mode: Shadow\n  constraints: { maxOutputTokens: 5, limits: [ { "
                                          "scope: Caller, concurrency: 1 } ] }"),
                             ""));
    struct status_view seen = given_status(&view, 1, 1);

    struct model_policy_status status =
        status_of_policy(test_arena, &seen, view.objects.items[1].model_policy, 1);

    const struct condition *honoured = condition_find(&status.conditions, TEXT("Honoured"));
    cr_assert(
        text_equals(honoured->message, TEXT("maxOutputTokens: not recorded in Shadow mode in this version")),
        "%.*s", TEXT_ARG(honoured->message));
}
