/* Namespaces by their labels: what an environment was called does not matter once it is not in the spec. */
#include "operator/reconcile/removal.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/document/document_build.h"
#include "operator/objects/names.h"
#include "operator/objects/object_build.h"
#include "operator/reconcile/removal_parts.h"

static bool is_claimed(const struct observed_object *object, struct text workspace);
static bool is_forced(const struct workspace *workspace);
static struct removing
start(struct arena *arena, const struct cluster_view *view, const struct workspace *workspace);
static void remove_environment(struct removing *removing, const struct observed_object *namespace);
static bool gateway_is_ending(struct removing *removing, struct text namespace);
static void retain_environment(struct removing *removing, const struct observed_object *namespace);
static void remove_cluster_queues(struct removing *removing, struct text namespace);

bool
removal_is_wanted(const struct workspace *workspace)
{
    return workspace->metadata.deletion_timestamp != FIELD_UNSET;
}

bool
removal_needs_finalizer(const struct workspace *workspace)
{
    const struct text_list *finalizers = &workspace->metadata.finalizers;
    for (size_t i = 0; i < finalizers->count; i++)
        if (text_equals(finalizers->items[i], TEXT(WORKSPACE_FINALIZER)))
            return false;
    return !removal_is_wanted(workspace);
}

struct removal
removal_of_workspace(struct arena *arena, const struct cluster_view *view, const struct workspace *workspace)
{
    struct removing removing = start(arena, view, workspace);
    for (size_t i = 0; i < view->observed.count; i++)
        if (is_claimed(&view->observed.items[i], workspace->metadata.name))
            remove_environment(&removing, &view->observed.items[i]);
    remove_cluster_queues(&removing, (struct text){0});
    return removing_end(&removing, is_forced(workspace));
}

struct removal
removal_of_dropped(struct arena *arena, const struct cluster_view *view, const struct plan *plan,
                   const struct workspace *workspace)
{
    struct removing removing = start(arena, view, workspace);
    for (size_t i = 0; i < view->observed.count && !hold_is_set(&plan->hold); i++) {
        const struct observed_object *namespace = &view->observed.items[i];
        if (!is_claimed(namespace, workspace->metadata.name) || plan_find_namespace(plan, namespace->name))
            continue;
        remove_environment(&removing, namespace);
        remove_cluster_queues(&removing, namespace->name);
    }
    return removing_end(&removing, false);
}

static struct removing
start(struct arena *arena, const struct cluster_view *view, const struct workspace *workspace)
{
    struct removing removing = {.arena = arena, .view = view, .workspace = workspace};
    removing.removal.release.arena = arena;
    return removing;
}

static bool
is_claimed(const struct observed_object *object, struct text workspace)
{
    return text_equals(object->kind, TEXT("Namespace")) &&
           text_equals(observed_label(object, MANAGED_BY_LABEL), TEXT(MANAGED_BY_WEIR)) &&
           text_equals(observed_label(object, WORKSPACE_LABEL), workspace);
}

static bool
is_forced(const struct workspace *workspace)
{
    return text_equals(
        text_pair_list_find(&workspace->metadata.annotations, TEXT(FORCE_FINALIZER_ANNOTATION)),
        TEXT("true"));
}

/* The annotation on a namespace that we made is ours, and is gone once we apply it again: so one that carries
 * it was there before us. */
static void
remove_environment(struct removing *removing, const struct observed_object *namespace)
{
    bool was_there_before = !text_is_empty(observed_annotation(namespace, ADOPT_ANNOTATION));
    if (namespace->is_deleting) {
        removing_wait_for_namespace(removing, namespace);
    } else if (removing->workspace->spec.deletion_policy == DELETION_POLICY_DELETE && !was_there_before) {
        if (gateway_is_ending(removing, namespace->name))
            return;
        removing_add(removing, namespace);
        removing_wait_for_namespace(removing, namespace);
    } else {
        retain_environment(removing, namespace);
    }
}

/* A gateway may finish its calls for ten minutes, and a namespace with such a pod in it goes away only when
 * half of that is over, however soon the pod ends (Kubernetes' namespace controller waits by the grace
 * period). So gateways go first, for a short while. */
static bool
gateway_is_ending(struct removing *removing, struct text namespace)
{
    const struct observed_objects *observed = &removing->view->observed;
    int64_t asked_ms = removing->workspace->metadata.deletion_timestamp;
    if (asked_ms == FIELD_UNSET || removing->view->now_unix_ms - asked_ms >= REMOVAL_GATEWAY_ENDS_MS)
        return false;
    bool is_there = false;
    for (size_t i = 0; i < observed->count; i++) {
        const struct observed_object *object = &observed->items[i];
        bool is_deployment = text_equals(object->kind, TEXT("Deployment"));
        bool is_gateway =
            text_equals(object->namespace, namespace) &&
            (is_deployment ? text_equals(object->name, TEXT(GATEWAY_NAME))
                           : text_equals(object->kind, TEXT("Pod")) &&
                                 text_equals(observed_label(object, APP_NAME_LABEL), TEXT(GATEWAY_NAME)));
        if (!is_gateway)
            continue;
        is_there = true;
        if (is_deployment && !object->is_deleting)
            removing_add(removing, object);
    }
    if (is_there)
        removing_wait_for(removing,
                          text_format(removing->arena, "the gateway of namespace %.*s to end its calls",
                                      TEXT_ARG(namespace)));
    return is_there;
}

/* The claim goes last: until then a pass that begins anew finds what is left to do. Whoever deletes the
 * namespace next should not have to wait for our pods either. */
static void
retain_environment(struct removing *removing, const struct observed_object *namespace)
{
    size_t left = removing_add_gateway(removing, namespace->name);
    if (left == 0 && gateway_is_ending(removing, namespace->name))
        return;
    if (left == 0)
        desired_add(&removing->removal.release, removing_released_namespace(removing, namespace));
    removing_wait_for(
        removing,
        left == 0 ? text_format(removing->arena, "namespace %.*s: to be released", TEXT_ARG(namespace->name))
                  : text_format(removing->arena, "namespace %.*s: %zu objects of its gateway are left",
                                TEXT_ARG(namespace->name), left));
}

/* They stand in no namespace, so none takes them along. namespace empty: all of the workspace. */
static void
remove_cluster_queues(struct removing *removing, struct text namespace)
{
    const struct observed_objects *observed = &removing->view->observed;
    for (size_t i = 0; i < observed->count; i++) {
        const struct observed_object *object = &observed->items[i];
        bool is_own =
            text_equals(object->kind, TEXT("ClusterQueue")) &&
            text_equals(observed_label(object, WORKSPACE_LABEL), removing->workspace->metadata.name) &&
            (text_is_empty(namespace) || text_equals(object->name, namespace));
        if (!is_own)
            continue;
        if (!object->is_deleting)
            removing_add(removing, object);
        removing_wait_for(removing,
                          text_format(removing->arena, "ClusterQueue %.*s", TEXT_ARG(object->name)));
    }
}
