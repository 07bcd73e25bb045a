/* Conditions as they are put together. For operator/reconcile/status*.c only. */
#pragma once

#include "operator/reconcile/status.h"

struct conditions {
    struct arena *arena;
    struct condition_list list;
    size_t capacity;
    int64_t generation;
};

void conditions_init(struct conditions *conditions, struct arena *arena, int64_t generation);
void conditions_add(struct conditions *conditions, struct text type, enum condition_status status,
                    struct text reason, struct text message);
/* Ready with what goes with it: Reconciling=True while Unknown, Stalled=True when False. */
void conditions_add_ready(struct conditions *conditions, enum condition_status status, struct text reason,
                          struct text message);
/* The refused edit of an object, or NULL. */
const struct refused_edit *status_find_refused(const struct status_view *view, enum kind_id kind,
                                               struct text namespace, struct text name);
