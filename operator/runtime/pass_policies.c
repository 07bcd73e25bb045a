/* A policy's status follows from the passes of all workspaces that it is part of: each leaves its share here.
 */
#include "operator/runtime/pass_parts.h"

#include "lib/base/arena.h"
#include "lib/net/loop.h"

enum { GATHER_MS = 50 };

struct seen_list {
    struct seen_policy *items;
    size_t count;
};

static struct seen_list list_seen(struct pass *pass);
static void wake_changed_reaches(struct pass *pass);
static void wake_changed_versions(struct pass *pass, const struct seen_list *seen);
static bool has_reach(const struct policy_reach_list *list, const struct policy_reach *reach);
static const struct seen_policy *find_seen(const struct seen_policy *items, size_t count, struct text policy);
static void wake(struct pass *pass, struct text policy);

void
pass_note_policies(struct pass *pass)
{
    struct seen_list seen = list_seen(pass);
    wake_changed_reaches(pass);
    wake_changed_versions(pass, &seen);
    workspace_record_set_reaches(pass->record, &pass->plan->reaches, seen.items, seen.count);
}

static struct seen_list
list_seen(struct pass *pass)
{
    const struct reconcile_view *view = &pass->built.view.base;
    struct seen_list seen = {.items = arena_alloc_array(pass->arena, view->objects.count + view->broken.count,
                                                        sizeof(*seen.items))};
    for (size_t i = 0; i < view->objects.count; i++) {
        const struct object *object = &view->objects.items[i];
        if (object->kind->id == KIND_MODEL_POLICY && !levels_is_generated(object->model_policy))
            seen.items[seen.count++] =
                (struct seen_policy){.policy = levels_title(pass->arena, object->model_policy),
                                     .generation = object->metadata->generation};
    }
    for (size_t i = 0; i < view->broken.count; i++) {
        const struct broken_object *broken = &view->broken.items[i];
        if (broken->kind && broken->kind->id == KIND_MODEL_POLICY && broken->metadata)
            seen.items[seen.count++] = (struct seen_policy){.policy = text_format(pass->arena, "%.*s/%.*s",
                                                                                  TEXT_ARG(broken->namespace),
                                                                                  TEXT_ARG(broken->name)),
                                                            .generation = broken->metadata->generation,
                                                            .refused = broken->problem};
    }
    return seen;
}

static void
wake_changed_reaches(struct pass *pass)
{
    const struct policy_reach_list *before = &pass->record->reaches, *after = &pass->plan->reaches;
    for (size_t i = 0; i < after->count; i++)
        if (!has_reach(before, &after->items[i]))
            wake(pass, after->items[i].policy);
    for (size_t i = 0; i < before->count; i++)
        if (!has_reach(after, &before->items[i]))
            wake(pass, before->items[i].policy);
}

static void
wake_changed_versions(struct pass *pass, const struct seen_list *seen)
{
    for (size_t i = 0; i < seen->count; i++) {
        const struct seen_policy *before =
            find_seen(pass->record->seen, pass->record->seen_count, seen->items[i].policy);
        if (!before || before->generation != seen->items[i].generation ||
            !text_equals(before->refused, seen->items[i].refused))
            wake(pass, seen->items[i].policy);
    }
}

static bool
has_reach(const struct policy_reach_list *list, const struct policy_reach *reach)
{
    for (size_t i = 0; i < list->count; i++)
        if (policy_reach_equal(&list->items[i], reach))
            return true;
    return false;
}

static const struct seen_policy *
find_seen(const struct seen_policy *items, size_t count, struct text policy)
{
    for (size_t i = 0; i < count; i++)
        if (text_equals(items[i].policy, policy))
            return &items[i];
    return NULL;
}

static void
wake(struct pass *pass, struct text policy)
{
    workqueue_add_after(pass->op->queue, policy, WORKQUEUE_PATIENT, GATHER_MS, loop_now_ms(pass->op->loop));
}
