/* What a cluster adds to a Workspace's status: objects that the API server refused, gateways whose pods
 * cannot start, queues, what was asked for and cannot be had, quotas. */
#pragma once

#include "operator/reconcile/cluster_view.h"
#include "operator/reconcile/plan.h"

/* Amends what status_of_workspace made: an environment in trouble is not ready, and neither is the workspace.
 * Adds Interoperable=False while something cannot be had, QuotaWithinLimits where there are quotas, and
 * Audited=False while the ledger does not take what the workspace declares. */
void workspace_status_amend(struct arena *arena, const struct cluster_view *view, const struct plan *plan,
                            const struct workspace *workspace, struct workspace_status *status);

/* Why an environment's gateway cannot run, from what was observed: a pod that quota or admission refuses, an
 * image that cannot be pulled, a Secret that is missing. Empty: nothing is known to be wrong. */
struct text environment_trouble(struct arena *arena, const struct cluster_view *view, struct text namespace);
