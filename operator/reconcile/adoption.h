/* May an environment use the namespace it names? One that is not there is made; one that is somebody else's
 * is not taken over without their word, the annotation weir.dev/adopt: <workspace>.
 *
 * The view must have seen every Namespace that an environment names, whoever made it: one that was not looked
 * for would be taken for absent. */
#pragma once

#include "operator/reconcile/cluster_view.h"
#include "operator/reconcile/plan.h"

/* Reason empty: it may. Else NamespaceNotOurs, NamespaceConflict or NamespaceTerminating, with advice. */
struct hold adoption_hold(struct arena *arena, const struct cluster_view *view,
                          const struct planned_environment *planned);
/* Holds every environment of the plan that may not, unless it is held already. */
void adoption_apply(struct arena *arena, const struct cluster_view *view, struct plan *plan);
