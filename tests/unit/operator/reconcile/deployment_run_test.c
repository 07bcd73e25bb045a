#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "operator/reconcile/deployment_state.h"
#include "operator/reconcile/model_servers.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(deployment_run, .init = given_fresh_arena, .fini = end_arena);

static bool
shows_the_same(const struct batch_progress *a, const struct batch_progress *b)
{
    return a->succeeded == b->succeeded && a->failed == b->failed && a->total == b->total;
}

Test(deployment_run, shows_a_long_batch_in_a_bounded_number_of_steps)
{
    struct batch_progress progress = {.total = 1000003}, last = {.total = -1};
    int changes = 0;
    while (progress.succeeded + progress.failed < progress.total) {
        if (progress.succeeded % 7 == 0)
            progress.failed++;
        progress.succeeded++;
        struct batch_progress shown = batch_progress_shown(&progress);
        changes += !shows_the_same(&shown, &last);
        cr_assert_leq(shown.succeeded, progress.succeeded);
        cr_assert_leq(shown.failed, progress.failed);
        last = shown;
    }

    cr_expect_leq(changes, 112);
    cr_expect_eq(last.succeeded + last.failed, progress.succeeded + progress.failed, "exact at the end");
}

Test(deployment_run, shows_the_first_failure_at_once_and_short_batches_exactly)
{
    struct batch_progress one = {.total = 100000, .succeeded = 50, .failed = 1};
    struct batch_progress small = {.total = 150, .succeeded = 77, .failed = 3};

    cr_expect_eq(batch_progress_shown(&one).failed, 1);
    cr_expect_eq(batch_progress_shown(&small).succeeded, 77);
    cr_expect_eq(batch_progress_shown(&small).failed, 3);
}

static struct cluster_view
view_of(const char *deployments)
{
    static const struct cluster_facts facts = {.tools_image = TEXT("tools")};
    return (struct cluster_view){.facts = &facts,
                                 .base = given_view(given_all(given_workspace, deployments, ""))};
}

static struct text
name_of_job(const char *spec)
{
    struct cluster_view view = view_of(text_c_string(
        test_arena, text_format(test_arena,
                                "---\napiVersion: weir.dev/v1alpha1\nkind: Deployment\n"
                                "metadata: { name: run, namespace: demo-dev }\nspec:\n  type: Job\n%s\n",
                                spec)));
    return deployment_job_name(test_arena, view.base.objects.items[1].deployment);
}

Test(deployment_run, another_job_is_one_whose_work_is_another)
{
    struct text name = name_of_job("  workload: { job: { image: a } }");

    cr_expect(text_starts_with(name, TEXT("run-w-")), "%.*s", TEXT_ARG(name));
    cr_expect(text_equals(name, name_of_job("  suspend: true\n  workload: { job: { image: a } }")));
    cr_expect(text_equals(name, name_of_job("  workload: { job: { image: a, ttlAfterFinished: 1h } }")));
    cr_expect(text_equals(name, name_of_job("  workload: { job: { image: a, parallelism: 1 } }")),
              "a default written out is no change");
    cr_expect_not(text_equals(name, name_of_job("  workload: { job: { image: b } }")));
    cr_expect_not(text_equals(
        name, name_of_job("  workload: { job: { image: a } }\n  resources: { limits: { cpu: 2 } }")));
}

Test(deployment_run, model_servers_are_known_by_each_of_their_names)
{
    struct cluster_view view =
        view_of("---\napiVersion: weir.dev/v1alpha1\nkind: Deployment\nmetadata: { name: llama, namespace: "
                "demo-dev }\nspec:\n  type: ModelServer\n  workload: { modelServer: { engine: vLLM, model: { "
                "uri: hf://a/b, name: llama-70b } } }\n  exposure: { modelAliases: [chat, llama-70b] }\n"
                "---\napiVersion: weir.dev/v1alpha1\nkind: Deployment\nmetadata: { name: hidden, namespace: "
                "demo-dev }\nspec:\n  type: ModelServer\n  workload: { modelServer: { engine: vLLM, model: { "
                "uri: hf://a/b } } }\n  exposure: { viaGateway: false }\n");

    struct model_server_list servers = model_servers_ready(test_arena, &view, TEXT("demo-dev"));

    cr_assert_eq(servers.count, 1);
    cr_expect(text_equals(servers.items[0].base_url, TEXT("http://llama-w.demo-dev.svc:8080/v1")));
    cr_expect_eq(servers.items[0].aliases.count, 2, "llama and chat: no name twice");
    cr_expect(model_server_answers_to(&servers.items[0], TEXT("llama-70b")));
    cr_expect(model_server_answers_to(&servers.items[0], TEXT("llama")));
    cr_expect(model_server_answers_to(&servers.items[0], TEXT("chat")));
    cr_expect_not(model_server_answers_to(&servers.items[0], TEXT("hidden")));
    cr_expect_not(servers.items[0].is_ready);
    cr_expect_eq(model_servers_ready(test_arena, &view, TEXT("demo-prod")).count, 0);
}
