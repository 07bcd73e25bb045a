/* One step after the other: apply, look until Ready, delete, look until gone. */
#include "operator/runtime/self_test.h"

#include <stdio.h>

#include "api/types/kinds.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/json.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_auth.h"
#include "operator/kube/kube_client.h"
#include "operator/objects/object_build.h"
#include "operator/runtime/cluster_operator.h"

enum { LOOK_EVERY_MS = 500, READY_WITHIN_MS = 120000, GONE_WITHIN_MS = 120000 };

static const struct kube_resource workspaces = {
    .api_version = TEXT(WEIR_API_VERSION), .kind = TEXT("Workspace"), .plural = TEXT("workspaces")};
static const struct kube_resource namespaces = {
    .api_version = TEXT("v1"), .kind = TEXT("Namespace"), .plural = TEXT("namespaces")};
static const struct kube_target workspace = {.resource = &workspaces, .name = TEXT("weir-self-test")};
static const struct kube_target environment = {.resource = &namespaces, .name = TEXT("weir-self-test-dev")};

struct self_test {
    struct arena *arena;
    struct loop *loop;
    struct kube_client *client;
    struct loop_timer *timer;
    int64_t until_ms;
    struct text last; /* what Ready said when it was last looked at */
    bool is_leaving;  /* everything is over but the removal */
    bool has_failed;
    struct error *err;
};

static void apply(struct self_test *test);
static void on_applied(void *owner, const struct kube_answer *answer);
static void on_time(void *owner);
static void on_workspace(void *owner, const struct kube_answer *answer);
static bool read_ready(struct self_test *test, const struct document *object);
static void remove_it(struct self_test *test);
static void on_removed(void *owner, const struct kube_answer *answer);
static void on_environment(void *owner, const struct kube_answer *answer);
static void look_again(struct self_test *test);
static void fail(struct self_test *test, const char *step, struct text why);

bool
self_test_run(const struct cluster_options *options, struct error *err)
{
    struct arena *arena = arena_new(0);
    struct self_test test = {.arena = arena, .loop = loop_new(arena), .err = err};
    struct kube_auth_options auth_options = {
        .loop = test.loop, .kubeconfig = options->kubeconfig, .context = options->context};
    struct kube_client_options client = {.loop = test.loop, .user_agent = "weir-self-test/" WEIR_VERSION};
    if (!kube_auth_open(arena, &auth_options, &client.auth, err)) {
        arena_free(arena);
        return false;
    }
    test.client = kube_client_new(arena, &client);
    test.timer = loop_timer_new(test.loop, arena, on_time, &test);
    apply(&test);
    loop_run(test.loop);
    bool is_right = !test.has_failed;
    arena_free(arena);
    return is_right;
}

static void
apply(struct self_test *test)
{
    struct document *object =
        object_new(test->arena, WEIR_API_VERSION, "Workspace", (struct text){0}, workspace.name);
    object_put_text(object, "spec.owner.team", TEXT("weir"));
    object_put_text(object, "spec.deletionPolicy", TEXT("Delete"));
    struct document *dev = object_append_named(object, "spec.environments", TEXT("dev"));
    object_put_text(dev, "tier", TEXT("Development"));
    struct buffer body;
    buffer_init(&body, test->arena, 512);
    json_print(object, &body);
    struct kube_write write = {
        .type = KUBE_PATCH_APPLY, .body = buffer_text(&body), .field_manager = TEXT("weir-self-test")};
    kube_patch(test->arena, test->client, &workspace, &write, on_applied, test);
}

static void
on_applied(void *owner, const struct kube_answer *answer)
{
    struct self_test *test = owner;
    if (answer->error.kind != ERROR_NONE) {
        fail(test, "applying Workspace weir-self-test", text_of(answer->error.message));
        loop_stop(test->loop); /* there is nothing to remove */
        return;
    }
    puts("applied   Workspace weir-self-test");
    test->until_ms = loop_now_ms(test->loop) + READY_WITHIN_MS;
    look_again(test);
}

static void
on_time(void *owner)
{
    struct self_test *test = owner;
    if (test->is_leaving)
        kube_get(test->arena, test->client, &environment, on_environment, test);
    else
        kube_get(test->arena, test->client, &workspace, on_workspace, test);
}

static void
on_workspace(void *owner, const struct kube_answer *answer)
{
    struct self_test *test = owner;
    struct arena *scratch = arena_new(0);
    struct document *object = NULL;
    struct error err = {0};
    bool is_ready = false;
    if (answer->status == 200 && json_parse(scratch, answer->body, (struct text){0}, &object, &err))
        is_ready = read_ready(test, object);
    else
        test->last =
            text_copy(test->arena, text_of(answer->status == 200 ? err.message : answer->error.message));
    arena_free(scratch);
    if (is_ready) {
        puts("ready     its gateway runs its config");
        remove_it(test);
    } else if (loop_now_ms(test->loop) > test->until_ms) {
        fail(test, "waiting for Workspace weir-self-test to be Ready", test->last);
        remove_it(test);
    } else {
        look_again(test);
    }
}

static bool
read_ready(struct self_test *test, const struct document *object)
{
    bool is_of_last_edit = text_equals(document_text(document_get(object, "metadata.generation")),
                                       document_text(document_get(object, "status.observedGeneration")));
    const struct document *conditions = document_get(object, "status.conditions");
    for (size_t i = 0; i < document_count(conditions); i++) {
        const struct document *condition = document_at(conditions, i);
        if (!text_equals(document_text(document_get(condition, "type")), TEXT("Ready")))
            continue;
        test->last = text_copy(test->arena, document_text(document_get(condition, "message")));
        return is_of_last_edit && text_equals(document_text(document_get(condition, "status")), TEXT("True"));
    }
    return false;
}

static void
remove_it(struct self_test *test)
{
    test->is_leaving = true;
    test->until_ms = loop_now_ms(test->loop) + GONE_WITHIN_MS;
    kube_delete(test->arena, test->client, &workspace, (struct text){0}, on_removed, test);
}

static void
on_removed(void *owner, const struct kube_answer *answer)
{
    struct self_test *test = owner;
    if (answer->error.kind != ERROR_NONE)
        fail(test, "deleting Workspace weir-self-test", text_of(answer->error.message));
    look_again(test);
}

static void
on_environment(void *owner, const struct kube_answer *answer)
{
    struct self_test *test = owner;
    if (answer->status == 404) {
        puts("removed   namespace weir-self-test-dev and all that was in it");
        loop_stop(test->loop);
    } else if (loop_now_ms(test->loop) > test->until_ms) {
        fail(test, "waiting for namespace weir-self-test-dev to go",
             TEXT("it is still there after 2 minutes"));
        loop_stop(test->loop);
    } else {
        look_again(test);
    }
}

static void
look_again(struct self_test *test)
{
    loop_timer_start(test->timer, LOOK_EVERY_MS);
}

/* The first failure is the one that is told. */
static void
fail(struct self_test *test, const char *step, struct text why)
{
    if (!test->has_failed)
        error_set(test->err, ERROR_UNAVAILABLE, "%s: %.*s", step, TEXT_ARG(why));
    test->has_failed = true;
}
