/* The conditions of before, but for the ones that are said anew. */
#include "operator/reconcile/waiting_status.h"

#include "operator/reconcile/status_conditions.h"

struct workspace_status
status_of_waiting(struct arena *arena, const struct workspace *workspace, struct text reason,
                  struct text message)
{
    struct workspace_status status = workspace->status;
    const struct condition *ready = condition_find(&workspace->status.conditions, TEXT("Ready"));
    bool is_ready_known = ready && ready->status != CONDITION_UNKNOWN;
    struct conditions conditions;
    conditions_init(&conditions, arena, workspace->metadata.generation);
    if (is_ready_known)
        conditions_add(&conditions, TEXT("Reconciling"), CONDITION_TRUE, reason, message);
    else
        conditions_add_ready(&conditions, CONDITION_UNKNOWN, reason, message);
    for (size_t i = 0; i < workspace->status.conditions.count; i++) {
        const struct condition *one = &workspace->status.conditions.items[i];
        bool is_said_anew = text_equals(one->type, TEXT("Reconciling")) ||
                            (text_equals(one->type, TEXT("Ready")) && !is_ready_known);
        if (is_said_anew)
            continue;
        conditions_add(&conditions, one->type, one->status, one->reason, one->message);
        conditions.list.items[conditions.list.count - 1].observed_generation = one->observed_generation;
    }
    status.conditions = conditions.list;
    return status;
}
