/* ModelServers as targets of their environment's gateway. */
#include "operator/reconcile/served_models.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "operator/reconcile/policy_summary.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(served_models, .init = given_fresh_arena, .fini = end_arena);

static struct text llama_aliases[] = {{"chat", 4}, {"llama-*", 7}};

/* llama-70b in demo-prod, called llama too, and its twin with the same alias. */
static struct self_hosted_model servers[] = {
    {.namespace = {"demo-prod", 9},
     .deployment = {"llama-70b", 9},
     .model = {"llama", 5},
     .aliases = {llama_aliases, 2},
     .base_url = {"http://llama-70b-w.demo-prod.svc:8000/v1", 40},
     .is_ready = true},
    {.namespace = {"demo-prod", 9},
     .deployment = {"twin", 4},
     .model = {"twin-model", 10},
     .aliases = {llama_aliases, 1},
     .base_url = {"http://twin-w.demo-prod.svc:8000/v1", 35},
     .is_ready = true},
};

static struct plan *
given_servers(struct reconcile_view *view, const char *policies, size_t count)
{
    *view = given_view(given_all(given_workspace, policies, ""));
    view->is_cluster = true;
    view->served = (struct self_hosted_model_list){servers, count};
    return reconcile(test_arena, view);
}

static const struct gateway_model *
find_model(const struct planned_environment *planned, const char *name)
{
    const struct gateway_model_list *models = &planned->config->config.models;
    for (size_t i = 0; i < models->count; i++)
        if (text_equals(models->items[i].name, text_of(name)))
            return &models->items[i];
    return NULL;
}

static const char *
route_to_llama(const char *target)
{
    return given_policy(
        "demo-prod", "routes",
        text_c_string(test_arena, text_format(test_arena,
                                              "  defaults:\n    routes:\n      - { model: best, targets: [ { "
                                              "provider: self-hosted, %s } ] }",
                                              target)));
}

Test(served_models, a_server_is_a_target_under_its_names_without_any_policy)
{
    struct reconcile_view view;
    const struct planned_environment *planned = given_planned(given_servers(&view, "", 1), "prod");

    const struct gateway_model *model = find_model(planned, "llama");
    cr_assert(model);
    cr_assert_eq(model->targets.count, 1);
    cr_assert(text_equals(model->targets.items[0].provider, TEXT("self-hosted/llama-70b")));
    cr_assert(text_equals(model->targets.items[0].model, TEXT("llama")));
    cr_assert(find_model(planned, "chat"));
    cr_assert_null(find_model(planned, "llama-*"), "a pattern is no name");
    const struct gateway_provider_list *providers = &planned->config->config.providers;
    bool is_there = false;
    for (size_t i = 0; i < providers->count; i++)
        is_there = is_there || text_equals(providers->items[i].base_url, servers[0].base_url);
    cr_assert(is_there);
    cr_assert_not(hold_is_set(&planned->hold));
}

Test(served_models, other_environments_do_not_get_it)
{
    struct reconcile_view view;

    cr_assert_null(find_model(given_planned(given_servers(&view, "", 1), "dev"), "llama"));
}

Test(served_models, servers_that_share_a_name_share_its_calls)
{
    struct reconcile_view view;
    const struct planned_environment *planned = given_planned(given_servers(&view, "", 2), "prod");

    cr_assert_eq(find_model(planned, "chat")->targets.count, 2);
    cr_assert_eq(find_model(planned, "chat")->strategy, ROUTE_STRATEGY_LEAST_BUSY);
    cr_assert(text_equals(find_model(planned, "chat")->targets.items[1].model, TEXT("twin-model")));
}

Test(served_models, a_policys_route_of_that_name_comes_first)
{
    struct reconcile_view view;
    const char *policy = given_policy(
        "demo-prod", "routes",
        "  defaults: { routes: [ { model: chat, targets: [ { provider: echo, model: echo } ] } ] }");
    const struct planned_environment *planned = given_planned(given_servers(&view, policy, 1), "prod");

    cr_assert_eq(find_model(planned, "chat")->targets.count, 1);
    cr_assert(text_equals(find_model(planned, "chat")->targets.items[0].provider, TEXT("echo")));
}

Test(served_models, policies_have_the_last_word)
{
    struct reconcile_view view;
    const char *policy =
        given_policy("weir-system", "org",
                     "  constraints: { models: { deny: [ { provider: self-hosted, name: llama } ] } }");
    const struct planned_environment *planned = given_planned(given_servers(&view, policy, 2), "prod");

    cr_assert_eq(find_model(planned, "llama")->targets.count, 0);
    cr_assert_eq(find_model(planned, "llama")->forbidden.count, 1);
    cr_assert_eq(find_model(planned, "chat")->targets.count, 1, "the twin is not denied");
}

Test(served_models, a_closed_set_that_has_self_hosted_lets_them_through)
{
    struct reconcile_view view;
    const char *policy =
        given_policy("weir-system", "org",
                     "  constraints: { providers: { allow: [openai, self-hosted] }, models: { allow: "
                     "[ { provider: self-hosted, name: 'llama*' } ] } }");
    const struct planned_environment *planned = given_planned(given_servers(&view, policy, 2), "prod");

    cr_assert_eq(find_model(planned, "llama")->targets.count, 1);
    cr_assert_eq(find_model(planned, "twin-model")->targets.count, 0);
}

Test(served_models, a_route_may_name_the_deployment_or_its_model)
{
    struct reconcile_view view;
    const struct planned_environment *by_ref =
        given_planned(given_servers(&view, route_to_llama("deploymentRef: { name: llama-70b }"), 1), "prod");
    const struct planned_environment *by_name =
        given_planned(given_servers(&view, route_to_llama("model: chat"), 1), "prod");

    cr_assert(text_equals(find_model(by_ref, "best")->targets.items[0].model, TEXT("llama")));
    cr_assert(text_equals(find_model(by_name, "best")->targets.items[0].model, TEXT("llama")));
}

Test(served_models, one_that_is_not_ready_says_so_and_the_policy_too)
{
    servers[0].is_ready = false;
    struct reconcile_view view;
    struct plan *plan = given_servers(&view, route_to_llama("deploymentRef: { name: llama-70b }"), 1);
    const struct planned_environment *planned = given_planned(plan, "prod");

    cr_assert(has_text(find_model(planned, "best")->unavailable, "no pod of Deployment llama-70b is ready"));
    struct gateway_report report = {.namespace = TEXT("demo-prod"), .gateways = 1, .acked = 1};
    struct status_view seen = {.plan = plan, .gateways = {&report, 1}};
    struct model_policy_status status =
        status_of_policy(test_arena, &seen, view.objects.items[1].model_policy, 1);
    cr_assert_eq(condition_find(&status.conditions, TEXT("Ready"))->status, CONDITION_TRUE);
    cr_assert(condition_find(&status.conditions, TEXT("TargetsReady")));
    cr_assert_null(condition_find(&status.conditions, TEXT("CredentialsResolved")));
}

Test(served_models, one_that_does_not_exist_is_told)
{
    struct reconcile_view view;
    const struct planned_environment *planned =
        given_planned(given_servers(&view, route_to_llama("deploymentRef: { name: lama }"), 1), "prod");

    cr_assert(has_text(find_model(planned, "best")->unavailable,
                       "no ModelServer Deployment called lama is in demo-prod"));
}

Test(served_models, a_laptop_runs_none)
{
    struct reconcile_view view =
        given_view(given_all(given_workspace, route_to_llama("deploymentRef: { name: llama-70b }"), ""));
    const struct planned_environment *planned = given_planned(reconcile(test_arena, &view), "prod");

    cr_assert(has_text(find_model(planned, "best")->unavailable, "run in a cluster only"));
    cr_assert_not(hold_is_set(&planned->hold));
}

static const char *
policy_with_a_ca_file(void)
{
    return given_policy("weir-system", "org",
                        "  defaults: { providers: [ { name: inside, type: OpenAI, baseUrl: 'https://llm/v1', "
                        "caFile: ca.pem } ] }");
}

Test(served_models, a_ca_file_holds_environments_in_a_cluster_and_is_fine_on_a_laptop)
{
    struct reconcile_view view;
    struct plan *plan = given_servers(&view, policy_with_a_ca_file(), 0);
    struct status_view seen = {.plan = plan};
    struct model_policy_status status =
        status_of_policy(test_arena, &seen, view.objects.items[1].model_policy, 1);
    view.is_cluster = false;

    cr_assert(text_equals(given_planned(plan, "prod")->hold.reason, TEXT("CaFileRefused")));
    cr_assert(text_equals(condition_find(&status.conditions, TEXT("Ready"))->reason, TEXT("CaFileRefused")));
    cr_assert_not(hold_is_set(&given_planned(reconcile(test_arena, &view), "prod")->hold));
}

Test(served_models, workloads_are_callers_of_their_own_namespace_only)
{
    struct reconcile_view view = given_view(given_workspace);
    view.workload_identity =
        (struct workload_identity){.issuer = TEXT("https://kubernetes"), .audience = TEXT("weir")};
    struct plan *plan = reconcile(test_arena, &view);

    cr_assert(text_equals(given_planned(plan, "dev")->config->config.workload_identity.namespace,
                          TEXT("demo-dev")));
    cr_assert(text_equals(given_planned(plan, "prod")->config->config.workload_identity.namespace,
                          TEXT("demo-prod")));
}
