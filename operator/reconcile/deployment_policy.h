/* Whether the environment's policies let a Deployment be: a Batch's model, a ModelServer's names. */
#pragma once

#include "operator/reconcile/cluster_view.h"
#include "operator/reconcile/plan.h"

/* PolicyDenied names the policy and what it allows; ModelUnknown and ModelUnavailable say what could be
 * called. Not set: accepted. */
struct hold
deployment_policy_hold(struct arena *arena, const struct cluster_view *view,
                       const struct planned_environment *planned, const struct deployment *deployment);
