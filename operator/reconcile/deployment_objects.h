/* What one Deployment is made of in its environment's namespace, or why nothing may be made of it now.
 *
 * A Job's spec cannot be changed, so a changed one is another Job: "<deployment>-w-<8 digits of the spec's
 * hash>", and the old one is no longer wanted. The hash is over what a person wrote (workload, resources,
 * podPatches), never over what we made of it: an upgrade of Weir runs nothing again. A Job that exists is
 * wanted as it is; one that finished and is gone is not made again (status.lastRun.job remembers it). */
#pragma once

#include "operator/objects/workload.h"
#include "operator/reconcile/cluster_view.h"
#include "operator/reconcile/plan.h"

/* Adds every object that it should have, each owned by it. A hold that is set: nothing was added, and what
 * exists of it stays as it is, neither applied nor pruned. */
struct hold deployment_objects_add(const struct cluster_view *view, const struct planned_environment *planned,
                                   const struct deployment *deployment, struct desired_objects *out);
/* When the next pass must come though nothing changes (a finished Job's time is over), Unix milliseconds; 0:
 * never. */
int64_t
deployment_wake_unix_ms(struct arena *arena, const struct cluster_view *view,
                        const struct planned_environment *planned, const struct deployment *deployment);

/* For status: what its objects are made from, and the name of its Job ("" when it has none). */
struct workload
deployment_as_workload(struct arena *arena, const struct cluster_view *view,
                       const struct planned_environment *planned, const struct deployment *deployment);
struct text deployment_job_name(struct arena *arena, const struct deployment *deployment);
/* Job or JobSet, as it was seen; NULL: not there. */
const struct observed_object *
deployment_find_job(struct arena *arena, const struct cluster_view *view,
                    const struct planned_environment *planned, const struct deployment *deployment);
