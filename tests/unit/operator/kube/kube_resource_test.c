/* Discovery as API servers print it, paths, and escaping. */
#include "operator/kube/kube_resource.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"

TestSuite(kube_resource, .init = given_arena, .fini = end_arena);

static struct kube_resource_list
parse(const char *json)
{
    struct kube_resource_list list;
    struct error err = {0};
    cr_assert(kube_discovery_parse(arena, text_of(json), &list, &err), "%s", err.message);
    return list;
}

Test(kube_resource, discovery_lists_every_served_version)
{
    struct kube_resource_list list = parse(
        "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/v2\",\"items\":["
        "{\"metadata\":{\"name\":\"apps\",\"creationTimestamp\":null},\"versions\":[{\"version\":\"v1\","
        "\"freshness\":\"Current\",\"resources\":[{\"resource\":\"deployments\",\"responseKind\":{\"group\":"
        "\"\",\"version\":\"\",\"kind\":\"Deployment\"},\"scope\":\"Namespaced\",\"subresources\":["
        "{\"subresource\":\"scale\"},{\"subresource\":\"status\"}]}]},{\"version\":\"v1beta1\","
        "\"resources\":[{\"resource\":\"deployments\",\"responseKind\":{\"kind\":\"Deployment\"},"
        "\"scope\":\"Namespaced\"}]}]},"
        "{\"metadata\":{\"name\":\"stale.example.com\"},\"versions\":[{\"version\":\"v1\",\"freshness\":"
        "\"Stale\"}]},"
        "{\"metadata\":{},\"versions\":[{\"version\":\"v1\",\"resources\":[{\"resource\":\"namespaces\","
        "\"responseKind\":{\"kind\":\"Namespace\"},\"scope\":\"Cluster\"}]}]}]}");
    cr_assert_eq(list.count, 3);
    const struct kube_resource *deployments = kube_resource_find(&list, TEXT("apps/v1"), TEXT("Deployment"));
    cr_assert(deployments->is_namespaced && deployments->has_status);
    cr_assert(text_equals(deployments->plural, TEXT("deployments")));
    cr_assert_not(kube_resource_find(&list, TEXT("apps/v1beta1"), TEXT("Deployment"))->has_status);
    cr_assert_not(kube_resource_find(&list, TEXT("v1"), TEXT("Namespace"))->is_namespaced);
    cr_assert_null(kube_resource_find(&list, TEXT("jobset.x-k8s.io/v1alpha2"), TEXT("JobSet")));
}

Test(kube_resource, a_server_without_aggregated_discovery_is_told_so)
{
    struct kube_resource_list list;
    struct error err = {0};
    cr_assert_not(kube_discovery_parse(arena, TEXT("{\"kind\":\"APIGroupList\"}"), &list, &err));
    cr_assert(strstr(err.message, "1.30"), "%s", err.message);
    cr_assert_not(kube_discovery_parse(arena, TEXT("<html>"), &list, &err));
}

static void
expect_path(const char *api_version, const char *namespace, const char *name, const char *path)
{
    struct kube_resource resource = {text_of(api_version), TEXT("K"), TEXT("ks"), true, false};
    struct text got = kube_resource_path(arena, &resource, text_of(namespace), text_of(name));
    cr_assert(text_equals(got, text_of(path)), "%.*s", TEXT_ARG(got));
}

Test(kube_resource, paths_of_objects_and_collections)
{
    expect_path("v1", "", "", "/api/v1/ks");
    expect_path("v1", "demo", "", "/api/v1/namespaces/demo/ks");
    expect_path("v1", "demo", "one", "/api/v1/namespaces/demo/ks/one");
    expect_path("apps/v1", "demo", "a/../b c", "/apis/apps/v1/namespaces/demo/ks/a%2F..%2Fb%20c");
    struct kube_resource nodes = {TEXT("v1"), TEXT("Node"), TEXT("nodes"), false, false};
    cr_assert(
        text_equals(kube_resource_path(arena, &nodes, TEXT("demo"), TEXT("n")), TEXT("/api/v1/nodes/n")));
}

Test(kube_resource, selectors_and_tokens_are_escaped_for_a_query)
{
    cr_assert(text_equals(kube_escape(arena, TEXT("a=b,c!=d in (x)+&%")),
                          TEXT("a%3Db%2Cc%21%3Dd%20in%20%28x%29%2B%26%25")));
    cr_assert(text_equals(kube_escape(arena, TEXT("A-z_0.9~")), TEXT("A-z_0.9~")));
}
