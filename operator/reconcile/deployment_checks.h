/* What keeps a Deployment from being made as it is written: what this version or this cluster cannot do, and
 * pods that reach for what is not theirs. */
#pragma once

#include "operator/objects/workload.h"
#include "operator/reconcile/cluster_view.h"
#include "operator/reconcile/effective_policy.h"
#include "operator/reconcile/plan.h"

/* InvalidSpec with the field and what to write instead; not set: nothing is wrong. */
struct hold deployment_check(const struct workload *workload, const struct cluster_facts *facts);
/* The pod template with podPatches over it. Refused: a pod that is somebody else (another ServiceAccount,
 * other labels), and one that reads the gateway's own Secrets or a provider's key past the gateway. */
struct hold deployment_check_pod(const struct workload *workload, const struct effective_policy *effective,
                                 const struct document **out_template);
