/* Constraints as status.effective keeps them, and back: what is read back lets through exactly what was
 * written. */
#pragma once

#include "operator/reconcile/merge_constraints.h"

/* Fills allow, deny, limits, budgets, maxima and the timeout; the rest of *out_status is left as it is. */
void effective_constraints_put(struct arena *arena, const struct merged_constraints *constraints,
                               struct effective_status *out_status);
struct merged_constraints
effective_constraints_get(struct arena *arena, const struct effective_status *status);
