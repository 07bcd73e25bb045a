/* How a Deployment is, from its objects, its pods and the environment's policy. Nothing here counts time or
 * usage: the same view gives the same status, so a quiet cluster causes no write. */
#pragma once

#include "api/types/deployment.h"
#include "operator/reconcile/cluster_view.h"
#include "operator/reconcile/plan.h"

/* What deployment_objects_add made of it. */
struct planned_children {
    struct hold hold;
    struct desired_objects objects;
};

/* Times of transition are the shell's. */
struct deployment_status
status_of_deployment(struct arena *arena, const struct cluster_view *view,
                     const struct planned_environment *planned, const struct deployment *deployment,
                     const struct planned_children *children);
