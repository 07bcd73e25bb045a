/* The order of removal, what stays, and the words. */
#include "operator/reconcile/removal_parts.h"

#include "lib/base/arena.h"
#include "lib/document/document_build.h"
#include "operator/objects/names.h"
#include "operator/objects/object_build.h"

/* Callers first, then what runs, then what it needed. Bounds and isolation are not among them: they stay. */
static const char *const removal_order[] = {
    "HTTPRoute",  "Certificate",         "PodMonitor",     "HorizontalPodAutoscaler",
    "Deployment", "PodDisruptionBudget", "Service",        "Secret",
    "LocalQueue", "ModelPolicy",         "ServiceAccount", "RoleBinding",
};

static struct text namespace_hindrance(const struct observed_object *namespace);
static bool is_of_environment(const struct removing *removing, const struct observed_object *object,
                              struct text namespace);

void
removing_add(struct removing *removing, const struct observed_object *object)
{
    struct removal *removal = &removing->removal;
    removal->remove = arena_grow(removing->arena, removal->remove, removal->remove_count, &removing->capacity,
                                 sizeof(*removal->remove));
    removal->remove[removal->remove_count++] = (struct object_ref){.api_version = object->api_version,
                                                                   .kind = object->kind,
                                                                   .namespace = object->namespace,
                                                                   .name = object->name};
}

void
removing_wait_for(struct removing *removing, struct text what)
{
    removing->waiting.items = arena_grow(removing->arena, removing->waiting.items, removing->waiting.count,
                                         &removing->waiting_capacity, sizeof(*removing->waiting.items));
    removing->waiting.items[removing->waiting.count++] = what;
}

void
removing_wait_for_namespace(struct removing *removing, const struct observed_object *namespace)
{
    struct text message = namespace_hindrance(namespace);
    if (message.length > 0) {
        removing_wait_for(removing, text_format(removing->arena, "namespace %.*s: %.*s",
                                                TEXT_ARG(namespace->name), TEXT_ARG(message)));
        return;
    }
    removing_wait_for(removing,
                      text_format(removing->arena, "namespace %.*s to go away", TEXT_ARG(namespace->name)));
}

/* Finalizers before what carries them: they say who has to do something. */
static struct text
namespace_hindrance(const struct observed_object *namespace)
{
    const struct document *conditions = document_get(namespace->document, "status.conditions");
    struct text found = {0};
    for (size_t i = 0; i < document_count(conditions); i++) {
        const struct document *condition = document_at(conditions, i);
        if (!text_equals(document_text(document_find(condition, TEXT("status"))), TEXT("True")))
            continue;
        struct text message = document_text(document_find(condition, TEXT("message")));
        bool names_finalizers = text_equals(document_text(document_find(condition, TEXT("type"))),
                                            TEXT("NamespaceFinalizersRemaining"));
        if (found.length == 0 || names_finalizers)
            found = message;
    }
    return found;
}

size_t
removing_add_gateway(struct removing *removing, struct text namespace)
{
    const struct observed_objects *observed = &removing->view->observed;
    size_t left = 0;
    for (size_t step = 0; step < COUNT_OF(removal_order); step++) {
        for (size_t i = 0; i < observed->count; i++) {
            const struct observed_object *object = &observed->items[i];
            if (!text_equals(object->kind, text_of(removal_order[step])) ||
                !is_of_environment(removing, object, namespace))
                continue;
            left++;
            if (!object->is_deleting)
                removing_add(removing, object);
        }
    }
    return left;
}

const struct document *
removing_released_namespace(const struct removing *removing, const struct observed_object *namespace)
{
    struct document *released =
        object_new(removing->arena, "v1", "Namespace", (struct text){0}, namespace->name);
    const struct document *labels = document_get(namespace->document, "metadata.labels");
    for (size_t i = 0; i < document_count(labels); i++)
        if (text_starts_with(document_key_at(labels, i), TEXT(POD_SECURITY_PREFIX)))
            document_set(object_at(released, "metadata.labels"), document_key_at(labels, i),
                         document_value_at(labels, i));
    document_set_text(object_at(released, "metadata.annotations"), ADOPT_ANNOTATION,
                      removing->workspace->metadata.name);
    return released;
}

struct removal
removing_end(struct removing *removing, bool is_forced)
{
    removing->removal.is_done = is_forced || removing->waiting.count == 0;
    if (!removing->removal.is_done)
        removing->removal.waiting_for = text_join(removing->arena, &removing->waiting, TEXT("; "));
    return removing->removal;
}

/* A Deployment's children go with it, and it is the users': neither is ours to take away. */
static bool
is_of_environment(const struct removing *removing, const struct observed_object *object,
                  struct text namespace)
{
    return text_equals(object->namespace, namespace) &&
           text_equals(observed_label(object, MANAGED_BY_LABEL), TEXT(MANAGED_BY_WEIR)) &&
           text_equals(observed_label(object, WORKSPACE_LABEL), removing->workspace->metadata.name) &&
           text_is_empty(observed_label(object, DEPLOYMENT_LABEL));
}
