/* A removal as it is put together. For operator/reconcile/removal*.c only. */
#pragma once

#include "operator/reconcile/removal.h"

#define REMOVAL_GATEWAY_ENDS_MS 60000 /* for its calls; then it is not waited for any more */

struct removing {
    struct arena *arena;
    const struct cluster_view *view;
    const struct workspace *workspace;
    struct removal removal;
    size_t capacity;
    struct text_list waiting;
    size_t waiting_capacity;
};

void removing_add(struct removing *removing, const struct observed_object *object);
void removing_wait_for(struct removing *removing, struct text what);
/* With what Kubernetes says keeps it from going. */
void removing_wait_for_namespace(struct removing *removing, const struct observed_object *namespace);
/* What of ours does not stay in a retained namespace; returns how much of it still is there. */
size_t removing_add_gateway(struct removing *removing, struct text namespace);
/* Without the labels that claim it, with the annotation that invites the same workspace. */
const struct document *
removing_released_namespace(const struct removing *removing, const struct observed_object *namespace);
struct removal removing_end(struct removing *removing, bool is_forced);
