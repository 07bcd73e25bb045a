/* Level, not edge: a change says who is to be looked at again, never what happened. */
#include "operator/runtime/cluster_changes.h"

#include "lib/base/arena.h"
#include "lib/document/json.h"
#include "lib/net/loop.h"
#include "operator/objects/names.h"
#include "operator/runtime/batch_poll.h"
#include "operator/runtime/cluster_parts.h"
#include "operator/runtime/namespace_owners.h"
#include "operator/runtime/organisation.h"

enum { GATHER_MS = 20, POLICY_MS = 150 };

static void
note_workspace(struct cluster_operator *op, enum kube_change change, const struct kube_object *object);
static void
note_namespace(struct cluster_operator *op, enum kube_change change, const struct kube_object *object);
static void note_policy(struct cluster_operator *op, const struct kube_object *object);
static void wake_owner(struct cluster_operator *op, struct text namespace, int64_t delay_ms);
static bool is_echo(const struct cluster_operator *op, const struct watched *watched, struct text workspace,
                    const struct kube_object *object);
static struct text_list declared_namespaces(struct arena *arena, const struct kube_object *object);

void
cluster_note_change(void *owner, const struct watched *watched, enum kube_change change,
                    const struct kube_object *object)
{
    struct cluster_operator *op = owner;
    size_t row = (size_t)(watched->kind - watched_kinds);
    if (row == WATCHED_PODS)
        batch_poll_note_pod(op->batches, change, object);
    if (row == WATCHED_MODEL_POLICIES && text_equals(object->namespace, op->facts.operator_namespace))
        organisation_changed(op->organisation);
    struct text workspace = watched->kind->role == WATCHED_OURS && row == WATCHED_WORKSPACES
                                ? object->name
                                : namespace_owners_find(op->owners, object->namespace);
    if (watched->kind->role == WATCHED_OURS && change == KUBE_MODIFIED &&
        is_echo(op, watched, workspace, object))
        return;
    if (row == WATCHED_WORKSPACES)
        note_workspace(op, change, object);
    else if (row == WATCHED_MODEL_POLICIES)
        note_policy(op, object);
    else if (row == WATCHED_NAMESPACES)
        note_namespace(op, change, object);
    else if (watched->kind->role != WATCHED_CRD)
        wake_owner(op, object->namespace, row == WATCHED_DEPLOYMENTS ? 0 : GATHER_MS);
}

static void
note_workspace(struct cluster_operator *op, enum kube_change change, const struct kube_object *object)
{
    struct arena *scratch = arena_new(0);
    struct text_list namespaces = {0};
    if (change != KUBE_GONE)
        namespaces = declared_namespaces(scratch, object);
    namespace_owners_declare(op->owners, object->name, &namespaces);
    arena_free(scratch);
    op->edit_ms = loop_now_ms(op->loop);
    if (op->state == CLUSTER_LEADING)
        cluster_add(op, object->name, WORKQUEUE_URGENT);
}

static void
note_namespace(struct cluster_operator *op, enum kube_change change, const struct kube_object *object)
{
    struct arena *scratch = arena_new(0);
    struct document *document = NULL;
    struct text workspace = {0};
    wake_owner(op, object->name, GATHER_MS); /* also the one whose it was */
    if (change != KUBE_GONE && json_parse(scratch, object->json, (struct text){0}, &document, NULL))
        workspace =
            document_text(document_find(document_get(document, "metadata.labels"), TEXT(WORKSPACE_LABEL)));
    namespace_owners_label(op->owners, object->name, workspace);
    wake_owner(op, object->name, GATHER_MS);
    arena_free(scratch);
}

static void
note_policy(struct cluster_operator *op, const struct kube_object *object)
{
    op->edit_ms = loop_now_ms(op->loop);
    if (op->state != CLUSTER_LEADING)
        return;
    if (text_equals(object->namespace, op->facts.operator_namespace))
        cluster_add_all(op, WORKQUEUE_PATIENT);
    else
        wake_owner(op, object->namespace, 0);
    struct arena *scratch = arena_new(0);
    workqueue_add_after(
        op->queue, text_format(scratch, "%.*s/%.*s", TEXT_ARG(object->namespace), TEXT_ARG(object->name)),
        WORKQUEUE_URGENT, POLICY_MS, loop_now_ms(op->loop));
    arena_free(scratch);
    cluster_wake(op);
}

static void
wake_owner(struct cluster_operator *op, struct text namespace, int64_t delay_ms)
{
    struct text workspace = namespace_owners_find(op->owners, namespace);
    if (workspace.length == 0 || op->state != CLUSTER_LEADING)
        return;
    if (delay_ms == 0)
        workqueue_add(op->queue, workspace, WORKQUEUE_URGENT, loop_now_ms(op->loop));
    else
        workqueue_add_after(op->queue, workspace, WORKQUEUE_URGENT, delay_ms, loop_now_ms(op->loop));
    cluster_wake(op);
}

/* The answer to our own write, which we know already. */
static bool
is_echo(const struct cluster_operator *op, const struct watched *watched, struct text workspace,
        const struct kube_object *object)
{
    struct arena *scratch = arena_new(256);
    struct text policy =
        text_format(scratch, "%.*s/%.*s", TEXT_ARG(object->namespace), TEXT_ARG(object->name));
    const struct workspace_record *records[] = {cluster_find_record(op, workspace),
                                                cluster_find_record(op, policy)};
    arena_free(scratch);
    size_t row = (size_t)(watched->kind - watched_kinds);
    for (size_t j = 0; j < COUNT_OF(records); j++)
        for (size_t i = 0; records[j] && i < records[j]->awaited_count; i++)
            if (records[j]->awaited[i].row == row &&
                text_equals(records[j]->awaited[i].version, object->resource_version))
                return true;
    return false;
}

static struct text_list
declared_namespaces(struct arena *arena, const struct kube_object *object)
{
    struct text_list list = {0};
    struct document *document = NULL;
    if (!json_parse(arena, object->json, (struct text){0}, &document, NULL))
        return list;
    const struct document *environments = document_get(document, "spec.environments");
    list.items = arena_alloc_array(arena, document_count(environments), sizeof(*list.items));
    for (size_t i = 0; i < document_count(environments); i++) {
        const struct document *environment = document_at(environments, i);
        struct text declared = document_text(document_find(environment, TEXT("namespace")));
        struct text name = document_text(document_find(environment, TEXT("name")));
        if (declared.length == 0)
            declared = text_format(arena, "%.*s-%.*s", TEXT_ARG(object->name), TEXT_ARG(name));
        list.items[list.count++] = declared;
    }
    return list;
}
