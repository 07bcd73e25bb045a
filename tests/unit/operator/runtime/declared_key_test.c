/* Whatever a declaration is made of changes the number, and nothing else does. */
#include "operator/runtime/declared_key.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "operator/kube/kube_cache.h"
#include "operator/reconcile/plan.h"

static struct arena *arena;
static struct kube_table *policies, *deployments;
static struct kube_object workspace;
static struct environment_config config;
static struct workspace_environment environment;
static struct planned_environment planned;
static struct plan plan;
static struct text namespaces[] = {{"demo-dev", 8}, {"demo-prod", 9}};
static struct declared_parts parts;
static int versions;

static void
put(struct kube_table *table, const char *namespace, const char *name, const char *rest)
{
    enum kube_change change;
    const struct kube_object *object;
    struct text json = text_format(
        arena,
        "{\"metadata\":{\"namespace\":\"%s\",\"name\":\"%s\",\"uid\":\"%s-%s\",\"resourceVersion\":\"%d\","
        "\"generation\":1},%s}",
        namespace, name, namespace, name, ++versions, rest);
    cr_assert(kube_table_put(table, json, &change, &object));
}

static void
given_parts(void)
{
    arena = arena_new(0);
    const struct kube_filter everything = {0};
    struct kube_cache *cache = kube_cache_new(arena);
    policies = kube_cache_add(cache, TEXT("modelpolicies"), &everything);
    deployments = kube_cache_add(cache, TEXT("deployments"), &everything);
    workspace = (struct kube_object){.name = TEXT("demo"), .uid = TEXT("w"), .digest = 7};
    environment = (struct workspace_environment){.name = TEXT("dev")};
    config = (struct environment_config){.hash = TEXT("abc")};
    planned = (struct planned_environment){
        .environment = &environment, .namespace = TEXT("demo-dev"), .config = &config};
    plan = (struct plan){.environments = &planned, .environment_count = 1};
    parts = (struct declared_parts){.workspace = &workspace,
                                    .policies = policies,
                                    .deployments = deployments,
                                    .namespaces = {namespaces, 2},
                                    .plan = &plan};
    put(policies, "demo-dev", "a", "\"spec\":{\"mode\":\"Enforce\"}");
    put(policies, "demo-prod", "b", "\"spec\":{\"mode\":\"Enforce\"}");
}

static void
end(void)
{
    arena_free(arena);
}

TestSuite(declared_key, .init = given_parts, .fini = end);

#define expect_another(BEFORE) cr_assert_neq(declared_key(&parts), BEFORE)

Test(declared_key, stays_while_only_statuses_and_other_namespaces_change)
{
    uint64_t before = declared_key(&parts);
    cr_assert_neq(before, 0u);
    put(policies, "demo-dev", "a", "\"spec\":{\"mode\":\"Enforce\"},\"status\":{\"observedGeneration\":1}");
    put(policies, "other-dev", "a", "\"spec\":{\"mode\":\"Shadow\"}");
    cr_assert_eq(declared_key(&parts), before);
}

Test(declared_key, is_another_for_each_object_that_is_new_other_or_gone)
{
    uint64_t before = declared_key(&parts);
    put(policies, "demo-dev", "a", "\"spec\":{\"mode\":\"Shadow\"}");
    expect_another(before);
    before = declared_key(&parts);
    put(policies, "demo-dev", "a",
        "\"x\":1,\"spec\":{\"mode\":\"Shadow\"},\"apiVersion\":\"weir.dev/v1alpha1\"");
    expect_another(before);
    before = declared_key(&parts);
    put(deployments, "demo-prod", "shop", "\"spec\":{}");
    expect_another(before);
    before = declared_key(&parts);
    kube_table_remove(deployments, TEXT("demo-prod"), TEXT("shop"));
    expect_another(before);
    before = declared_key(&parts);
    workspace.digest++;
    expect_another(before);
    workspace.digest--;
    workspace.uid = TEXT("another of that name");
    expect_another(before);
}

Test(declared_key, is_another_for_what_is_planned_held_or_broken)
{
    uint64_t before = declared_key(&parts);
    config.hash = TEXT("abd");
    expect_another(before);
    before = declared_key(&parts);
    planned.hold.reason = TEXT("InvalidSpec");
    expect_another(before);
    before = declared_key(&parts);
    plan.hold.reason = TEXT("InvalidSpec");
    expect_another(before);
    before = declared_key(&parts);
    parts.broken_count = 1;
    expect_another(before);
    before = declared_key(&parts);
    plan.environment_count = 0;
    expect_another(before);
    before = declared_key(&parts);
    parts.namespaces.count = 1;
    expect_another(before);
}
