/* A cluster's view as policies and gateway configs look at it. */
#pragma once

#include "operator/reconcile/cluster_view.h"

/* view->base with what follows from the rest: that it is a cluster, the time, and the ModelServers of every
 * namespace in it. Refers to the view. */
const struct reconcile_view *cluster_base_view(struct arena *arena, const struct cluster_view *view);
