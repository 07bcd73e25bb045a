#include "operator/reconcile/removal.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/document/json.h"
#include "operator/objects/names.h"
#include "tests/unit/operator/reconcile/given.h"

TestSuite(removal, .init = given_fresh_arena, .fini = end_arena);

static struct workspace
given_leaving(enum deletion_policy policy)
{
    struct object_list objects = given_objects(given_workspace);
    struct workspace workspace = *objects.items[0].workspace;
    workspace.metadata.deletion_timestamp = 1000;
    workspace.spec.deletion_policy = policy;
    return workspace;
}

/* metadata: as JSON. */
static struct observed_object
given_observed(const char *kind, const char *namespace, const char *name, const char *metadata)
{
    struct document *document;
    struct text json = text_format(test_arena, "{\"metadata\":%s}", metadata);
    cr_assert(json_parse(test_arena, json, TEXT("observed"), &document, NULL));
    return (struct observed_object){.api_version = TEXT("v1"),
                                    .kind = text_of(kind),
                                    .namespace = text_of(namespace),
                                    .name = text_of(name),
                                    .document = document};
}

#define OURS                                                                                                 \
    "\"labels\":{\"app.kubernetes.io/managed-by\":\"weir\",\"weir.dev/workspace\":\"demo\","                 \
    "\"weir.dev/environment\":\"dev\"}"

Test(removal, the_finalizer_is_wanted_until_it_is_there_and_never_on_a_workspace_that_leaves)
{
    struct object_list objects = given_objects(given_workspace);
    struct workspace workspace = *objects.items[0].workspace;
    struct text finalizer = TEXT(WORKSPACE_FINALIZER);

    cr_expect(removal_needs_finalizer(&workspace));
    workspace.metadata.finalizers = (struct text_list){&finalizer, 1};
    cr_expect_not(removal_needs_finalizer(&workspace));
    struct workspace leaving = given_leaving(DELETION_POLICY_DELETE);
    cr_expect_not(removal_needs_finalizer(&leaving));
}

Test(removal, nothing_is_left_when_nothing_was_made)
{
    struct workspace workspace = given_leaving(DELETION_POLICY_DELETE);
    struct cluster_view view = {0};

    struct removal removal = removal_of_workspace(test_arena, &view, &workspace);

    cr_expect(removal.is_done);
    cr_expect_eq(removal.remove_count, 0);
}

Test(removal, a_foreign_namespace_and_another_workspaces_are_left_alone)
{
    struct workspace workspace = given_leaving(DELETION_POLICY_DELETE);
    struct observed_object namespaces[] = {
        given_observed("Namespace", "", "demo-dev", "{}"),
        given_observed("Namespace", "", "demo-prod", "{\"labels\":{\"weir.dev/workspace\":\"demo\"}}"),
        given_observed("Namespace", "", "sales-dev",
                       "{\"labels\":{\"app.kubernetes.io/managed-by\":\"weir\",\"weir.dev/workspace\":"
                       "\"sales\"}}"),
    };
    struct cluster_view view = {.observed = {.items = namespaces, .count = COUNT_OF(namespaces)}};

    struct removal removal = removal_of_workspace(test_arena, &view, &workspace);

    cr_expect_eq(removal.remove_count, 0);
    cr_expect(removal.is_done);
}

Test(removal, a_namespace_is_asked_to_go_once_and_waited_for)
{
    struct workspace workspace = given_leaving(DELETION_POLICY_DELETE);
    struct observed_object namespace = given_observed("Namespace", "", "demo-dev", "{" OURS "}");
    struct cluster_view view = {.observed = {.items = &namespace, .count = 1}};

    struct removal first = removal_of_workspace(test_arena, &view, &workspace);
    namespace.is_deleting = true;
    struct removal second = removal_of_workspace(test_arena, &view, &workspace);

    cr_expect_eq(first.remove_count, 1);
    cr_expect_eq(second.remove_count, 0);
    cr_expect_not(second.is_done);
}

Test(removal, a_namespace_that_was_there_before_us_is_never_deleted)
{
    struct workspace workspace = given_leaving(DELETION_POLICY_DELETE);
    struct observed_object namespace = given_observed(
        "Namespace", "", "demo-dev", "{" OURS ",\"annotations\":{\"weir.dev/adopt\":\"demo\"}}");
    struct cluster_view view = {.observed = {.items = &namespace, .count = 1}};

    struct removal removal = removal_of_workspace(test_arena, &view, &workspace);

    cr_expect_eq(removal.remove_count, 0);
    cr_expect_eq(removal.release.count, 1);
}

Test(removal, a_retained_namespace_keeps_its_isolation_its_bounds_and_its_workloads)
{
    struct workspace workspace = given_leaving(DELETION_POLICY_RETAIN);
    struct observed_object objects[] = {
        given_observed("Namespace", "", "demo-dev", "{" OURS "}"),
        given_observed("NetworkPolicy", "demo-dev", "weir-isolation", "{" OURS "}"),
        given_observed("ResourceQuota", "demo-dev", "weir-quota", "{" OURS "}"),
        given_observed(
            "Deployment", "demo-dev", "chat-w",
            "{\"labels\":{\"app.kubernetes.io/managed-by\":\"weir\",\"weir.dev/workspace\":\"demo\","
            "\"weir.dev/deployment\":\"chat\"}}"),
        given_observed("Secret", "demo-dev", "openai", "{}"),
        given_observed("Secret", "demo-dev", "weir-gateway-identity", "{" OURS "}"),
        given_observed("Deployment", "demo-dev", "weir-gateway", "{" OURS "}"),
    };
    struct cluster_view view = {.observed = {.items = objects, .count = COUNT_OF(objects)}};

    struct removal removal = removal_of_workspace(test_arena, &view, &workspace);

    cr_assert_eq(removal.remove_count, 2);
    cr_expect(text_equals(removal.remove[0].name, TEXT("weir-gateway")));
    cr_expect(text_equals(removal.remove[1].name, TEXT("weir-gateway-identity")));
    cr_expect_eq(removal.release.count, 0, "the claim goes last");
}

Test(removal, a_held_plan_drops_no_environment)
{
    struct workspace workspace = given_leaving(DELETION_POLICY_DELETE);
    struct observed_object namespace = given_observed("Namespace", "", "demo-old", "{" OURS "}");
    struct cluster_view view = {.observed = {.items = &namespace, .count = 1}};
    const struct plan held = {.hold = {.reason = TEXT("InvalidSpec")}};

    cr_expect_eq(removal_of_dropped(test_arena, &view, &held, &workspace).remove_count, 0);
    cr_expect_eq(removal_of_dropped(test_arena, &view, &(struct plan){0}, &workspace).remove_count, 1);
}

Test(removal, looks_again_when_a_gateway_had_its_minute_and_when_patience_ends)
{
    struct workspace workspace = given_leaving(DELETION_POLICY_DELETE);
    const struct removal waiting = {.waiting_for = TEXT("namespace demo-dev to go away")};
    const int64_t asked = workspace.metadata.deletion_timestamp;

    cr_expect_eq(removal_wake_unix_ms(&waiting, &workspace, asked), asked + 60000);
    cr_expect_eq(removal_wake_unix_ms(&waiting, &workspace, asked + 60000), asked + 600000);
    cr_expect_eq(removal_wake_unix_ms(&waiting, &workspace, asked + 600000), 0, "all was said");
    cr_expect_eq(removal_wake_unix_ms(&(struct removal){.is_done = true}, &workspace, asked), 0);
}

Test(removal, a_gateway_is_not_waited_for_any_more_when_its_minute_is_over)
{
    struct workspace workspace = given_leaving(DELETION_POLICY_DELETE);
    const int64_t asked = workspace.metadata.deletion_timestamp;
    struct observed_object objects[] = {
        given_observed("Namespace", "", "demo-dev", "{" OURS "}"),
        given_observed("Deployment", "demo-dev", "weir-gateway", "{" OURS "}"),
    };
    struct cluster_view view = {.observed = {objects, COUNT_OF(objects)}, .now_unix_ms = asked + 59999};

    struct removal before = removal_of_workspace(test_arena, &view, &workspace);
    view.now_unix_ms = asked + 60000;
    struct removal after = removal_of_workspace(test_arena, &view, &workspace);

    cr_expect(text_equals(before.remove[0].kind, TEXT("Deployment")));
    cr_expect(text_equals(after.remove[0].kind, TEXT("Namespace")), "at the very moment it was woken for");
}
