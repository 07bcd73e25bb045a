/* How a workspace's compute quotas are divided among its environments, and whether they are kept.
 *
 * An environment has what it asks for. Of an amount that it does not name, those that do not name it share
 * evenly what the others leave; where nothing is left it is not bounded, and the condition says so. */
#pragma once

#include "operator/reconcile/cluster_view.h"

/* Canonical quantities: the environment's own, and its part of what is left. */
struct text_pair_list environment_quota_share(struct arena *arena, const struct workspace *workspace,
                                              const struct workspace_environment *environment);

/* message empty: the environments stay within the workspace's quotas. */
struct quota_verdict {
    struct text reason, message;
};

struct quota_verdict workspace_quota_verdict(struct arena *arena, const struct workspace *workspace,
                                             const struct object_list *objects);
