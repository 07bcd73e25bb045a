/* Events come of transitions only: a status that is sent again for another reason is no news. */
#include "operator/runtime/status_sender.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/map.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_events.h"
#include "operator/runtime/applied_book.h"

static const struct document *
read_cached(struct arena *arena, const struct status_sender *sender, const struct kube_object *cached);
static const struct document *keep_member(struct arena *arena, const struct status_sender *sender,
                                          const struct document *status, const struct document *there);
static void tell(struct cluster_operator *op, const struct status_sender *sender, struct text uid,
                 const struct condition_change_list *changes);
static struct document *body_of(struct arena *arena, const struct status_sender *sender, struct text uid,
                                const struct document *status);

bool
status_sender_prepare(struct arena *arena, struct cluster_operator *op, struct status_sender *sender)
{
    const struct kube_object *cached =
        kube_table_find(sender->watched->table, sender->namespace, sender->name);
    const struct document *object = cached ? read_cached(arena, sender, cached) : NULL;
    if (!object)
        return false;
    const struct document *there = document_find(object, TEXT("status"));
    struct condition_change_list changes;
    sender->wanted.now_unix_ms = clock_unix_ms();
    if (sender->without_effect.length > 0)
        status_write_add_notice(arena, sender->wanted.conditions, cached->generation, sender->without_effect);
    const struct document *status = status_write_decide(arena, &sender->wanted, there, &changes);
    if (!status)
        return false;
    if (sender->keep.length > 0)
        status = keep_member(arena, sender, status, there);
    if (!status)
        return false;
    struct buffer body;
    buffer_init(&body, arena, 2048);
    json_print(body_of(arena, sender, text_copy(arena, cached->uid), status), &body);
    sender->body = buffer_text(&body);
    sender->desired = map_hash(sender->body) | 1;
    sender->title =
        text_format(arena, "status of %.*s %.*s/%.*s", TEXT_ARG(sender->watched->kind->resource.plural),
                    TEXT_ARG(sender->namespace), TEXT_ARG(sender->name));
    struct applied_object *applied = applied_book_get(op->book, sender->title);
    applied->is_status = true;
    int64_t now_ms = loop_now_ms(op->loop);
    if (applied_decide(applied, sender->desired, 0, now_ms) != APPLY_NOW) {
        workqueue_add_after(op->queue, sender->key, WORKQUEUE_URGENT, applied->retry_ms - now_ms, now_ms);
        return false;
    }
    tell(op, sender, cached->uid, &changes);
    return true;
}

/* Other writes of the pass were answered since it looked, and the object may have changed meanwhile. */
static const struct document *
read_cached(struct arena *arena, const struct status_sender *sender, const struct kube_object *cached)
{
    struct text seen = document_text(document_get(sender->seen, "metadata.resourceVersion"));
    if (!text_is_empty(seen) && text_equals(seen, cached->resource_version))
        return sender->seen;
    struct document *object = NULL;
    return json_parse(arena, cached->json, (struct text){0}, &object, NULL) ? object : NULL;
}

/* The status with one member as the cluster has it; NULL when that says nothing new. */
static const struct document *
keep_member(struct arena *arena, const struct status_sender *sender, const struct document *status,
            const struct document *there)
{
    if (!document_find(there, sender->keep))
        return status;
    struct document *kept = document_new_map(arena);
    for (size_t i = 0; i < document_count(status); i++)
        document_set(kept, document_key_at(status, i), document_value_at(status, i));
    document_set(kept, sender->keep, document_find(there, sender->keep));
    return status_write_equal(arena, sender->wanted.schema, kept, there) ? NULL : kept;
}

static void
tell(struct cluster_operator *op, const struct status_sender *sender, struct text uid,
     const struct condition_change_list *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct condition *after = changes->items[i].after;
        bool is_mirror =
            text_equals(after->type, TEXT("Reconciling")) || text_equals(after->type, TEXT("Stalled"));
        if (is_mirror || (!changes->items[i].before && after->status == CONDITION_TRUE &&
                          !text_equals(after->type, TEXT("Ready"))))
            continue;
        const struct kube_event event = {
            .api_version = sender->watched->kind->resource.api_version,
            .kind = sender->watched->kind->resource.kind,
            .namespace = sender->namespace,
            .name = sender->name,
            .uid = uid,
            .is_warning = after->status == CONDITION_FALSE,
            .reason = after->reason,
            .action = TEXT("Reconcile"),
            .note = after->message.length > 0 ? after->message : after->reason,
        };
        kube_events_record(op->events, &event);
    }
}

static struct document *
body_of(struct arena *arena, const struct status_sender *sender, struct text uid,
        const struct document *status)
{
    struct document *body = document_new_map(arena), *metadata = document_new_map(arena);
    document_set_text(body, "apiVersion", sender->watched->kind->resource.api_version);
    document_set_text(body, "kind", sender->watched->kind->resource.kind);
    document_set_text(metadata, "name", sender->name);
    if (sender->namespace.length > 0)
        document_set_text(metadata, "namespace", sender->namespace);
    document_set_text(metadata, "uid", uid); /* one that took its place is not spoken of */
    document_set(body, TEXT("metadata"), metadata);
    document_set(body, TEXT("status"), status);
    return body;
}
