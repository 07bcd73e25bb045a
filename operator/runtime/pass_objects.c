/* Objects that shall be there: sent only when they are not as they shall be. */
#include "operator/runtime/pass_parts.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/document/document_build.h"
#include "lib/document/document_hash.h"
#include "lib/document/json.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_events.h"
#include "operator/runtime/applied_book.h"
#include "operator/runtime/secret_values.h"
#include "operator/runtime/status_write.h"

static void apply_once(struct pass *pass, const struct desired_object *object,
                       const struct kube_object *cached, struct pass_write *write);
static bool is_applied(const struct pass *pass, const struct watched *watched,
                       const struct kube_object *cached, const struct document *wanted);
static bool has_no_namespace(const struct pass *pass, const struct desired_object *object);
static void keep_refused(struct pass *pass, const struct desired_object *object);
static void tell_hot_loop(struct pass *pass, const struct desired_object *object);
static void apply_status(struct pass *pass, const struct desired_object *object);
static struct text print(struct arena *arena, const struct document *document);

void
pass_apply_objects(struct pass *pass, bool are_namespaces)
{
    const struct desired_objects *objects = &pass->plan->objects;
    for (size_t i = 0; i < objects->count; i++)
        if (text_equals(objects->items[i].kind, TEXT("Namespace")) == are_namespaces)
            pass_apply(pass, &objects->items[i]);
    const struct desired_objects *released = &pass->plan->removal.release;
    for (size_t i = 0; i < released->count && are_namespaces; i++)
        pass_apply(pass, &released->items[i]);
}

void
pass_apply(struct pass *pass, const struct desired_object *object)
{
    struct cluster_operator *op = pass->op;
    const struct watched *watched = watches_find(op->watches, object->api_version, object->kind);
    if (!watched || has_no_namespace(pass, object))
        return; /* of a kind that the cluster does not serve: said by a condition of its parent */
    const struct kube_object *cached = kube_table_find(watched->table, object->namespace, object->name);
    struct pass_write write = {
        .pass = pass,
        .verb = PASS_APPLY,
        .watched = watched,
        .namespace = object->namespace,
        .name = object->name,
        .title = pass_title(pass->arena, object->api_version, object->kind, object->namespace, object->name),
        .desired = document_hash(object->document, map_hash(TEXT("document"))) | 1,
    };
    if (object->is_made_once && cached) {
        apply_once(pass, object, cached, &write);
        return;
    }
    struct applied_object *applied = applied_book_get(op->book, write.title);
    /* By whoever led before. */
    if (applied->desired == 0 && cached && is_applied(pass, watched, cached, object->document))
        applied_note_done(applied, write.desired, watches_digest(watched, cached));
    switch (applied_decide(applied, write.desired, watches_digest(watched, cached), loop_now_ms(op->loop))) {
    case APPLY_NOT:
        break;
    case APPLY_NOW:
        write.body = print(pass->arena, object->document);
        pass_send(&write);
        break;
    case APPLY_HOT:
        tell_hot_loop(pass, object);
        keep_refused(pass, object);
        break;
    case APPLY_LATER:
        keep_refused(pass, object);
        workqueue_add_after(op->queue, pass->workspace, WORKQUEUE_URGENT,
                            applied->retry_ms - loop_now_ms(op->loop), loop_now_ms(op->loop));
    }
}

void
pass_apply_statuses(struct pass *pass)
{
    const struct desired_objects *objects = &pass->plan->objects;
    for (size_t i = 0; i < objects->count; i++)
        if (objects->items[i].status)
            apply_status(pass, &objects->items[i]);
}

/* Only its being suspended may follow the plan. */
static void
apply_once(struct pass *pass, const struct desired_object *object, const struct kube_object *cached,
           struct pass_write *write)
{
    const struct document *wanted = document_get(object->document, "spec.suspend");
    struct document *there = NULL;
    if (!wanted || !json_parse(pass->arena, cached->json, (struct text){0}, &there, NULL) ||
        document_bool(wanted) == document_bool(document_get(there, "spec.suspend")))
        return;
    write->verb = PASS_MERGE;
    write->title = (struct text){0};
    write->body = document_bool(wanted) ? TEXT("{\"spec\":{\"suspend\":true}}")
                                        : TEXT("{\"spec\":{\"suspend\":false}}");
    pass_send(write);
}

/* Of Secrets only metadata is watched: their values are asked for one by one. */
static bool
is_applied(const struct pass *pass, const struct watched *watched, const struct kube_object *cached,
           const struct document *wanted)
{
    if (watched == watches_at(pass->op->watches, WATCHED_SECRETS))
        return secret_values_is_applied(pass->op->secrets, cached->namespace, cached->name, wanted);
    return kube_table_is_applied(watched->table, cached, wanted);
}

/* Its namespace is not there and could not be made: that is what is told. */
static bool
has_no_namespace(const struct pass *pass, const struct desired_object *object)
{
    if (object->namespace.length == 0)
        return false;
    struct cluster_operator *op = pass->op;
    const struct watched *namespaces = watches_at(op->watches, WATCHED_NAMESPACES);
    if (kube_table_find(namespaces->table, (struct text){0}, object->namespace))
        return false;
    struct text title =
        pass_title(pass->arena, TEXT("v1"), TEXT("Namespace"), (struct text){0}, object->namespace);
    return applied_book_get(op->book, title)->desired == 0;
}

/* What was refused and is not tried again yet stays refused. */
static void
keep_refused(struct pass *pass, const struct desired_object *object)
{
    const struct refused_object_list *before = &pass->record->refused;
    for (size_t i = 0; i < before->count; i++) {
        const struct refused_object *one = &before->items[i];
        if (!text_equals(one->kind, object->kind) || !text_equals(one->name, object->name) ||
            !text_equals(one->namespace, object->namespace))
            continue;
        const struct pass_write write = {
            .watched = watches_find(pass->op->watches, object->api_version, object->kind),
            .namespace = object->namespace,
            .name = object->name};
        pass_refuse(pass, &write, one->reason, one->message);
        return;
    }
}

static void
tell_hot_loop(struct pass *pass, const struct desired_object *object)
{
    const struct workspace *workspace = pass->plan->workspace;
    log_warn("hot_loop", LOG_TEXT("kind", object->kind), LOG_TEXT("namespace", object->namespace),
             LOG_TEXT("name", object->name));
    metric_increase(pass->op->measured.hot_loops, 1);
    const struct kube_event event = {
        .api_version = TEXT(WEIR_API_VERSION),
        .kind = TEXT("Workspace"),
        .name = workspace->metadata.name,
        .uid = workspace->metadata.uid,
        .is_warning = true,
        .reason = TEXT("HotLoop"),
        .action = TEXT("Apply"),
        .note =
            text_format(pass->arena,
                        "%.*s %.*s/%.*s was changed by somebody else each time it was put right: it is left "
                        "alone for a minute. Find out who writes it (metadata.managedFields).",
                        TEXT_ARG(object->kind), TEXT_ARG(object->namespace), TEXT_ARG(object->name)),
    };
    kube_events_record(pass->op->events, &event);
}

static void
apply_status(struct pass *pass, const struct desired_object *object)
{
    struct cluster_operator *op = pass->op;
    const struct watched *watched = watches_find(op->watches, object->api_version, object->kind);
    const struct kube_object *cached =
        watched ? kube_table_find(watched->table, object->namespace, object->name) : NULL;
    struct document *there = NULL;
    if (!watched || (cached && json_parse(pass->arena, cached->json, (struct text){0}, &there, NULL) &&
                     status_write_equal(pass->arena, &model_policy_status_schema,
                                        document_find(there, TEXT("status")), object->status)))
        return;
    struct document *body = document_new_map(pass->arena), *metadata = document_new_map(pass->arena);
    document_set_text(body, "apiVersion", object->api_version);
    document_set_text(body, "kind", object->kind);
    document_set_text(metadata, "name", object->name);
    document_set_text(metadata, "namespace", object->namespace);
    document_set(body, TEXT("metadata"), metadata);
    document_set(body, TEXT("status"), object->status);
    struct text text = print(pass->arena, body);
    const struct pass_write write = {
        .pass = pass,
        .verb = PASS_STATUS,
        .watched = watched,
        .namespace = object->namespace,
        .name = object->name,
        .body = text,
        .title = text_format(pass->arena, "status of %.*s %.*s/%.*s", TEXT_ARG(object->kind),
                             TEXT_ARG(object->namespace), TEXT_ARG(object->name)),
        .desired = map_hash(text) | 1,
    };
    struct applied_object *applied = applied_book_get(op->book, write.title);
    applied->is_status = true;
    int64_t now_ms = loop_now_ms(op->loop);
    if (applied_decide(applied, write.desired, 0, now_ms) == APPLY_NOW)
        pass_send(&write);
    else
        workqueue_add_after(op->queue, pass->workspace, WORKQUEUE_URGENT, applied->retry_ms - now_ms, now_ms);
}

static struct text
print(struct arena *arena, const struct document *document)
{
    struct buffer out;
    buffer_init(&out, arena, 2048);
    json_print(document, &out);
    return buffer_text(&out);
}
