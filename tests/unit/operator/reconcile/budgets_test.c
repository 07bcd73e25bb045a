/* Budgets on every level, each by itself: in gateways' configs, in explanations, in the ledger's book. */
#include "operator/reconcile/budgets.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "operator/reconcile/cluster_base.h"
#include "operator/reconcile/explain.h"
#include "operator/reconcile/plan_book.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(budgets, .init = given_fresh_arena, .fini = end_arena);

#define NANO 1000000000LL

static const char *const with_budgets =
    "apiVersion: weir.dev/v1alpha1\n"
    "kind: Workspace\n"
    "metadata: { name: demo }\n"
    "spec:\n"
    "  owner: { team: retail-platform }\n"
    "  budget: { amount: \"12.50\", alerts: [50], webhooks: [ { url: \"https://hooks.example.com/\" } ] }\n"
    "  environments:\n"
    "    - { name: dev, tier: Development }\n"
    "    - { name: prod, tier: Production, budget: { tokens: 700, period: Day, onExceeded: Alert } }\n";

static const char *
month(const char *namespace, const char *name, const char *scope, const char *amount)
{
    struct text body = text_format(
        test_arena, "  constraints: { budgets: [ { scope: %s, amount: \"%s\" } ] }", scope, amount);
    return given_policy(namespace, name, text_c_string(test_arena, body));
}

static struct plan *
planned_all(const char *first, const char *second, const char *third)
{
    struct reconcile_view *view = arena_alloc(test_arena, sizeof(*view));
    *view = given_view(given_all(first, second, third));
    return reconcile(test_arena, view);
}

static const struct gateway_budget *
budget_in(const struct plan *plan, const char *environment, const char *id)
{
    return budgets_find(&given_planned(plan, environment)->config->config.budgets, text_of(id));
}

static struct budget_book *
book_of(const struct plan *plan, const struct budget_book *keep)
{
    const struct plan_shares budgets = plan_shares_of(test_arena, plan);
    return plan_book(test_arena, &budgets, keep);
}

static bool
is_wider(const struct budget_book *book, const struct plan *plan)
{
    const struct plan_shares budgets = plan_shares_of(test_arena, plan);
    return plan_book_is_wider(book, &budgets);
}

Test(budgets, each_policy_keeps_its_own)
{
    struct plan *plan = planned_all(given_workspace, month("weir-system", "org", "Environment", "9000"),
                                    month("demo-prod", "own", "Environment", "8000"));

    cr_assert_eq(given_planned(plan, "prod")->config->config.budgets.count, 2u);
    cr_assert_eq(given_planned(plan, "dev")->config->config.budgets.count, 1u);
    cr_assert_eq(budget_in(plan, "prod", "weir-system/org/Environment/Month/USD")->amount, 9000 * NANO);
    cr_assert_eq(budget_in(plan, "prod", "demo-prod/own/Environment/Month/USD")->amount, 8000 * NANO);
}

Test(budgets, one_of_money_and_tokens_is_two)
{
    struct plan *plan = planned_all(
        given_workspace,
        given_policy("weir-system", "org",
                     "  constraints:\n    budgets:\n      - { scope: Caller, amount: \"1\", tokens: 5, "
                     "period: Day, timeZone: Asia/Tokyo }"),
        "");

    const struct gateway_budget *money = budget_in(plan, "dev", "weir-system/org/Caller/Day/USD");
    const struct gateway_budget *tokens = budget_in(plan, "dev", "weir-system/org/Caller/Day/Tokens");
    cr_assert_eq(money->unit, BUDGET_UNIT_USD);
    cr_assert_eq(money->amount, NANO);
    cr_assert_eq(tokens->unit, BUDGET_UNIT_TOKENS);
    cr_assert_eq(tokens->amount, 5);
    cr_assert_eq(tokens->period, BUDGET_PERIOD_DAY);
    cr_assert_eq(tokens->on_exceeded, OVER_BUDGET_BLOCK);
    cr_assert(text_equals(tokens->time_zone, TEXT("Asia/Tokyo")));
    cr_assert(text_equals(tokens->from.policy, TEXT("weir-system/org")));
    cr_assert(text_equals(tokens->from.place, TEXT("file.yaml:16")), "%.*s", TEXT_ARG(tokens->from.place));
}

Test(budgets, a_workspace_and_an_environment_have_their_own)
{
    struct plan *plan = planned_all(with_budgets, "", "");

    const struct gateway_budget *shared = budget_in(plan, "dev", "workspace/demo/Workspace/Month/USD");
    const struct gateway_budget *own =
        budget_in(plan, "prod", "environment/demo/prod/Environment/Day/Tokens");
    cr_assert_eq(shared->amount, 12500000000);
    cr_assert_eq(shared->scope, POLICY_SCOPE_WORKSPACE);
    cr_assert(text_equals(shared->from.policy, TEXT("workspace/demo")));
    cr_assert(text_equals(shared->from.place, TEXT("file.yaml:6")));
    cr_assert_eq(own->amount, 700);
    cr_assert_eq(own->on_exceeded, OVER_BUDGET_ALERT);
    cr_assert_eq(given_planned(plan, "dev")->config->config.budgets.count, 1u);
    cr_assert_eq(given_planned(plan, "prod")->config->config.budgets.count, 2u);
}

Test(budgets, those_of_a_shadow_policy_say_so)
{
    struct plan *plan = planned_all(
        given_workspace,
        given_policy("weir-system", "trial",
                     "  mode: Shadow\n  constraints: { budgets: [ { scope: Model, tokens: 5 } ] }"),
        "");

    cr_assert_eq(budget_in(plan, "dev", "weir-system/trial/Model/Month/Tokens")->from.mode,
                 POLICY_MODE_SHADOW);
}

Test(budgets, are_part_of_what_the_policy_digest_is_over_but_not_their_place)
{
    const char *policy = month("weir-system", "org", "Environment", "9000");
    struct text digest =
        given_planned(planned_all(given_workspace, policy, ""), "dev")->config->config.policy_digest;
    struct text moved = given_planned(planned_all(given_workspace, "# a comment\n", policy), "dev")
                            ->config->config.policy_digest;
    struct text raised =
        given_planned(planned_all(given_workspace, month("weir-system", "org", "Environment", "9001"), ""),
                      "dev")
            ->config->config.policy_digest;

    cr_assert(text_equals(digest, moved));
    cr_assert_not(text_equals(digest, raised));
}

/* Gateways would refuse every call under a budget that nobody lends from. */
Test(budgets, in_a_cluster_without_a_ledger_none_is_in_force)
{
    const struct cluster_facts facts = {.operator_namespace = TEXT("weir-system")};
    struct cluster_view view = {
        .facts = &facts,
        .base = given_view(given_all(with_budgets, month("weir-system", "org", "Organisation", "9000"), ""))};

    struct plan *plan = reconcile(test_arena, cluster_base_view(test_arena, &view));

    cr_assert_eq(given_planned(plan, "prod")->config->config.budgets.count, 0u);
    cr_assert_eq(book_of(plan, NULL)->budgets.count, 0u);
}

Test(budgets, in_a_cluster_with_a_ledger_they_are_in_force)
{
    const struct cluster_facts facts = {.operator_namespace = TEXT("weir-system"),
                                        .ledger_url = TEXT("wss://weir-api.weir-system.svc:8444")};
    struct cluster_view view = {
        .facts = &facts,
        .base = given_view(given_all(with_budgets, month("weir-system", "org", "Organisation", "9000"), ""))};

    struct plan *plan = reconcile(test_arena, cluster_base_view(test_arena, &view));

    cr_assert_eq(given_planned(plan, "prod")->config->config.budgets.count, 3u);
    cr_assert_eq(book_of(plan, NULL)->budgets.count, 3u);
}

Test(budgets, more_than_a_gateway_takes_in_hold_the_environment)
{
    struct plan *plan = NULL;
    const char *policies = "";
    for (int i = 0; i < 22; i++) {
        const char *name = text_c_string(test_arena, text_format(test_arena, "p%d", i));
        policies = given_all(policies,
                             given_policy("weir-system", name,
                                          "  constraints:\n    budgets:\n"
                                          "      - { scope: Environment, amount: \"1\", tokens: 5 }\n"
                                          "      - { scope: Caller, amount: \"1\" }"),
                             "");
    }
    plan = planned_all(given_workspace, policies, "");

    cr_assert(text_equals(given_planned(plan, "dev")->hold.reason, TEXT("ConfigTooLarge")));
}

static struct text
explained(const struct plan *plan, const char *value, struct text *out_from)
{
    struct explanation_row_list rows = explain_rows(test_arena, given_planned(plan, "prod"));
    for (size_t i = 0; i < rows.count; i++) {
        if (!text_equals(rows.items[i].value, text_of(value)))
            continue;
        *out_from = rows.items[i].from;
        return rows.items[i].effective;
    }
    cr_assert(false, "no row %s", value);
    return (struct text){0};
}

Test(budgets, are_explained_with_who_set_them)
{
    struct plan *plan =
        planned_all(with_budgets,
                    given_policy("weir-system", "org",
                                 "  constraints:\n    budgets:\n      - { scope: Organisation, amount: "
                                 "\"250000.5\", timeZone: Europe/Berlin }"),
                    "");
    struct text from;

    cr_assert(text_equals(explained(plan, "budgets[organisation].Month.amount", &from),
                          TEXT("$250,000.50 by the clocks of Europe/Berlin")));
    cr_assert(text_equals(from, TEXT("weir-system/org")));
    cr_assert(text_equals(explained(plan, "budgets[environment].Day.tokens", &from),
                          TEXT("700 tokens, only counted")));
    cr_assert(text_equals(from, TEXT("workspace/demo")));
}

Test(budgets, a_change_of_one_of_several_is_told_as_its_own)
{
    const char *own = month("demo-prod", "own", "Environment", "8000");
    struct plan *before =
        planned_all(given_workspace, month("weir-system", "org", "Environment", "9000"), own);
    struct plan *after =
        planned_all(given_workspace, month("weir-system", "org", "Environment", "7000.25"), own);
    struct explanation_row_list rows_before = explain_rows(test_arena, given_planned(before, "prod"));
    struct explanation_row_list rows_after = explain_rows(test_arena, given_planned(after, "prod"));

    struct text difference = explain_difference(test_arena, &rows_before, &rows_after);

    cr_assert(text_equals(difference, TEXT("budgets[environment].Month.amount $9,000.00 → $7,000.25")),
              "%.*s", TEXT_ARG(difference));
}

Test(budgets, the_book_has_each_budget_of_all_environments_once)
{
    struct plan *plan = planned_all(
        with_budgets, month("weir-system", "org", "Environment", "9000"),
        given_policy("demo-dev", "trial",
                     "  mode: Shadow\n  constraints: { budgets: [ { scope: Model, tokens: 5 } ] }"));

    struct budget_book *book = book_of(plan, NULL);

    cr_assert_eq(book->budgets.count, 4u);
    static const char *const ids[] = {
        "demo-dev/trial/Model/Month/Tokens", "environment/demo/prod/Environment/Day/Tokens",
        "weir-system/org/Environment/Month/USD", "workspace/demo/Workspace/Month/USD"};
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        cr_assert(text_equals(book->budgets.items[i].id, text_of(ids[i])));
    cr_assert_eq(book->budgets.items[0].from.mode, POLICY_MODE_SHADOW);
}

/* In a cluster each workspace has a plan of its own. */
Test(budgets, a_book_of_several_plans_takes_the_stricter_of_what_they_share)
{
    struct plan *plans[] = {
        planned_all(with_budgets, month("weir-system", "org", "Organisation", "9000"), ""),
        planned_all(given_workspace, month("weir-system", "org", "Organisation", "8000"), ""),
        planned_all(given_workspace, month("weir-system", "more", "Organisation", "7000"), "")};
    struct plan_shares parts[COUNT_OF(plans)];
    for (size_t i = 0; i < COUNT_OF(plans); i++) {
        const struct plan_shares own = plan_shares_of(test_arena, plans[i]);
        parts[i] = plan_shares_copy(test_arena, &own);
    }

    const struct plan_shares all = plan_shares_join(test_arena, parts, COUNT_OF(parts));
    struct budget_book *book = plan_book(test_arena, &all, NULL);

    static const char *const ids[] = {
        "environment/demo/prod/Environment/Day/Tokens", "weir-system/more/Organisation/Month/USD",
        "weir-system/org/Organisation/Month/USD", "workspace/demo/Workspace/Month/USD"};
    cr_assert_eq(book->budgets.count, COUNT_OF(ids));
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        cr_assert(text_equals(book->budgets.items[i].id, text_of(ids[i])));
    cr_assert_eq(book->budgets.items[2].amount, 8000 * NANO);
    cr_assert(plan_shares_equal(&parts[1], &parts[1]));
    cr_assert_not(plan_shares_equal(&parts[0], &parts[1]));
}

Test(budgets, a_book_is_of_the_same_revision_while_it_says_the_same)
{
    const char *policy = month("weir-system", "org", "Environment", "9000");
    struct text first = book_of(planned_all(given_workspace, policy, ""), NULL)->revision;
    struct text moved = book_of(planned_all(given_workspace, "# a comment\n", policy), NULL)->revision;
    struct text raised =
        book_of(planned_all(given_workspace, month("weir-system", "org", "Environment", "9001"), ""), NULL)
            ->revision;

    cr_assert(text_equals(first, moved));
    cr_assert_not(text_equals(first, raised));
}

Test(budgets, a_book_keeps_what_gateways_may_still_run_and_takes_the_amounts_of_the_plan)
{
    struct plan *before = planned_all(with_budgets, month("weir-system", "org", "Environment", "9000"), "");
    struct budget_book *kept = book_of(before, NULL);
    struct plan *after = planned_all(given_workspace, month("weir-system", "org", "Environment", "9001"), "");

    struct budget_book *book = book_of(after, kept);

    cr_assert_eq(book->budgets.count, 3u);
    cr_assert_eq(budgets_find(&book->budgets, TEXT("weir-system/org/Environment/Month/USD"))->amount,
                 9001 * NANO);
    cr_assert(is_wider(book, after));
    cr_assert_not(is_wider(book, before));
    cr_assert_not(is_wider(book_of(after, NULL), after));
}

static struct gateway_budget_list
list_of(const char *amount, const char *terms)
{
    struct text body = text_format(
        test_arena, "  constraints: { budgets: [ { scope: Caller, amount: \"%s\", %s } ] }", amount, terms);
    struct object_list objects =
        given_objects(given_policy("weir-system", "org", text_c_string(test_arena, body)));
    struct applied_policy applied = {.policy = objects.items[0].model_policy,
                                     .title = TEXT("weir-system/org")};
    return budgets_of_policy(test_arena, &applied);
}

Test(budgets, of_one_budget_as_two_have_it_the_stricter_counts)
{
    struct gateway_budget_list low = list_of("5", "onExceeded: Alert"),
                               high = list_of("9", "onExceeded: Block");

    struct gateway_budget_list both = budgets_union(test_arena, &high, &low);

    cr_assert_eq(both.count, 1u);
    cr_assert_eq(both.items[0].amount, 5 * NANO);
    cr_assert_eq(both.items[0].on_exceeded, OVER_BUDGET_BLOCK);
    cr_assert(budgets_are_within(&both, &high));
    cr_assert_not(budgets_are_within(&low, &high), "what is only counted keeps nothing out");
    cr_assert(budgets_are_within(&high, &low), "and nothing is looser than that");
}

Test(budgets, one_that_refuses_is_stricter_than_one_that_allows_while_nothing_is_lent)
{
    struct gateway_budget_list allow = list_of("5", "whenUnavailable: Allow"),
                               refuse = list_of("9", "whenUnavailable: Refuse");
    cr_assert_eq(allow.items[0].when_unavailable, WHEN_UNAVAILABLE_ALLOW);

    struct gateway_budget_list both = budgets_union(test_arena, &allow, &refuse),
                               other_order = budgets_union(test_arena, &refuse, &allow);

    cr_assert_eq(both.items[0].amount, 5 * NANO);
    cr_assert_eq(both.items[0].when_unavailable, WHEN_UNAVAILABLE_REFUSE);
    cr_assert(budgets_equal(&both, &other_order));
    cr_assert(budgets_are_within(&both, &allow) && budgets_are_within(&both, &refuse));
    cr_assert_not(budgets_are_within(&allow, &refuse));
    cr_assert_not(budgets_equal(&allow, &both));
}

Test(budgets, the_book_has_every_enforced_limit_of_every_environment)
{
    struct plan *plan = planned_all(
        given_workspace,
        given_policy(
            "weir-system", "org",
            "  constraints: { limits: [ { scope: Environment, requestsPerMinute: 100, concurrency: 7 } ] }"),
        given_policy("demo-dev", "dev",
                     "  constraints: { limits: [ { scope: Environment, requestsPerMinute: 40 } ] }"));

    struct shared_limit_list limits = book_of(plan, NULL)->limits;

    size_t of_dev = 0;
    for (size_t i = 0; i < limits.count; i++) {
        const struct shared_limit *limit = &limits.items[i];
        of_dev += shared_limit_is_of(limit->id, TEXT("demo"), TEXT("dev"));
        if (text_equals(limit->id, TEXT("limit:demo/dev/Environment/RequestsPerMinute")))
            cr_assert_eq(limit->amount, 40);
        if (text_equals(limit->id, TEXT("limit:demo/prod/Environment/Concurrency")))
            cr_assert_eq(limit->amount, 7);
    }
    cr_assert_eq(of_dev, 2u);
    cr_assert_eq(limits.count % 2, 0u);
}

Test(budgets, limits_are_in_the_book_in_one_order_whoever_declares_them_first)
{
    struct plan *plan =
        planned_all(given_workspace,
                    given_policy("weir-system", "org",
                                 "  constraints: { limits: [ { scope: Caller, requestsPerMinute: 9 } ] }"),
                    given_policy("demo-dev", "dev", "  constraints: {}"));
    struct plan_shares shares = plan_shares_of(test_arena, plan),
                       turned = plan_shares_copy(test_arena, &shares);
    size_t count = shares.limits.count;
    cr_assert_gt(count, 1u);
    cr_assert(plan_shares_equal(&shares, &turned));

    for (size_t i = 0; i < count; i++)
        turned.limits.items[i] = shares.limits.items[count - 1 - i];

    cr_assert_not(plan_shares_equal(&shares, &turned));
    cr_assert(text_equals(plan_book(test_arena, &shares, NULL)->revision,
                          plan_book(test_arena, &turned, NULL)->revision));
}
