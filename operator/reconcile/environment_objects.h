/* What an environment is in a cluster: every object it needs, and what was asked for that this cluster cannot
 * give. Workloads are not here: those are the Deployments' own. */
#pragma once

#include "operator/reconcile/cluster_view.h"
#include "operator/reconcile/plan.h"

/* Asked for, and not to be had here. */
struct environment_notice {
    struct text reason, message; /* with the environment's name, what is so instead, and what to do */
};

struct environment_notice_list {
    struct environment_notice *items;
    size_t count, capacity;
};

/* Adds nothing for an environment that is held, that has no identity yet, or whose workspace is being
 * deleted: then what there is stays exactly as it is, and none of it may be pruned. Otherwise objects of the
 * environment that carry its labels and are not in the list are no longer wanted. (Kueue's flavor carries no
 * workspace: it is everybody's and never pruned.) */
void environment_objects_add(struct arena *arena, const struct cluster_view *view,
                             const struct planned_environment *planned, struct desired_objects *out_objects);
void environment_notices_add(struct arena *arena, const struct cluster_view *view,
                             const struct planned_environment *planned,
                             struct environment_notice_list *out_notices);
/* Which Kueue queue its jobs wait in; provider None without one. */
struct queue_status
environment_queue_of(struct arena *arena, const struct cluster_view *view, const struct workspace *workspace,
                     const struct workspace_environment *environment);
