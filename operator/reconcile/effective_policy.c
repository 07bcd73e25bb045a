/* Policies in, one effective policy out. */
#include "operator/reconcile/effective_policy.h"

#include "lib/base/arena.h"

struct effective_policy *
effective_policy_for(struct arena *arena, const struct object_list *objects,
                     const struct workspace *workspace, const struct workspace_environment *environment)
{
    struct effective_policy *effective = arena_alloc(arena, sizeof(*effective));
    effective->policies = levels_apply(arena, objects, workspace, environment);
    effective->enforced = constraints_of_all(arena, &effective->policies, POLICY_MODE_ENFORCE);
    struct gateway_budget_list own = budgets_of_workspace(arena, workspace, environment);
    effective->enforced.budgets = budgets_union(arena, &effective->enforced.budgets, &own);
    effective->shadow = constraints_of_all(arena, &effective->policies, POLICY_MODE_SHADOW);
    effective->defaults = defaults_merge(arena, &effective->policies);
    return effective;
}
