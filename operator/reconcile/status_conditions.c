/* The three states every object is in, as conditions. */
#include "operator/reconcile/status_conditions.h"

#include "lib/base/arena.h"

void
conditions_init(struct conditions *conditions, struct arena *arena, int64_t generation)
{
    *conditions = (struct conditions){.arena = arena, .generation = generation};
}

void
conditions_add(struct conditions *conditions, struct text type, enum condition_status status,
               struct text reason, struct text message)
{
    struct condition_list *list = &conditions->list;
    list->items =
        arena_grow(conditions->arena, list->items, list->count, &conditions->capacity, sizeof(*list->items));
    list->items[list->count++] = (struct condition){.type = type,
                                                    .status = status,
                                                    .observed_generation = conditions->generation,
                                                    .last_transition_time = FIELD_UNSET,
                                                    .reason = reason,
                                                    .message = message};
}

void
conditions_add_ready(struct conditions *conditions, enum condition_status status, struct text reason,
                     struct text message)
{
    conditions_add(conditions, TEXT("Ready"), status, reason, message);
    if (status == CONDITION_UNKNOWN)
        conditions_add(conditions, TEXT("Reconciling"), CONDITION_TRUE, reason, message);
    if (status == CONDITION_FALSE)
        conditions_add(conditions, TEXT("Stalled"), CONDITION_TRUE, reason, message);
}

const struct refused_edit *
status_find_refused(const struct status_view *view, enum kind_id kind, struct text namespace,
                    struct text name)
{
    for (size_t i = 0; i < view->refused.count; i++) {
        const struct refused_edit *refused = &view->refused.items[i];
        if (refused->kind->id == kind && text_equals(refused->name, name) &&
            text_equals(refused->namespace, namespace))
            return refused;
    }
    return NULL;
}

const struct gateway_report *
status_find_report(const struct status_view *view, struct text namespace)
{
    for (size_t i = 0; i < view->gateways.count; i++)
        if (text_equals(view->gateways.items[i].namespace, namespace))
            return &view->gateways.items[i];
    return NULL;
}

struct condition_list
status_of_unsupported(struct arena *arena, const struct status_view *view, const struct object *object,
                      int64_t generation)
{
    struct conditions conditions;
    conditions_init(&conditions, arena, generation);
    const struct refused_edit *refused =
        status_find_refused(view, object->kind->id, object->metadata->namespace, object->metadata->name);
    if (refused)
        conditions_add_ready(&conditions, CONDITION_FALSE, TEXT("InvalidSpec"), refused->problem);
    else
        conditions_add_ready(&conditions, CONDITION_FALSE, TEXT("NotSupportedYet"),
                             text_format(arena, "nothing runs for a %s on a laptop: apply it to a cluster",
                                         object->kind->name));
    return conditions.list;
}
