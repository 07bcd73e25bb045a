/* What was in force stays in force until somebody approved something looser. */
#include "operator/reconcile/loosening.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/document/json.h"
#include "operator/reconcile/effective_constraints.h"
#include "operator/reconcile/policy_summary.h"
#include "tests/unit/operator/reconcile/given.h"
#include "tests/unit/operator/reconcile/loosening_cluster.h"
#include "tests/unit/operator/reconcile/random_policy.h"

TestSuite(loosening, .init = given_fresh_arena, .fini = end_arena);

static const char *
most_output(int tokens)
{
    return given_policy(
        "demo-prod", "cap",
        text_c_string(test_arena, text_format(test_arena, "  constraints: { maxOutputTokens: %d }", tokens)));
}

static int64_t
output_in_force(const struct planned_environment *planned)
{
    return planned->effective->enforced.max_output_tokens.amount;
}

Test(loosening, something_stricter_applies_at_once)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, most_output(100));

    const struct planned_environment *planned = cluster_pass(&cluster, most_output(50));

    cr_assert_eq(output_in_force(planned), 50);
    cr_assert_not(loosening_is_held(&planned->loosening));
}

Test(loosening, something_looser_waits_in_production)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, most_output(100));

    const struct planned_environment *planned = cluster_pass(&cluster, most_output(200));

    cr_assert_eq(output_in_force(planned), 100);
    cr_assert(loosening_is_held(&planned->loosening));
    cr_assert(
        has_text(planned->loosening.difference, "maxOutputTokens 100 → 200 (was set by demo-prod/cap)"));
    cr_assert_eq(planned->config->config.max_output_tokens.amount, 100, "gateways get what is in force");
}

Test(loosening, taking_a_policy_away_waits_too)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, most_output(100));

    const struct planned_environment *planned = cluster_pass(&cluster, "");

    cr_assert_eq(output_in_force(planned), 100);
    cr_assert(has_text(planned->loosening.difference, "100 → none"));
}

Test(loosening, what_waits_keeps_one_hash_and_writes_nothing_new)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, most_output(100));
    struct text first = cluster_pass(&cluster, most_output(200))->loosening.hash;
    const char *written = cluster.effective;
    cluster.now_ms += HOUR;

    struct text second = cluster_pass(&cluster, most_output(200))->loosening.hash;

    cr_assert_eq(first.length, 16);
    cr_assert_eq(loosening_wake_unix_ms(&given_planned(cluster.plan, "prod")->loosening), NOON + 24 * HOUR);
    cr_assert(text_equals(first, second));
    cr_assert_str_eq(cluster.effective, written);
}

Test(loosening, an_approved_change_applies)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, most_output(100));
    cluster_approve(&cluster, cluster_pass(&cluster, most_output(200))->loosening.hash);

    const struct planned_environment *planned = cluster_pass(&cluster, most_output(200));

    cr_assert_eq(output_in_force(planned), 200);
    cr_assert_not(loosening_is_held(&planned->loosening));
}

Test(loosening, an_approval_is_for_that_change_only)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, most_output(100));
    cluster_approve(&cluster, cluster_pass(&cluster, most_output(200))->loosening.hash);

    cr_assert_eq(output_in_force(cluster_pass(&cluster, most_output(300))), 100);
}

Test(loosening, an_approval_is_good_once)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, most_output(100));
    cluster_approve(&cluster, cluster_pass(&cluster, most_output(200))->loosening.hash);
    cluster_pass(&cluster, most_output(200));
    cluster_pass(&cluster, most_output(100));
    cluster.now_ms += HOUR;

    cr_assert_eq(output_in_force(cluster_pass(&cluster, most_output(200))), 100);
}

Test(loosening, an_approval_runs_out_after_a_day)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, most_output(100));
    struct text hash = cluster_pass(&cluster, most_output(200))->loosening.hash;
    cluster.now_ms += 24 * HOUR;
    cluster_approve(&cluster, hash);

    const struct planned_environment *planned = cluster_pass(&cluster, most_output(200));

    cr_assert_eq(output_in_force(planned), 100);
    cr_assert_not(text_equals(planned->loosening.hash, hash), "there is another one to approve");
}

Test(loosening, nobody_approves_before_it_was_asked_for)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, most_output(100));
    struct loosening_cluster other = cluster;
    struct text hash = cluster_pass(&other, most_output(200))->loosening.hash;
    cluster_approve(&cluster, hash);

    cr_assert_eq(output_in_force(cluster_pass(&cluster, most_output(200))), 100);
}

static const char *
given_loosening_rule(const char *rule)
{
    return text_c_string(test_arena, text_format(test_arena,
                                                 "apiVersion: weir.dev/v1alpha1\nkind: Workspace\n"
                                                 "metadata: { name: demo }\nspec:\n"
                                                 "  owner: { team: retail-platform, contact: '#retail' }\n"
                                                 "  environments:\n"
                                                 "    - { name: prod, tier: Production, changePolicy: { "
                                                 "loosening: %s } }\n",
                                                 rule));
}

Test(loosening, where_it_is_allowed_it_applies_at_once)
{
    struct loosening_cluster cluster = {.now_ms = NOON, .workspace = given_loosening_rule("Allow")};
    cluster_pass(&cluster, most_output(100));

    cr_assert_eq(output_in_force(cluster_pass(&cluster, most_output(200))), 200);
}

Test(loosening, where_it_is_denied_no_hash_is_offered_and_who_decides_is_named)
{
    struct loosening_cluster cluster = {.now_ms = NOON, .workspace = given_loosening_rule("Deny")};
    cluster_pass(&cluster, most_output(100));

    const struct planned_environment *planned = cluster_pass(&cluster, most_output(200));

    cr_assert_eq(output_in_force(planned), 100);
    cr_assert_eq(planned->loosening.hash.length, 0);
    struct text words = loosening_words(test_arena, &planned->loosening, planned->namespace);
    cr_assert(has_text(words, "Deny"));
    cr_assert(has_text(words, "retail-platform, #retail"));
}

Test(loosening, other_tiers_do_not_wait_unless_told_to)
{
    struct reconcile_view view = given_view(given_workspace);
    const struct workspace_environment_list *environments =
        &view.objects.items[0].workspace->spec.environments;

    cr_assert_eq(loosening_rule_of(&environments->items[0]), LOOSENING_ALLOW);
    cr_assert_eq(loosening_rule_of(&environments->items[1]), LOOSENING_REQUIRE_APPROVAL);
}

Test(loosening, a_new_route_is_no_loosening)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, most_output(100));

    const struct planned_environment *planned = cluster_pass(
        &cluster, given_policy("demo-prod", "cap",
                               "  constraints: { maxOutputTokens: 100 }\n"
                               "  defaults: { routes: [ { model: fake, targets: [ { provider: echo, "
                               "model: fake } ] } ] }"));

    cr_assert_not(loosening_is_held(&planned->loosening));
}

Test(loosening, a_narrower_pattern_is_stricter_a_wider_one_is_not)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, given_policy("demo-prod", "cap",
                                        "  constraints: { models: { allow: [ { name: 'gpt-4*' } ] } }"));

    const struct planned_environment *narrower =
        cluster_pass(&cluster, given_policy("demo-prod", "cap",
                                            "  constraints: { models: { allow: [ { name: gpt-4.1 } ] } }"));
    cr_assert_not(loosening_is_held(&narrower->loosening));
    const struct planned_environment *wider =
        cluster_pass(&cluster, given_policy("demo-prod", "cap",
                                            "  constraints: { models: { allow: [ { name: 'gpt-*' } ] } }"));

    cr_assert(has_text(wider->loosening.difference, "models.allow gpt-4.1 → gpt-*"));
}

Test(loosening, workspace_policy_and_effective_object_say_that_it_waits)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, most_output(100));
    const struct planned_environment *planned = cluster_pass(&cluster, most_output(200));
    struct status_view seen = {.plan = cluster.plan};
    const struct object_list *objects = &cluster.view.objects;

    struct workspace_status workspace =
        status_of_workspace(test_arena, &seen, objects->items[0].workspace, 1);
    struct model_policy_status policy =
        status_of_policy(test_arena, &seen, objects->items[1].model_policy, 1);

    struct text words = condition_find(&workspace.conditions, TEXT("LooseningPending"))->message;
    cr_assert(has_text(words, "kubectl annotate modelpolicies.weir.dev -n demo-prod effective"));
    cr_assert(has_text(words, text_c_string(test_arena, planned->loosening.hash)));
    cr_assert(has_text(words, "2026-11-23T12:00:00Z"));
    cr_assert(condition_find(&policy.conditions, TEXT("LooseningPending")));
    cr_assert(has_text(text_of(cluster.effective), "\"type\":\"LooseningPending\""));
}

Test(loosening, the_generated_policy_itself_decides_nothing)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, most_output(100));

    const struct planned_environment *planned = cluster_pass(&cluster, most_output(100));

    cr_assert_eq(planned->effective->policies.count, 1);
}

Test(loosening, the_generated_policy_decides_nothing_without_its_label_either)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, most_output(100));
    static const char label[] = "\"weir.dev/generated\":\"true\"";
    char *written = strstr((char *)(uintptr_t)cluster.effective, label);
    cr_assert_not_null(written);
    memcpy(written, "\"weir.dev/degenerate\":\"yes\"", sizeof(label) - 1);

    const struct planned_environment *planned = cluster_pass(&cluster, most_output(100));

    cr_assert_eq(planned->effective->policies.count, 1);
}

Test(loosening, what_is_read_back_is_what_was_written)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct random random = {seed};
        struct loosening_cluster cluster = {.now_ms = NOON};
        const struct planned_environment *planned =
            cluster_pass(&cluster, random_policy(&random, "demo-prod", "one"));

        struct object_list objects = given_objects(cluster.effective);
        struct merged_constraints back =
            effective_constraints_get(test_arena, &objects.items[0].model_policy->status.effective);

        cr_assert(constraints_are_within(&back, &planned->effective->enforced), "seed %lu", seed);
        cr_assert(constraints_are_within(&planned->effective->enforced, &back), "seed %lu", seed);
    }
}

/* Random edits without an approval: what is in force after each is within what was in force before. With the
 * approval that it asks for, exactly what was asked for holds. */
Test(loosening, nothing_widens_unapproved_and_everything_applies_approved)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct random random = {seed};
        struct loosening_cluster cluster = {.now_ms = NOON};
        const struct planned_environment *planned =
            cluster_pass(&cluster, random_policy(&random, "demo-prod", "one"));
        struct merged_constraints before = planned->effective->enforced;
        for (int i = 0; i < 6; i++) {
            cluster.approval = NULL;
            cluster.now_ms += HOUR;
            const char *policies = random_policy(&random, "demo-prod", "one");
            planned = cluster_pass(&cluster, policies);
            cr_assert(constraints_are_within(&planned->effective->enforced, &before), "seed %lu", seed);

            before = planned->effective->enforced;
            if (!loosening_is_held(&planned->loosening) || random_below(&random, 2))
                continue;
            cluster_approve(&cluster, planned->loosening.hash);
            planned = cluster_pass(&cluster, policies);
            struct reconcile_view alone = given_view(given_all(given_workspace, policies, ""));
            const struct planned_environment *asked = given_planned(reconcile(test_arena, &alone), "prod");
            cr_assert(text_equals(planned->config->config.policy_digest, asked->config->config.policy_digest),
                      "seed %lu", seed);
            before = planned->effective->enforced;
        }
    }
}
