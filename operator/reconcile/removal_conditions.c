/* What a Workspace says while it is being deleted. */
#include "operator/objects/names.h"
#include "operator/reconcile/removal_parts.h"
#include "operator/reconcile/status_conditions.h"

enum { PATIENCE_MINUTES = 10, MS_PER_MINUTE = 60000 };

int64_t
removal_wake_unix_ms(const struct removal *removal, const struct workspace *workspace, int64_t now_unix_ms)
{
    static const int64_t steps_ms[] = {REMOVAL_GATEWAY_ENDS_MS, (int64_t)PATIENCE_MINUTES * MS_PER_MINUTE};
    int64_t asked_at = workspace->metadata.deletion_timestamp;
    for (size_t i = 0; i < COUNT_OF(steps_ms) && !removal->is_done && asked_at != FIELD_UNSET; i++)
        if (now_unix_ms - asked_at < steps_ms[i])
            return asked_at + steps_ms[i];
    return 0;
}

struct condition_list
removal_conditions(struct arena *arena, const struct removal *removal, const struct workspace *workspace,
                   int64_t now_unix_ms)
{
    struct conditions conditions;
    conditions_init(&conditions, arena, workspace->metadata.generation);
    struct text message = removal->is_done
                              ? TEXT("everything is gone")
                              : text_format(arena, "waiting for %.*s", TEXT_ARG(removal->waiting_for));
    conditions_add_ready(&conditions, CONDITION_UNKNOWN, TEXT("Deleting"), message);
    int64_t asked_at = workspace->metadata.deletion_timestamp;
    if (removal->is_done || now_unix_ms - asked_at < (int64_t)PATIENCE_MINUTES * MS_PER_MINUTE) {
        conditions_add(&conditions, TEXT("Deleting"), CONDITION_TRUE, TEXT("InProgress"), message);
        return conditions.list;
    }
    conditions_add(&conditions, TEXT("Deleting"), CONDITION_FALSE, TEXT("FinalizerTimeout"),
                   text_format(arena,
                               "after %d minutes still %.*s. Remove what is in the way; or let go of it: "
                               "kubectl annotate workspaces.weir.dev %.*s " FORCE_FINALIZER_ANNOTATION
                               "=true",
                               PATIENCE_MINUTES, TEXT_ARG(message), TEXT_ARG(workspace->metadata.name)));
    return conditions.list;
}
