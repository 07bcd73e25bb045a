/* One write and its answer. */
#include "operator/runtime/pass_parts.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/net/loop.h"
#include "operator/objects/names.h"
#include "operator/runtime/applied_book.h"

static const char *const verbs[] = {
    [PASS_APPLY] = "apply", [PASS_TRY] = "try",          [PASS_STATUS] = "status",
    [PASS_MERGE] = "merge", [PASS_JSON_PATCH] = "patch", [PASS_DELETE] = "delete"};

static void on_answer(void *owner, const struct kube_answer *answer);
static void note_rights(struct cluster_operator *op, const struct error *trouble);
static void note_done(const struct pass_write *write, const struct kube_answer *answer);
static void note_failed(const struct pass_write *write, const struct kube_answer *answer);

void
pass_send(const struct pass_write *wanted)
{
    struct pass *pass = wanted->pass;
    struct pass_write *write = arena_copy(pass->arena, wanted, sizeof(*wanted));
    const struct kube_target target = {&write->watched->kind->resource, write->namespace, write->name};
    pass->in_flight++;
    pass->has_written = true;
    if (write->verb == PASS_DELETE) {
        kube_delete(pass->arena, pass->op->client, &target, write->uid, on_answer, write);
        return;
    }
    const struct kube_write patch = {
        .type = write->verb == PASS_MERGE        ? KUBE_PATCH_MERGE
                : write->verb == PASS_JSON_PATCH ? KUBE_PATCH_JSON
                                                 : KUBE_PATCH_APPLY,
        .body = write->body,
        .field_manager = write->verb == PASS_STATUS ? TEXT(STATUS_FIELD_MANAGER) : TEXT(FIELD_MANAGER),
        .is_status = write->verb == PASS_STATUS,
        .is_dry_run = write->verb == PASS_TRY,
    };
    kube_patch(pass->arena, pass->op->client, &target, &patch, on_answer, write);
}

struct text
pass_title(struct arena *arena, struct text api_version, struct text kind, struct text namespace,
           struct text name)
{
    struct text parts[] = {api_version, TEXT(" "), kind, TEXT(" "), namespace, TEXT("/"), name};
    return text_join(arena, &(struct text_list){parts, COUNT_OF(parts)}, (struct text){0});
}

void
pass_refuse(struct pass *pass, const struct pass_write *write, struct text reason, struct text message)
{
    struct refused_object_list *list = &pass->refused;
    list->items =
        arena_grow(pass->arena, list->items, list->count, &pass->refused_capacity, sizeof(*list->items));
    list->items[list->count++] = (struct refused_object){.kind = write->watched->kind->resource.kind,
                                                         .namespace = write->namespace,
                                                         .name = write->name,
                                                         .reason = text_copy(pass->arena, reason),
                                                         .message = text_copy(pass->arena, message)};
}

static void
on_answer(void *owner, const struct kube_answer *answer)
{
    const struct pass_write *write = owner;
    struct pass *pass = write->pass;
    bool is_done = answer->error.kind == ERROR_NONE;
    runtime_metrics_count(pass->op->measured.writes, verbs[write->verb], is_done ? "done" : "failed");
    if (is_done || api_trouble_is_missing_right(&answer->error))
        note_rights(pass->op, &answer->error);
    if (is_done && write->replaces)
        pass_replace_go_on(write);
    else if (is_done)
        note_done(write, answer);
    else if (!pass_replace(write, answer))
        note_failed(write->replaces ? write->replaces : write, answer);
    pass->in_flight--;
    pass_go_on(pass);
}

static void
note_rights(struct cluster_operator *op, const struct error *trouble)
{
    if (!api_trouble_note(&op->refused, trouble, loop_now_ms(op->loop), clock_unix_ms()))
        return;
    if (trouble->kind == ERROR_NONE)
        log_info("writes_allowed_again");
    else
        log_warn("rights_missing", LOG_STRING("reason", trouble->message));
}

static void
note_done(const struct pass_write *write, const struct kube_answer *answer)
{
    struct pass *pass = write->pass;
    uint64_t seen = 0;
    struct text version = {0};
    bool is_object =
        write->verb != PASS_DELETE && watches_look(write->watched, answer->body, &seen, &version);
    if (write->title.length > 0 && write->verb == PASS_DELETE)
        applied_book_forget(pass->op->book, write->title);
    else if (write->title.length > 0)
        applied_note_done(applied_book_get(pass->op->book, write->title), write->desired,
                          write->verb == PASS_STATUS ? 0 : seen);
    if (is_object)
        workspace_record_await(pass->record, (size_t)(write->watched - watches_at(pass->op->watches, 0)),
                               version, loop_now_ms(pass->op->loop));
}

static void
note_failed(const struct pass_write *write, const struct kube_answer *answer)
{
    struct pass *pass = write->pass;
    enum error_kind kind = answer->error.kind;
    int64_t now_ms = loop_now_ms(pass->op->loop);
    bool is_final = kind == ERROR_INVALID;
    pass->has_failed |= !is_final;
    if (write->title.length > 0)
        applied_note_failed(applied_book_get(pass->op->book, write->title), write->desired, is_final, now_ms);
    if (is_final)
        workqueue_add_after(pass->op->queue, pass->workspace, WORKQUEUE_URGENT, APPLIED_REFUSED_AGAIN_MS,
                            now_ms);
    if (answer->status == 0)
        return; /* nobody answered, or we may not write: nothing is known against the object */
    log_warn("write_refused", LOG_STRING("verb", verbs[write->verb]),
             LOG_TEXT("kind", write->watched->kind->resource.kind), LOG_TEXT("namespace", write->namespace),
             LOG_TEXT("name", write->name), LOG_INT("status", answer->status),
             LOG_STRING("reason", answer->error.message));
    bool is_childs = write->verb == PASS_APPLY || write->verb == PASS_MERGE;
    if (is_childs && kind != ERROR_UNAVAILABLE)
        pass_refuse(pass, write, answer->reason.length > 0 ? answer->reason : TEXT("Refused"),
                    answer->message.length > 0 ? answer->message : text_of(answer->error.message));
}
