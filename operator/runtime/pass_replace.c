/* An object of ours whose apply the API server calls invalid because of what somebody else put beside ours: a
 * PodDisruptionBudget with minAvailable next to our maxUnavailable. No apply takes away what is not ours, so
 * it is deleted and made anew: only of kinds that can be away for a moment, never what holds traffic, storage
 * or secrets; only when a dry run says that ours is valid by itself; at most once in five minutes. */
#include "operator/runtime/pass_parts.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/log.h"
#include "lib/document/json.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_events.h"
#include "operator/objects/names.h"
#include "operator/objects/object_build.h"
#include "operator/runtime/applied_book.h"

static struct text renamed(struct arena *arena, struct text body, struct text name);
static void tell(const struct pass_write *refused);

bool
pass_replace(const struct pass_write *refused, const struct kube_answer *answer)
{
    struct pass *pass = refused->pass;
    const struct kube_object *there =
        kube_table_find(refused->watched->table, refused->namespace, refused->name);
    if (refused->verb != PASS_APPLY || answer->status != 422 || !there || there->is_deleting ||
        !pass_is_replaceable(refused->watched->kind->resource.kind) || !pass_is_ours(pass->arena, there))
        return false;
    if (!applied_may_replace(applied_book_get(pass->op->book, refused->title), loop_now_ms(pass->op->loop)))
        return false;
    struct pass_write attempt = *refused;
    attempt.verb = PASS_TRY;
    attempt.replaces = refused;
    attempt.title = (struct text){0};
    attempt.uid = text_copy(pass->arena, there->uid);
    attempt.name = text_format(pass->arena, "%.*s-try", TEXT_ARG(refused->name));
    attempt.body = renamed(pass->arena, refused->body, attempt.name);
    pass_send(&attempt);
    return true;
}

void
pass_replace_go_on(const struct pass_write *done)
{
    const struct pass_write *refused = done->replaces;
    if (done->verb == PASS_DELETE) {
        pass_send(refused);
        return;
    }
    tell(refused);
    struct pass_write deletion = *done;
    deletion.verb = PASS_DELETE;
    deletion.name = refused->name;
    pass_send(&deletion);
}

bool
pass_is_replaceable(struct text kind)
{
    static const struct text kinds[] = {TEXT("PodDisruptionBudget"), TEXT("HorizontalPodAutoscaler"),
                                        TEXT("PodMonitor"), TEXT("RoleBinding")};
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (text_equals(kinds[i], kind))
            return true;
    return false;
}

static struct text
renamed(struct arena *arena, struct text body, struct text name)
{
    struct document *document = NULL;
    if (json_parse(arena, body, (struct text){0}, &document, NULL))
        object_put_text(document, "metadata.name", name);
    struct buffer out;
    buffer_init(&out, arena, body.length + 8);
    json_print(document, &out);
    return buffer_text(&out);
}

static void
tell(const struct pass_write *refused)
{
    struct pass *pass = refused->pass;
    const struct workspace *workspace = pass->plan->workspace;
    log_warn("replacing", LOG_TEXT("kind", refused->watched->kind->resource.kind),
             LOG_TEXT("namespace", refused->namespace), LOG_TEXT("name", refused->name));
    const struct kube_event event = {
        .api_version = TEXT(WEIR_API_VERSION),
        .kind = TEXT("Workspace"),
        .name = workspace->metadata.name,
        .uid = workspace->metadata.uid,
        .is_warning = true,
        .reason = TEXT("ObjectReplaced"),
        .action = TEXT("Replace"),
        .note =
            text_format(pass->arena,
                        "%.*s %.*s/%.*s was changed so that it can no longer be put right: it is deleted and "
                        "made anew. Set what you want in the Workspace instead.",
                        TEXT_ARG(refused->watched->kind->resource.kind), TEXT_ARG(refused->namespace),
                        TEXT_ARG(refused->name)),
    };
    kube_events_record(pass->op->events, &event);
}
