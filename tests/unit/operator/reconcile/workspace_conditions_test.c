#include "operator/reconcile/workspace_conditions.h"

#include <criterion/criterion.h>
#include <string.h>

#include "lib/base/arena.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(workspace_conditions, .init = given_fresh_arena, .fini = end_arena);

static struct workspace_status
status_of(const struct refused_object *refused, size_t count, struct text undeclared)
{
    struct reconcile_view base = given_view(given_workspace);
    struct plan *plan = reconcile(test_arena, &base);
    const struct workspace *workspace = plan->environments[0].workspace;
    const struct cluster_facts facts = {0};
    struct refused_object_list list = {arena_copy(test_arena, refused, count * sizeof(*refused)), count};
    const struct cluster_view view = {
        .facts = &facts, .base = base, .refused = list, .undeclared = undeclared};
    const struct status_view status_view = {.plan = plan};
    struct workspace_status status = status_of_workspace(test_arena, &status_view, workspace, 3);
    workspace_status_amend(test_arena, &view, plan, workspace, &status);
    return status;
}

static struct workspace_status
status_with(const struct refused_object *refused, size_t count)
{
    return status_of(refused, count, (struct text){0});
}

Test(workspace_conditions, what_the_api_server_refuses_makes_the_workspace_wait_for_a_person)
{
    const struct refused_object refused = {.kind = TEXT("Namespace"),
                                           .name = TEXT("demo-prod"),
                                           .reason = TEXT("Forbidden"),
                                           .message = TEXT("not you")};

    struct workspace_status status = status_with(&refused, 1);

    const struct condition *ready = condition_find(&status.conditions, TEXT("Ready"));
    cr_assert(ready);
    cr_expect_eq(ready->status, CONDITION_FALSE);
    cr_expect(has_text(ready->message, "environment prod: the API server refuses Namespace"), "%.*s",
              TEXT_ARG(ready->message));
    cr_expect_null(condition_find(&status.conditions, TEXT("Reconciling")));
    cr_expect_not_null(condition_find(&status.conditions, TEXT("Stalled")));
}

Test(workspace_conditions, a_deployments_refused_child_is_told_on_the_deployment)
{
    const struct refused_object refused = {.kind = TEXT("Deployment"),
                                           .namespace = TEXT("demo-prod"),
                                           .name = TEXT("weir-chat-w"),
                                           .reason = TEXT("Invalid")};

    struct workspace_status status = status_with(&refused, 1);

    cr_expect_neq(condition_find(&status.conditions, TEXT("Ready"))->status, CONDITION_FALSE);
}

Test(workspace_conditions, long_words_of_others_are_cut_to_what_a_status_may_hold)
{
    char words[8192];
    memset(words, 'x', sizeof(words));
    const struct refused_object refused = {.kind = TEXT("Service"),
                                           .namespace = TEXT("demo-dev"),
                                           .name = TEXT("weir-gateway"),
                                           .reason = TEXT("Invalid"),
                                           .message = {words, sizeof(words)}};

    struct workspace_status status = status_with(&refused, 1);

    cr_expect_eq(status.environments.items[0].message.length, 4096);
}

Test(workspace_conditions, a_quota_is_judged_only_where_there_is_one)
{
    struct workspace_status status = status_with(&(struct refused_object){0}, 0);

    cr_expect_null(condition_find(&status.conditions, TEXT("QuotaWithinLimits")));
    cr_expect_null(condition_find(&status.conditions, TEXT("Interoperable")));
}

Test(workspace_conditions, what_the_ledger_does_not_take_is_said_and_keeps_nothing_from_being_ready)
{
    struct workspace_status status = status_of(NULL, 0, TEXT("a ledger message of 5000000 bytes"));

    const struct condition *audited = condition_find(&status.conditions, TEXT("Audited"));
    cr_assert(audited);
    cr_expect_eq(audited->status, CONDITION_FALSE);
    cr_expect(text_equals(audited->reason, TEXT("DeclarationRefused")));
    cr_expect(has_text(audited->message, "declares: a ledger message of 5000000 bytes. Its changes are not"));
    cr_expect_neq(condition_find(&status.conditions, TEXT("Ready"))->status, CONDITION_FALSE);
    status = status_with(NULL, 0);
    cr_expect_null(condition_find(&status.conditions, TEXT("Audited")));
}
