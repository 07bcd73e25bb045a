/* When nothing may change: an object that matters to an environment is invalid, so what is wanted is not
 * known. */
#pragma once

#include "operator/reconcile/plan.h"

/* Of one environment. */
struct hold hold_for_environment(struct arena *arena, const struct reconcile_view *view,
                                 const struct planned_environment *planned);
/* Of everything: something broken might be a Workspace, so no gateway may be taken for unwanted. */
struct hold hold_for_all(const struct reconcile_view *view);
