/* ModelPolicy `effective` of an environment: what is in force, for people, for admission and for the next
 * pass. Constrains nothing itself. */
#pragma once

#include "operator/objects/desired.h"
#include "operator/reconcile/plan.h"

/* Its manifest and its whole status. While the environment is held the status stays as it was last seen, and
 * none is given if there was none. Times of transition are kept from the one last seen. */
void effective_object_add(struct desired_objects *objects, const struct reconcile_view *view,
                          const struct planned_environment *planned);
/* What is in force, as status.effective says it. */
struct effective_status effective_status_of(struct arena *arena, const struct planned_environment *planned);
