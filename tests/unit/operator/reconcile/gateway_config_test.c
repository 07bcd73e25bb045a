/* What a gateway gets. */
#include <criterion/criterion.h>

#include "lib/base/buffer.h"
#include "lib/document/json.h"
#include "operator/reconcile/plan.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(gateway_config, .init = given_fresh_arena, .fini = end_arena);

static const char *const chat_route =
    "  defaults:\n"
    "    routes:\n"
    "      - model: chat\n"
    "        targets:\n"
    "          - { provider: echo, model: small, weight: 3 }\n"
    "          - { provider: openai, model: gpt-4.1, credentialsRef: { name: keys, key: openai } }\n";

static struct credential key_there = {
    .namespace = {"demo-prod", 9},
    .secret = {"keys", 4},
    .key = {"openai", 6},
    .file = {"/state/secrets/demo-prod/keys/openai", 36},
    .digest = {"abc", 3},
};

static const struct environment_config *
config_of_prod(struct reconcile_view *view)
{
    return given_planned(reconcile(test_arena, view), "prod")->config;
}

static const struct gateway_model *
find_model(const struct environment_config *made, const char *name)
{
    for (size_t i = 0; i < made->config.models.count; i++)
        if (text_equals(made->config.models.items[i].name, text_of(name)))
            return &made->config.models.items[i];
    return NULL;
}

static struct text
note_on(const struct environment_config *made, const char *name)
{
    for (size_t i = 0; i < made->models.count; i++)
        if (text_equals(made->models.items[i].name, text_of(name)))
            return made->models.items[i].note;
    return (struct text){0};
}

Test(gateway_config, targets_that_a_constraint_forbids_are_left_out)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace, given_policy("demo-prod", "own", chat_route),
        given_policy("weir-system", "org",
                     "  constraints: { models: { deny: [ { provider: openai, name: \"*\" } ] } }")));
    view.credentials = (struct credential_list){&key_there, 1};

    const struct gateway_model *chat = find_model(config_of_prod(&view), "chat");

    cr_assert_eq(chat->targets.count, 1);
    cr_assert(text_equals(chat->targets.items[0].provider, TEXT("echo")));
    cr_assert_eq(chat->targets.items[0].weight, 3);
}

Test(gateway_config, a_route_that_the_rules_leave_nothing_of_says_who_denied_it)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace, given_policy("demo-prod", "own", chat_route),
        given_policy("weir-system", "org", "  constraints: { providers: { allow: [anthropic] } }")));
    view.credentials = (struct credential_list){&key_there, 1};

    const struct environment_config *made = config_of_prod(&view);

    cr_assert_eq(find_model(made, "echo")->targets.count, 0, "echo is denied too");
    const struct gateway_model *chat = find_model(made, "chat");
    cr_assert_eq(chat->targets.count, 0);
    cr_assert_eq(chat->forbidden.count, 2, "so that gateways find the rule again");
    cr_assert(text_is_empty(chat->forbidden.items[1].credential_file));
    cr_assert(text_is_empty(chat->unavailable));
    cr_assert(has_text(note_on(made, "chat"), "denied by weir-system/org (file.yaml:"));
    bool has_issue = false;
    for (size_t i = 0; i < made->issues.count; i++)
        has_issue |= text_equals(made->issues.items[i].reason, TEXT("NoRouteLeft")) &&
                     text_equals(made->issues.items[i].policy, TEXT("demo-prod/own"));
    cr_assert(has_issue);
}

Test(gateway_config, a_credential_is_the_name_of_a_file_and_a_digest)
{
    struct reconcile_view view =
        given_view(given_all(given_workspace, given_policy("demo-prod", "own", chat_route), ""));
    view.credentials = (struct credential_list){&key_there, 1};

    const struct gateway_target *target = &find_model(config_of_prod(&view), "chat")->targets.items[1];

    cr_assert(text_equals(target->credential_file, TEXT("/state/secrets/demo-prod/keys/openai")));
    cr_assert(text_equals(target->credential_digest, TEXT("abc")));
}

Test(gateway_config, a_target_without_its_key_is_left_out_and_says_what_to_do)
{
    struct credential missing = key_there;
    missing.file = missing.digest = (struct text){0};
    missing.missing = TEXT("set OPENAI_API_KEY to enable");
    struct reconcile_view view =
        given_view(given_all(given_workspace,
                             given_policy("demo-prod", "own",
                                          "  defaults:\n    routes:\n      - model: gpt\n        targets:\n"
                                          "          - { provider: openai, model: gpt-4.1, credentialsRef: { "
                                          "name: keys, key: openai } }\n"),
                             ""));
    view.credentials = (struct credential_list){&missing, 1};

    const struct environment_config *made = config_of_prod(&view);

    const struct gateway_model *gpt = find_model(made, "gpt");
    cr_assert_eq(gpt->targets.count, 0);
    cr_assert(text_equals(gpt->unavailable, TEXT("set OPENAI_API_KEY to enable")));
    cr_assert(text_equals(note_on(made, "gpt"), TEXT("set OPENAI_API_KEY to enable")));
    cr_assert(text_equals(made->issues.items[0].reason, TEXT("CredentialsMissing")));
}

Test(gateway_config, a_missing_key_is_told_before_a_rule_that_forbids_another_target)
{
    struct reconcile_view view = given_view(
        given_all(given_workspace, given_policy("demo-prod", "own", chat_route),
                  given_policy("weir-system", "org",
                               "  constraints: { models: { deny: [ { provider: echo, name: \"*\" } ] } }")));

    const struct gateway_model *chat = find_model(config_of_prod(&view), "chat");

    cr_assert_eq(chat->targets.count, 0);
    cr_assert_eq(chat->forbidden.count, 0);
    cr_assert(
        text_equals(chat->unavailable, TEXT("add the Secret demo-prod/keys with the key openai to enable")));
}

Test(gateway_config, a_target_of_weight_0_does_not_make_up_for_a_forbidden_one)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace,
        given_policy("demo-prod", "own",
                     "  defaults:\n    routes:\n      - model: gpt\n        targets:\n"
                     "          - { provider: echo, model: small, weight: 0 }\n"
                     "          - { provider: echo, model: big }\n"),
        given_policy("weir-system", "org", "  constraints: { models: { deny: [ { name: big } ] } }")));

    const struct gateway_model *gpt = find_model(config_of_prod(&view), "gpt");

    cr_assert_eq(gpt->targets.count, 0);
    cr_assert(text_equals(gpt->forbidden.items[0].model, TEXT("big")));
}

Test(gateway_config, why_a_model_is_not_available_fits_into_the_config)
{
    char advice[2001] = "x"; /* one byte, so that 1,024 bytes end within a character */
    for (size_t i = 1; i < sizeof(advice); i++)
        advice[i] = i % 2 == 1 ? '\xc3' : '\xa9';
    struct credential missing = key_there;
    missing.missing = (struct text){advice, sizeof(advice)};
    struct reconcile_view view = given_view(
        given_all(given_workspace, given_policy("demo-prod", "own", chat_route),
                  given_policy("weir-system", "org",
                               "  constraints: { models: { deny: [ { provider: echo, name: \"*\" } ] } }")));
    view.credentials = (struct credential_list){&missing, 1};

    struct text unavailable = find_model(config_of_prod(&view), "chat")->unavailable;

    cr_assert_eq(unavailable.length, 1023);
    cr_assert(text_is_utf8(unavailable));
}

Test(gateway_config, a_secret_of_another_environment_is_of_no_use)
{
    struct credential elsewhere = key_there;
    elsewhere.namespace = TEXT("demo-dev");
    struct reconcile_view view =
        given_view(given_all(given_workspace, given_policy("demo-prod", "own", chat_route), ""));
    view.credentials = (struct credential_list){&elsewhere, 1};

    cr_assert_eq(find_model(config_of_prod(&view), "chat")->targets.count, 1, "only echo");
}

Test(gateway_config, the_fallback_takes_over_when_no_target_is_left)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace,
        given_policy(
            "demo-prod", "own",
            "  defaults:\n    routes:\n      - model: gpt\n        targets:\n"
            "          - { provider: openai, model: gpt-4.1, credentialsRef: { name: keys, key: openai } }\n"
            "        fallback: { targets: [ { provider: echo, model: echo } ] }\n"),
        ""));

    const struct gateway_model *gpt = find_model(config_of_prod(&view), "gpt");

    cr_assert_eq(gpt->targets.count, 1);
    cr_assert(text_equals(gpt->targets.items[0].provider, TEXT("echo")));
    cr_assert_eq(gpt->strategy, ROUTE_STRATEGY_PRIORITY);
    cr_assert_eq(gpt->fallback.count, 0);
}

Test(gateway_config, shadow_limits_stand_beside_enforced_ones)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace,
        given_policy("weir-system", "org",
                     "  constraints: { limits: [ { scope: Caller, requestsPerMinute: 100 } ] }"),
        given_policy(
            "demo-prod", "trial",
            "  mode: Shadow\n  constraints: { limits: [ { scope: Caller, requestsPerMinute: 10 } ] }")));

    const struct gateway_limit_list *limits = &config_of_prod(&view)->config.limits;

    cr_assert_eq(limits->count, 2);
    cr_assert_eq(limits->items[0].amount, 100);
    cr_assert_eq(limits->items[0].from.mode, POLICY_MODE_ENFORCE);
    cr_assert_eq(limits->items[1].amount, 10);
    cr_assert_eq(limits->items[1].from.mode, POLICY_MODE_SHADOW);
}

Test(gateway_config, the_request_timeout_is_the_ceiling_of_the_total_deadline)
{
    struct reconcile_view view = given_view(given_all(
        given_workspace, given_policy("weir-system", "org", "  constraints: { requestTimeout: 30s }"),
        given_policy("demo-prod", "own", "  defaults: { deadlines: { total: 2m, connect: 1s } }")));

    const struct gateway_deadlines *deadlines = &config_of_prod(&view)->config.deadlines;

    cr_assert_eq(deadlines->total, 30000);
    cr_assert_eq(deadlines->connect, 1000);
    cr_assert_eq(deadlines->first_byte, 120000, "the built-in default");
}

Test(gateway_config, callers_are_those_of_the_environment_with_the_owners_team_if_they_have_none)
{
    const char *workspace =
        given_all(given_workspace,
                  "  callers:\n    - { name: ada, environments: [prod] }\n"
                  "    - { name: bob, environments: [dev], team: lab }\n    - { name: eve, team: ops }\n",
                  "");
    struct reconcile_view view = given_view(workspace);
    struct extra_caller local = {
        .namespace = TEXT("demo-prod"), .caller.name = TEXT("local"), .caller.expires = FIELD_UNSET};
    view.callers = (struct extra_caller_list){&local, 1};

    const struct gateway_caller_list *callers = &config_of_prod(&view)->config.callers;

    cr_assert_eq(callers->count, 3);
    cr_assert(text_equals(callers->items[0].name, TEXT("ada")));
    cr_assert(text_equals(callers->items[0].team, TEXT("retail-platform")));
    cr_assert(text_equals(callers->items[1].team, TEXT("ops")));
    cr_assert(text_equals(callers->items[2].name, TEXT("local")));
}

Test(gateway_config, the_same_view_gives_the_same_bytes_and_the_gateway_reads_them)
{
    const char *yaml = given_all(given_workspace, given_policy("demo-prod", "own", chat_route), "");
    struct reconcile_view first = given_view(yaml), second = given_view(yaml);

    const struct environment_config *a = config_of_prod(&first), *b = config_of_prod(&second);

    cr_assert(text_equals(a->hash, b->hash));
    struct gateway_config read;
    struct problem_list problems;
    problems_init(&problems, test_arena);
    cr_assert(
        schema_decode(test_arena, &gateway_config_schema, a->document, (struct text){0}, &read, &problems));
    cr_assert(text_equals(read.environment, TEXT("prod")));
    cr_assert_eq(read.models.count, 2);
}

Test(gateway_config, a_new_caller_is_a_new_config_but_the_same_policy)
{
    struct reconcile_view without = given_view(given_workspace);
    struct reconcile_view with = given_view(given_all(given_workspace, "  callers: [ { name: ada } ]\n", ""));

    const struct environment_config *a = config_of_prod(&without), *b = config_of_prod(&with);

    cr_assert_not(text_equals(a->hash, b->hash));
    cr_assert(text_equals(a->config.policy_digest, b->config.policy_digest));
}

Test(gateway_config, a_comment_above_a_rule_changes_no_policy)
{
    const char *rule = "  constraints: { maxOutputTokens: 5 }";
    struct reconcile_view plain =
        given_view(given_all(given_workspace, given_policy("weir-system", "org", rule), ""));
    struct reconcile_view commented =
        given_view(given_all(given_workspace, "# a comment\n", given_policy("weir-system", "org", rule)));

    cr_assert(text_equals(config_of_prod(&plain)->config.policy_digest,
                          config_of_prod(&commented)->config.policy_digest));
}

/* How many there are is no rule: the digest of what policies decided stays as it was. */
Test(gateway_config, says_how_many_gateways_there_are_at_least_in_a_cluster)
{
    struct reconcile_view view = given_view(given_workspace);
    const struct gateway_config *here = &config_of_prod(&view)->config;
    cr_assert_eq(here->gateways, 1, "a laptop runs one");

    view.is_cluster = true;
    const struct gateway_config *there = &config_of_prod(&view)->config;
    cr_assert_eq(there->gateways, 2, "what Production has when nobody says more");
    cr_assert(text_equals(here->policy_digest, there->policy_digest));
}
