/* All that one pass over a workspace wants in a cluster, composed of what the other files here decide:
 * configs, objects, what goes, and what is said about each object. Data, not actions. */
#pragma once

#include "operator/reconcile/deployment_objects.h"
#include "operator/reconcile/policy_summary.h"
#include "operator/reconcile/removal.h"
#include "operator/reconcile/status_deployment.h"

struct planned_deployment {
    const struct deployment *deployment; /* of a broken one only who it is */
    const struct planned_environment *environment;
    struct hold hold; /* nothing of it is applied or pruned */
    struct deployment_status status;
};

struct cluster_plan {
    /* NULL: there is none of that name. Of a broken one only who it is and what its status says. */
    const struct workspace *workspace;
    bool is_broken;       /* what is wanted is not known: nothing is touched but its status */
    bool is_removed;      /* being deleted: `removal` is about the whole workspace */
    bool needs_finalizer; /* to be set before anything is made */
    struct plan *plan;
    struct desired_objects objects;
    struct removal removal; /* else about environments that were dropped */
    struct workspace_status status;
    struct planned_deployment *deployments;
    size_t deployment_count;
    struct policy_reach_list reaches;
    int64_t wake_unix_ms; /* look again then though nothing changes; 0: never */
};

/* Cannot fail. The same view gives the same plan. The view holds at most one Workspace. */
struct cluster_plan *cluster_reconcile(struct arena *arena, const struct cluster_view *view);
/* Whether an object that bears our labels and is not among plan->objects is no longer wanted: its environment
 * is planned whole, and so is the Deployment it belongs to. Labels are of the object itself. */
bool cluster_plan_prunes(const struct cluster_plan *plan, const struct text_pair_list *labels);
