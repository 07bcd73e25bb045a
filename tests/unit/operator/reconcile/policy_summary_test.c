/* One pass sees one workspace; a policy's status is made of what all passes left. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "operator/reconcile/policy_summary.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(policy_summary, .init = given_fresh_arena, .fini = end_arena);

static const char organisation_policy[] =
    "---\napiVersion: weir.dev/v1alpha1\nkind: ModelPolicy\nmetadata: {name: org, namespace: weir-system}\n"
    "spec: {constraints: {maxOutputTokens: 1000}}\n";

static const char *
given_workspace_named(const char *name)
{
    return text_c_string(
        test_arena,
        text_format(test_arena,
                    "---\napiVersion: weir.dev/v1alpha1\nkind: Workspace\nmetadata: {name: %s}\n"
                    "spec:\n  owner: {team: core}\n  environments:\n"
                    "    - {name: dev, tier: Development}\n    - {name: prod, tier: Production}\n%s",
                    name, organisation_policy));
}

/* What a pass over that workspace leaves; every gateway has the revision when is_acked. */
static struct policy_reach_list
given_pass(const char *workspace, bool is_acked, const struct model_policy **out_policy)
{
    struct reconcile_view view = given_view(given_workspace_named(workspace));
    struct plan *plan = reconcile(test_arena, &view);
    struct gateway_report *reports = arena_alloc_array(test_arena, plan->environment_count, sizeof(*reports));
    for (size_t i = 0; i < plan->environment_count; i++)
        reports[i] = (struct gateway_report){
            .namespace = plan->environments[i].namespace, .gateways = 2, .acked = is_acked ? 2 : 1};
    struct status_view seen = {.plan = plan, .gateways = {reports, plan->environment_count}};
    *out_policy = view.objects.items[1].model_policy;
    return policy_reaches(test_arena, &seen);
}

static struct policy_standing
given_standing(bool is_second_acked)
{
    struct policy_standing standing = {.generation = 3};
    struct policy_reach_list first = given_pass("one", true, &standing.policy);
    struct policy_reach_list second = given_pass("two", is_second_acked, &standing.policy);
    standing.reach.items =
        arena_alloc_array(test_arena, first.count + second.count, sizeof(*standing.reach.items));
    for (size_t i = 0; i < first.count; i++)
        standing.reach.items[standing.reach.count++] = policy_reach_copy(test_arena, &first.items[i]);
    for (size_t i = 0; i < second.count; i++)
        standing.reach.items[standing.reach.count++] = policy_reach_copy(test_arena, &second.items[i]);
    return standing;
}

Test(policy_summary, an_organisation_policy_counts_the_environments_of_every_pass)
{
    struct policy_standing standing = given_standing(true);

    struct model_policy_status status = status_of_policy_standing(test_arena, &standing);

    cr_assert_eq(status.applied_to, 4);
    cr_assert_eq(status.targets.count, 4);
    const struct condition *ready = condition_find(&status.conditions, TEXT("Ready"));
    cr_assert_eq(ready->status, CONDITION_TRUE);
    cr_assert(has_text(ready->message, "8/8 gateways"));
}

Test(policy_summary, it_is_not_ready_before_the_last_workspace_has_it)
{
    struct policy_standing standing = given_standing(false);

    struct model_policy_status status = status_of_policy_standing(test_arena, &standing);

    const struct condition *ready = condition_find(&status.conditions, TEXT("Ready"));
    cr_assert_eq(ready->status, CONDITION_UNKNOWN);
    cr_assert(has_text(ready->message, "6 of 8 gateways"));
}

Test(policy_summary, the_order_of_passes_does_not_matter)
{
    struct policy_standing standing = given_standing(false);
    struct document *before =
        schema_encode(test_arena, &model_policy_status_schema,
                      &(struct model_policy_status[]){status_of_policy_standing(test_arena, &standing)}[0],
                      SCHEMA_ENCODE_PLAIN);

    struct policy_reach *items = standing.reach.items;
    for (size_t i = 0; i < standing.reach.count / 2; i++) {
        struct policy_reach kept = items[i];
        items[i] = items[standing.reach.count - 1 - i];
        items[standing.reach.count - 1 - i] = kept;
    }
    struct model_policy_status status = status_of_policy_standing(test_arena, &standing);

    cr_assert(document_equals(
        before, schema_encode(test_arena, &model_policy_status_schema, &status, SCHEMA_ENCODE_PLAIN)));
}

Test(policy_summary, a_policy_of_thousands_of_environments_stays_within_its_bounds)
{
    struct policy_standing standing = given_standing(true);
    enum { MANY = 2000 };
    struct policy_reach *items = arena_alloc_array(test_arena, MANY, sizeof(*items));
    for (int i = 0; i < MANY; i++) {
        items[i] = standing.reach.items[i % 4];
        items[i].environment = text_format(test_arena, "e%d", i);
        items[i].overridden = TEXT("maxOutputTokens 1,000 → 10 by weir-system/stricter in somewhere");
    }
    standing.reach = (struct policy_reach_list){items, MANY};

    struct model_policy_status status = status_of_policy_standing(test_arena, &standing);

    cr_assert_eq(status.applied_to, MANY);
    cr_assert_eq(status.targets.count, 64);
    cr_assert(status.truncated);
    const struct condition *overridden = condition_find(&status.conditions, TEXT("Overridden"));
    cr_assert_lt(overridden->message.length, 32768);
    cr_assert(text_ends_with(overridden->message, TEXT("; and more")));
}

Test(policy_summary, a_copy_equals_what_it_was_made_of_and_a_change_shows)
{
    const struct model_policy *policy;
    struct policy_reach_list reaches = given_pass("one", true, &policy);
    struct policy_reach copy = policy_reach_copy(test_arena, &reaches.items[0]);

    cr_assert(policy_reach_equal(&copy, &reaches.items[0]));
    copy.acked--;
    cr_assert_not(policy_reach_equal(&copy, &reaches.items[0]));
}

Test(policy_summary, the_level_of_an_organisation_policy_is_written_too)
{
    struct policy_standing standing = given_standing(true);
    struct model_policy_status status = status_of_policy_standing(test_arena, &standing);

    const struct document *document =
        schema_encode(test_arena, &model_policy_status_schema, &status, SCHEMA_ENCODE_PLAIN);

    cr_assert(text_equals(document_text(document_find(document, TEXT("level"))), TEXT("Organisation")));
}
