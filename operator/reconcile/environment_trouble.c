/* Why a gateway does not run, in the words of whoever knows: the ReplicaSet's controller, the kubelet. */
#include "lib/base/arena.h"
#include "lib/document/document.h"
#include "operator/objects/names.h"
#include "operator/reconcile/workspace_conditions.h"

static struct text of_deployment(struct arena *arena, const struct cluster_view *view, struct text namespace);
static struct text
of_certificate(struct arena *arena, const struct cluster_view *view, struct text namespace);
static struct text of_pod(struct arena *arena, const struct observed_object *pod);
static struct text field(const struct document *map, const char *key);

struct text
environment_trouble(struct arena *arena, const struct cluster_view *view, struct text namespace)
{
    struct text trouble = of_deployment(arena, view, namespace);
    if (text_is_empty(trouble))
        trouble = of_certificate(arena, view, namespace);
    for (size_t i = 0; i < view->observed.count && text_is_empty(trouble); i++) {
        const struct observed_object *pod = &view->observed.items[i];
        if (text_equals(pod->kind, TEXT("Pod")) && text_equals(pod->namespace, namespace) &&
            text_equals(observed_label(pod, APP_NAME_LABEL), TEXT(GATEWAY_NAME)))
            trouble = of_pod(arena, pod);
    }
    return trouble;
}

static struct text
of_deployment(struct arena *arena, const struct cluster_view *view, struct text namespace)
{
    const struct observed_object *deployment =
        observed_find(&view->observed, TEXT("Deployment"), namespace, TEXT(GATEWAY_NAME));
    if (!deployment || !text_starts_with(deployment->api_version, TEXT("apps/")))
        return (struct text){0};
    const struct document *conditions = document_get(deployment->document, "status.conditions");
    for (size_t i = 0; i < document_count(conditions); i++) {
        const struct document *condition = document_at(conditions, i);
        if (text_equals(field(condition, "type"), TEXT("ReplicaFailure")) &&
            text_equals(field(condition, "status"), TEXT("True")))
            return text_format(arena, "the cluster refuses gateway pods: %.*s",
                               TEXT_ARG(field(condition, "message")));
    }
    return (struct text){0};
}

/* Without its Secret a gateway's pod does not start: it says nothing but that it is being created. */
static struct text
of_certificate(struct arena *arena, const struct cluster_view *view, struct text namespace)
{
    const struct observed_object *certificate =
        observed_find(&view->observed, TEXT("Certificate"), namespace, TEXT(GATEWAY_NAME));
    const struct document *conditions =
        certificate ? document_get(certificate->document, "status.conditions") : NULL;
    for (size_t i = 0; i < document_count(conditions); i++) {
        const struct document *condition = document_at(conditions, i);
        if (text_equals(field(condition, "type"), TEXT("Ready")) &&
            text_equals(field(condition, "status"), TEXT("False")))
            return text_format(arena, "cert-manager has no certificate for the gateway yet: %.*s",
                               TEXT_ARG(field(condition, "message")));
    }
    return (struct text){0};
}

/* ContainerCreating and PodInitializing are on the way; every other reason to wait is trouble. */
static struct text
of_pod(struct arena *arena, const struct observed_object *pod)
{
    const struct document *containers = document_get(pod->document, "status.containerStatuses");
    for (size_t i = 0; i < document_count(containers); i++) {
        const struct document *waiting = document_get(document_at(containers, i), "state.waiting");
        struct text reason = field(waiting, "reason");
        if (!text_is_empty(reason) && !text_equals(reason, TEXT("ContainerCreating")) &&
            !text_equals(reason, TEXT("PodInitializing")))
            return text_format(arena, "gateway pod %.*s: %.*s: %.*s", TEXT_ARG(pod->name), TEXT_ARG(reason),
                               TEXT_ARG(field(waiting, "message")));
    }
    const struct document *conditions = document_get(pod->document, "status.conditions");
    for (size_t i = 0; i < document_count(conditions); i++) {
        const struct document *condition = document_at(conditions, i);
        if (text_equals(field(condition, "type"), TEXT("PodScheduled")) &&
            text_equals(field(condition, "status"), TEXT("False")))
            return text_format(arena, "gateway pod %.*s: %.*s", TEXT_ARG(pod->name),
                               TEXT_ARG(field(condition, "message")));
    }
    return (struct text){0};
}

static struct text
field(const struct document *map, const char *key)
{
    return document_text(document_find(map, text_of(key)));
}
