/* A budget that is raised, taken away or only counted is looser than it was. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "tests/unit/operator/reconcile/given.h"
#include "tests/unit/operator/reconcile/loosening_cluster.h"

TestSuite(loosening_budgets, .init = given_fresh_arena, .fini = end_arena);

static const char *
spend(const char *budgets)
{
    struct text body = text_format(test_arena, "  constraints: { budgets: [ %s ] }", budgets);
    return given_policy("demo-prod", "spend", text_c_string(test_arena, body));
}

Test(loosening_budgets, a_raised_budget_waits_and_a_lowered_one_does_not)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, spend("{ scope: Caller, amount: \"20\" }"));

    const struct planned_environment *planned =
        cluster_pass(&cluster, spend("{ scope: Caller, amount: \"30\" }"));
    cr_assert(loosening_is_held(&planned->loosening));
    cr_assert(has_text(planned->loosening.difference,
                       "budgets[caller].Month.amount $20.00 → $30.00 (was set by demo-prod/spend)"));
    cr_assert_eq(planned->config->config.budgets.items[0].amount, 20000000000);

    planned = cluster_pass(&cluster, spend("{ scope: Caller, amount: \"10\" }"));
    cr_assert_not(loosening_is_held(&planned->loosening));
    cr_assert_eq(planned->config->config.budgets.items[0].amount, 10000000000);
}

Test(loosening_budgets, a_budget_that_is_taken_away_or_made_to_count_only_waits)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, spend("{ scope: Caller, tokens: 20 }"));

    const struct planned_environment *planned =
        cluster_pass(&cluster, spend("{ scope: Caller, tokens: 20, onExceeded: Alert }"));
    cr_assert(has_text(planned->loosening.difference, "20 tokens → 20 tokens, only counted"));
    cr_assert_eq(planned->config->config.budgets.items[0].on_exceeded, OVER_BUDGET_BLOCK);

    planned = cluster_pass(&cluster, "");
    cr_assert(has_text(planned->loosening.difference, "budgets[caller].Month.tokens 20 tokens → none"));
    cr_assert_eq(planned->config->config.budgets.count, 1u);
}

Test(loosening_budgets, to_go_on_while_nothing_is_lent_waits_and_to_refuse_does_not)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, spend("{ scope: Caller, tokens: 20 }"));

    const struct planned_environment *planned =
        cluster_pass(&cluster, spend("{ scope: Caller, tokens: 20, whenUnavailable: Allow }"));
    cr_assert(has_text(planned->loosening.difference,
                       "20 tokens → 20 tokens, calls go on while nothing can be lent"));
    cr_assert_eq(planned->config->config.budgets.items[0].when_unavailable, WHEN_UNAVAILABLE_REFUSE);

    struct loosening_cluster other = {.now_ms = NOON};
    cluster_pass(&other, spend("{ scope: Caller, tokens: 20, whenUnavailable: Allow }"));
    planned = cluster_pass(&other, spend("{ scope: Caller, tokens: 20 }"));
    cr_assert_not(loosening_is_held(&planned->loosening));
    cr_assert_eq(planned->config->config.budgets.items[0].when_unavailable, WHEN_UNAVAILABLE_REFUSE);
}

Test(loosening_budgets, a_budget_of_a_policy_that_becomes_shadow_blocks_until_that_is_approved)
{
    struct loosening_cluster cluster = {.now_ms = NOON};
    cluster_pass(&cluster, spend("{ scope: Caller, tokens: 20 }"));

    const struct planned_environment *planned = cluster_pass(
        &cluster,
        given_policy("demo-prod", "spend",
                     "  mode: Shadow\n  constraints: { budgets: [ { scope: Caller, tokens: 9 } ] }"));

    cr_assert_eq(planned->config->config.budgets.count, 1u);
    cr_assert_eq(planned->config->config.budgets.items[0].amount, 20);
    cr_assert_eq(planned->config->config.budgets.items[0].from.mode, POLICY_MODE_ENFORCE);
    cr_assert_not(hold_is_set(&planned->hold));
}

static const char *
workspace_with(const char *budget)
{
    return text_c_string(test_arena,
                         text_format(test_arena,
                                     "apiVersion: weir.dev/v1alpha1\nkind: Workspace\n"
                                     "metadata: { name: demo }\nspec:\n  owner: { team: retail-platform }\n"
                                     "  environments:\n"
                                     "    - { name: prod, tier: Production, budget: { amount: \"%s\" } }\n",
                                     budget));
}

Test(loosening_budgets, an_environment_s_own_budget_waits_as_those_of_policies_do)
{
    struct loosening_cluster cluster = {.now_ms = NOON, .workspace = workspace_with("5")};
    cluster_pass(&cluster, "");
    cluster.workspace = workspace_with("6.5");

    const struct planned_environment *planned = cluster_pass(&cluster, "");

    cr_assert(has_text(planned->loosening.difference,
                       "budgets[environment].Month.amount $5.00 → $6.50 (was set by workspace/demo)"));
    cr_assert_eq(planned->config->config.budgets.items[0].amount, 5000000000);
}

Test(loosening_budgets, to_slow_calls_is_laxer_than_to_refuse_them_and_stricter_than_to_count)
{
    static const struct {
        const char *from, *to, *difference; /* NULL: it does not wait */
    } rows[] = {
        {"", ", onExceeded: Throttle, throttledRequestsPerMinute: 5",
         "20 tokens → 20 tokens, then calls are slowed"},
        {", onExceeded: Throttle, throttledRequestsPerMinute: 5", "", NULL},
        {", onExceeded: Throttle, throttledRequestsPerMinute: 5",
         ", onExceeded: Throttle, throttledRequestsPerMinute: 4", NULL},
        {", onExceeded: Throttle, throttledRequestsPerMinute: 5",
         ", onExceeded: Throttle, throttledRequestsPerMinute: 6",
         "budgets[caller].Minute.throttledRequestsPerMinute 5 calls a minute when it is spent → 6 calls"},
        {", onExceeded: Throttle, throttledRequestsPerMinute: 5", ", onExceeded: Alert",
         "then calls are slowed → 20 tokens, only counted"},
        {", onExceeded: Alert", ", onExceeded: Throttle, throttledRequestsPerMinute: 5", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct loosening_cluster cluster = {.now_ms = NOON};
        struct text from = text_format(test_arena, "{ scope: Caller, tokens: 20%s }", rows[i].from);
        struct text to = text_format(test_arena, "{ scope: Caller, tokens: 20%s }", rows[i].to);
        cluster_pass(&cluster, spend(text_c_string(test_arena, from)));
        const struct planned_environment *planned =
            cluster_pass(&cluster, spend(text_c_string(test_arena, to)));
        cr_assert_eq(loosening_is_held(&planned->loosening), rows[i].difference != NULL, "row %zu", i);
        if (rows[i].difference)
            cr_assert(has_text(planned->loosening.difference, rows[i].difference), "row %zu: %.*s", i,
                      TEXT_ARG(planned->loosening.difference));
    }
}
