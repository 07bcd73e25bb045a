/* View in, plan out. */
#include "operator/reconcile/plan.h"

#include "lib/base/arena.h"
#include "operator/reconcile/hold.h"
#include "operator/reconcile/served_models.h"

static size_t count_environments(const struct object_list *objects);
static void plan_workspace(struct arena *arena, const struct reconcile_view *view,
                           const struct workspace *workspace, struct plan *plan);
static int compare_workspaces(const void *a, const void *b);

struct plan *
reconcile(struct arena *arena, const struct reconcile_view *view)
{
    struct plan *plan = arena_alloc(arena, sizeof(*plan));
    plan->hold = hold_for_all(view);
    plan->environments =
        arena_alloc_array(arena, count_environments(&view->objects), sizeof(*plan->environments));

    const struct workspace **workspaces =
        arena_alloc_array(arena, view->objects.count, sizeof(const struct workspace *));
    size_t count = 0;
    for (size_t i = 0; i < view->objects.count; i++)
        if (view->objects.items[i].kind->id == KIND_WORKSPACE)
            workspaces[count++] = view->objects.items[i].workspace;
    if (count > 0)
        qsort(workspaces, count, sizeof(*workspaces), compare_workspaces);
    for (size_t i = 0; i < count; i++)
        plan_workspace(arena, view, workspaces[i], plan);
    return plan;
}

bool
hold_is_set(const struct hold *hold)
{
    return hold->reason.length > 0;
}

const struct planned_environment *
plan_find_environment(const struct plan *plan, struct text workspace, struct text environment)
{
    for (size_t i = 0; i < plan->environment_count; i++) {
        const struct planned_environment *planned = &plan->environments[i];
        if (text_equals(planned->workspace->metadata.name, workspace) &&
            text_equals(planned->environment->name, environment))
            return planned;
    }
    return NULL;
}

const struct planned_environment *
plan_find_namespace(const struct plan *plan, struct text namespace)
{
    for (size_t i = 0; i < plan->environment_count; i++)
        if (text_equals(plan->environments[i].namespace, namespace))
            return &plan->environments[i];
    return NULL;
}

static size_t
count_environments(const struct object_list *objects)
{
    size_t count = 0;
    for (size_t i = 0; i < objects->count; i++)
        if (objects->items[i].kind->id == KIND_WORKSPACE)
            count += objects->items[i].workspace->spec.environments.count;
    return count;
}

static void
plan_workspace(struct arena *arena, const struct reconcile_view *view, const struct workspace *workspace,
               struct plan *plan)
{
    for (size_t i = 0; i < workspace->spec.environments.count; i++) {
        const struct workspace_environment *environment = &workspace->spec.environments.items[i];
        struct planned_environment *planned = &plan->environments[plan->environment_count++];
        planned->workspace = workspace;
        planned->environment = environment;
        planned->namespace = workspace_environment_namespace(arena, workspace, environment);
        struct effective_policy *effective =
            effective_policy_for(arena, &view->objects, workspace, environment);
        if (view->is_without_ledger)
            effective->enforced.budgets = effective->shadow.budgets = (struct gateway_budget_list){0};
        planned->loosening = loosening_hold_back(arena, view, workspace, environment, &effective->enforced);
        served_routes_add(arena, &view->served, planned->namespace, &effective->defaults);
        planned->effective = effective;
        planned->config = gateway_config_for(arena, view, workspace, environment, planned->effective);
        planned->hold = hold_for_environment(arena, view, planned);
    }
}

static int
compare_workspaces(const void *a, const void *b)
{
    const struct workspace *const *first = a, *const *second = b;
    return text_compare((*first)->metadata.name, (*second)->metadata.name);
}
