/* The finalizer of a Workspace: set before anything is made, taken off when nothing is left. */
#include "operator/runtime/pass_parts.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/log.h"
#include "lib/document/json.h"
#include "operator/objects/names.h"
#include "operator/objects/object_build.h"

static void send_drop(struct pass *pass, struct text path);
static void add_step(struct document *steps, struct arena *arena, struct text operation, struct text path,
                     struct text value);
static void send_patch(struct pass *pass, enum pass_verb verb, const struct document *document);

void
pass_add_finalizer(struct pass *pass)
{
    const struct object_meta *metadata = &pass->plan->workspace->metadata;
    struct document *workspace =
        object_new(pass->arena, WEIR_API_VERSION, "Workspace", (struct text){0}, metadata->name);
    /* The uid makes it a condition: a Workspace that went meanwhile is not made again. */
    object_put_text(workspace, "metadata.uid", metadata->uid);
    object_put_one_text(workspace, "metadata.finalizers", TEXT(WORKSPACE_FINALIZER));
    send_patch(pass, PASS_APPLY, workspace);
}

void
pass_drop_finalizer(struct pass *pass)
{
    const struct object_meta *metadata = &pass->plan->workspace->metadata;
    for (size_t i = 0; i < metadata->finalizers.count; i++)
        if (text_equals(metadata->finalizers.items[i], TEXT(WORKSPACE_FINALIZER)))
            send_drop(pass, text_format(pass->arena, "/metadata/finalizers/%zu", i));
}

static void
send_drop(struct pass *pass, struct text path)
{
    const struct object_meta *metadata = &pass->plan->workspace->metadata;
    log_info("workspace_removed", LOG_TEXT("workspace", metadata->name));
    struct document *steps = document_new_list(pass->arena);
    add_step(steps, pass->arena, TEXT("test"), TEXT("/metadata/uid"), metadata->uid);
    add_step(steps, pass->arena, TEXT("test"), path, TEXT(WORKSPACE_FINALIZER));
    add_step(steps, pass->arena, TEXT("remove"), path, (struct text){0});
    send_patch(pass, PASS_JSON_PATCH, steps);
}

/* value empty: the step has none. */
static void
add_step(struct document *steps, struct arena *arena, struct text operation, struct text path,
         struct text value)
{
    struct document *step = document_new_map(arena);
    document_set_text(step, "op", operation);
    document_set_text(step, "path", path);
    if (value.length > 0)
        document_set_text(step, "value", value);
    document_append(steps, step);
}

static void
send_patch(struct pass *pass, enum pass_verb verb, const struct document *document)
{
    struct buffer body;
    buffer_init(&body, pass->arena, 512);
    json_print(document, &body);
    const struct pass_write write = {
        .pass = pass,
        .verb = verb,
        .watched = watches_at(pass->op->watches, WATCHED_WORKSPACES),
        .name = pass->plan->workspace->metadata.name,
        .body = buffer_text(&body),
    };
    pass_send(&write);
}
