/* The result for one environment: every policy that applies, met and merged, each value with who set it. The
 * workspace's and the environment's own budgets are among the enforced ones. */
#pragma once

#include "operator/reconcile/merge_constraints.h"
#include "operator/reconcile/merge_defaults.h"

struct effective_policy {
    struct applied_policy_list policies; /* most specific first */
    struct merged_constraints enforced;
    struct merged_constraints
        shadow; /* recorded by gateways, never blocking, never mixed with the enforced ones */
    struct merged_defaults defaults;
};

struct effective_policy *
effective_policy_for(struct arena *arena, const struct object_list *objects,
                     const struct workspace *workspace, const struct workspace_environment *environment);
