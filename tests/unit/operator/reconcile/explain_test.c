/* Where each value comes from, and why a call would be refused. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "operator/reconcile/explain.h"
#include "operator/reconcile/explain_words.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(explain, .init = given_fresh_arena, .fini = end_arena);

static const char *const org = "  constraints:\n"
                               "    models: { allow: [ { name: gpt-4.1-mini }, { name: \"claude-*\" } ] }\n"
                               "    limits: [ { scope: Caller, tokensPerMinute: 80000 } ]\n";
static const char *const own = "  constraints:\n"
                               "    models: { allow: [ { name: \"gpt-4.1*\" } ] }\n"
                               "    limits: [ { scope: Caller, tokensPerMinute: 120000 } ]\n";

static const struct planned_environment *
planned_prod(void)
{
    struct reconcile_view *view = arena_alloc(test_arena, sizeof(*view));
    *view = given_view(given_all(given_workspace, given_policy("weir-system", "org-baseline", org),
                                 given_policy("demo-prod", "hardening", own)));
    return given_planned(reconcile(test_arena, view), "prod");
}

static const struct explanation_row *
find_row(const struct explanation_row_list *rows, const char *value)
{
    for (size_t i = 0; i < rows->count; i++)
        if (text_equals(rows->items[i].value, text_of(value)))
            return &rows->items[i];
    return NULL;
}

Test(explain, a_row_names_value_policy_place_and_who_was_ignored)
{
    struct explanation_row_list rows = explain_rows(test_arena, planned_prod());

    const struct explanation_row *row = find_row(&rows, "limits[caller].tokensPerMinute");

    cr_assert(text_equals(row->effective, TEXT("80,000")));
    cr_assert(text_equals(row->from, TEXT("weir-system/org-baseline")));
    cr_assert(text_equals(row->place, TEXT("file.yaml:16")), "%.*s", TEXT_ARG(row->place));
    cr_assert(text_equals(row->note, TEXT("hardening asked 120,000: looser, ignored")));
}

Test(explain, what_nobody_set_is_a_built_in_default)
{
    struct explanation_row_list rows = explain_rows(test_arena, planned_prod());

    cr_assert(text_equals(find_row(&rows, "cache.mode")->from, TEXT("built-in default")));
    cr_assert(text_equals(find_row(&rows, "cache.mode")->effective, TEXT("None")), "the enum's word");
    cr_assert(text_equals(find_row(&rows, "deadlines.connect")->effective, TEXT("5s")));
}

Test(explain, a_target_stands_with_its_price_once_and_says_when_it_has_none)
{
    static const char priced[] =
        "  defaults:\n"
        "    providers: [ { name: lab, type: OpenAI, baseUrl: 'https://lab.example.com/v1' } ]\n"
        "    routes:\n"
        "      - { model: a, targets: [ { provider: lab, model: llama }, { provider: lab, model: qwen } ] }\n"
        "      - { model: b, targets: [ { provider: lab, model: llama } ] }\n"
        "    prices:\n"
        "      - { provider: lab, model: 'lla*', usdPerMillion: { input: '0.15', output: '0.6' },\n"
        "          tiers: [ { abovePromptTokens: 200000, usdPerMillion: { input: '1' } } ] }\n";
    struct reconcile_view view =
        given_view(given_all(given_workspace, given_policy("weir-system", "org", priced), ""));
    struct explanation_row_list rows =
        explain_rows(test_arena, given_planned(reconcile(test_arena, &view), "prod"));

    const struct explanation_row *llama = find_row(&rows, "prices[lab/llama]");
    const struct explanation_row *qwen = find_row(&rows, "prices[lab/qwen]");

    cr_assert(
        text_equals(llama->effective, TEXT("input 0.15, output 0.60 USD per million, other prices above "
                                           "200,000 prompt tokens")),
        "%.*s", TEXT_ARG(llama->effective));
    cr_assert(text_equals(llama->from, TEXT("weir-system/org")));
    cr_assert(text_equals(qwen->effective, TEXT("none")));
    cr_assert(text_equals(find_row(&rows, "prices[echo/echo]")->effective, TEXT("free")));
    size_t count = 0;
    for (size_t i = 0; i < rows.count; i++)
        count += text_equals(rows.items[i].value, TEXT("prices[lab/llama]"));
    cr_assert_eq(count, 1);
}

Test(explain, a_refused_model_shows_each_closed_set_and_what_they_leave_together)
{
    struct explain_question question = {.model = TEXT("gpt-4.1")};

    struct explanation_verdict verdict = explain_verdict(test_arena, planned_prod(), &question);

    cr_assert_not(verdict.allowed);
    cr_assert(text_equals(verdict.reason, TEXT("model gpt-4.1 is not allowed in demo/prod")));
    cr_assert_eq(verdict.sets.count, 2);
    cr_assert(text_equals(verdict.sets.items[0].from, TEXT("weir-system/org-baseline")),
              "the broadest first");
    cr_assert(text_equals(verdict.sets.items[0].effective, TEXT("gpt-4.1-mini, claude-*")));
    cr_assert_eq(verdict.result.count, 1);
    cr_assert(text_equals(verdict.result.items[0], TEXT("gpt-4.1-mini")));
    cr_assert(has_text(verdict.advice, "retail-platform"));
}

Test(explain, an_allowed_model_that_nobody_routes_is_told_apart_from_a_forbidden_one)
{
    struct explain_question question = {.model = TEXT("gpt-4.1-mini")};

    struct explanation_verdict verdict = explain_verdict(test_arena, planned_prod(), &question);

    cr_assert_not(verdict.allowed);
    cr_assert(text_equals(verdict.reason, TEXT("no policy routes model gpt-4.1-mini in demo/prod")));
}

Test(explain, a_caller_the_workspace_does_not_list_is_refused)
{
    struct explain_question question = {.caller = TEXT("mallory")};

    cr_assert(has_text(explain_verdict(test_arena, planned_prod(), &question).reason, "may not call"));
}

Test(explain, of_a_refused_model_and_a_refused_caller_the_model_comes_first)
{
    struct reconcile_view view = given_view(given_all(given_workspace, "  callers: [ { name: ada } ]\n",
                                                      given_policy("weir-system", "org-baseline", org)));
    const struct planned_environment *planned = given_planned(reconcile(test_arena, &view), "prod");
    struct explain_question keyless = {.caller = TEXT("ada"), .model = TEXT("gpt-4.1")};
    struct explain_question stranger = {.caller = TEXT("mallory"), .model = TEXT("gpt-4.1")};

    struct explanation_verdict verdict = explain_verdict(test_arena, planned, &keyless);

    cr_assert(text_equals(verdict.reason, TEXT("model gpt-4.1 is not allowed in demo/prod")));
    cr_assert(
        text_equals(verdict.advice, TEXT("No model can be called here. Ask the owner of the workspace, "
                                         "retail-platform. Besides, caller ada has no key. Make one with "
                                         "`weir keys new` and add the line it prints to the workspace.")));
    cr_assert(text_equals(explain_verdict(test_arena, planned, &stranger).advice,
                          TEXT("No model can be called here. Ask the owner of the workspace, "
                               "retail-platform. Besides, caller mallory may not call in demo/prod: the "
                               "workspace does not list it there.")));
}

Test(explain, a_model_without_its_key_is_not_among_those_allowed)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace,
        given_policy("demo-prod", "own",
                     "  defaults:\n    routes:\n      - model: gpt\n        targets:\n"
                     "          - { provider: openai, model: gpt-4.1, credentialsRef: { name: keys, key: "
                     "openai } }\n"),
        ""));
    const struct planned_environment *planned = given_planned(reconcile(test_arena, &view), "prod");
    struct explain_question lacking = {.model = TEXT("gpt")}, unknown = {.model = TEXT("o3")};

    struct explanation_verdict verdict = explain_verdict(test_arena, planned, &lacking);

    cr_assert(text_equals(verdict.reason, TEXT("model gpt cannot be served in demo/prod")));
    cr_assert(has_text(verdict.advice, "add the Secret demo-prod/keys"));
    cr_assert(
        text_equals(explain_verdict(test_arena, planned, &unknown).advice, TEXT("Allowed here: echo.")));
    struct explanation_row_list rows = explain_rows(test_arena, planned);
    cr_assert(has_text(find_row(&rows, "routes[gpt].targets")->effective, "none: add the Secret"));
}

Test(explain, a_callers_keys_expire)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace,
        "  callers:\n    - name: ada\n      expires: 2026-01-01T00:00:00Z\n"
        "      keyHashes: [\"sha256:0000000000000000000000000000000000000000000000000000000000000000\"]\n",
        ""));
    const struct planned_environment *planned = given_planned(reconcile(test_arena, &view), "dev");
    struct explain_question before = {
        .caller = TEXT("ada"), .model = TEXT("echo"), .now_unix_ms = 1767225599999};
    struct explain_question after = {
        .caller = TEXT("ada"), .model = TEXT("echo"), .now_unix_ms = 1767225600000};

    cr_assert(explain_verdict(test_arena, planned, &before).allowed);
    cr_assert(has_text(explain_verdict(test_arena, planned, &after).reason, "expired"));
}

Test(explain, a_difference_names_old_and_new_value)
{
    struct explanation_row old_rows[] = {{.value = TEXT("maxOutputTokens"), .effective = TEXT("8,192")},
                                         {.value = TEXT("clientGone"), .effective = TEXT("Cancel")}};
    struct explanation_row new_rows[] = {{.value = TEXT("maxOutputTokens"), .effective = TEXT("4,096")},
                                         {.value = TEXT("clientGone"), .effective = TEXT("Cancel")},
                                         {.value = TEXT("maxInputTokens"), .effective = TEXT("10")}};
    struct explanation_row_list before = {old_rows, 2}, after = {new_rows, 3};

    cr_assert(text_equals(explain_difference(test_arena, &before, &after),
                          TEXT("maxOutputTokens 8,192 → 4,096, maxInputTokens none → 10")));
    cr_assert(text_equals(explain_difference(test_arena, &after, &after), (struct text){0}));
}

Test(explain, numbers_are_written_with_separators)
{
    cr_assert(text_equals(explain_number(test_arena, 0), TEXT("0")));
    cr_assert(text_equals(explain_number(test_arena, 999), TEXT("999")));
    cr_assert(text_equals(explain_number(test_arena, 1000), TEXT("1,000")));
    cr_assert(text_equals(explain_number(test_arena, 1234567), TEXT("1,234,567")));
}
