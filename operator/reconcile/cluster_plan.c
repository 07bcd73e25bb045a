/* The order in which decisions are asked for, and nothing decided twice. */
#include "operator/reconcile/cluster_plan.h"

#include "lib/base/arena.h"
#include "operator/objects/names.h"
#include "operator/reconcile/adoption.h"
#include "operator/reconcile/cluster_base.h"
#include "operator/reconcile/effective_object.h"
#include "operator/reconcile/environment_objects.h"
#include "operator/reconcile/workspace_conditions.h"

static const struct workspace *
find_workspace(struct arena *arena, const struct cluster_view *view, struct cluster_plan *plan);
static void plan_removal(struct arena *arena, const struct cluster_view *view, struct cluster_plan *plan);
static void plan_objects(struct arena *arena, const struct cluster_view *view, struct cluster_plan *plan);
static void wake_at(struct cluster_plan *plan, int64_t wake_unix_ms);
static void plan_deployments(struct arena *arena, const struct cluster_view *view, struct cluster_plan *plan);
static void
plan_broken_deployments(struct arena *arena, const struct cluster_view *view, struct cluster_plan *plan);
static void plan_statuses(struct arena *arena, const struct cluster_view *view, struct cluster_plan *plan);
static struct refused_edit_list refused_edits(struct arena *arena, const struct cluster_view *view);
static const struct planned_deployment *
find_deployment(const struct cluster_plan *plan, struct text namespace, struct text name);

struct cluster_plan *
cluster_reconcile(struct arena *arena, const struct cluster_view *view)
{
    struct cluster_plan *plan = arena_alloc(arena, sizeof(*plan));
    plan->objects.arena = arena;
    plan->plan = reconcile(arena, cluster_base_view(arena, view));
    plan->workspace = find_workspace(arena, view, plan);
    if (!plan->workspace)
        return plan;
    plan->is_removed = removal_is_wanted(plan->workspace);
    if (plan->is_removed) {
        plan_removal(arena, view, plan);
        return plan;
    }
    adoption_apply(arena, view, plan->plan);
    if (!plan->is_broken) {
        plan->needs_finalizer = removal_needs_finalizer(plan->workspace);
        plan_objects(arena, view, plan);
        plan->removal = removal_of_dropped(arena, view, plan->plan, plan->workspace);
    }
    plan_statuses(arena, view, plan);
    return plan;
}

bool
cluster_plan_prunes(const struct cluster_plan *plan, const struct text_pair_list *labels)
{
    if (!plan->workspace || plan->is_broken || plan->is_removed ||
        !text_equals(text_pair_list_find(labels, TEXT(WORKSPACE_LABEL)), plan->workspace->metadata.name))
        return false;
    const struct planned_environment *environment = plan_find_environment(
        plan->plan, plan->workspace->metadata.name, text_pair_list_find(labels, TEXT(ENVIRONMENT_LABEL)));
    if (!environment || hold_is_set(&environment->hold))
        return false;
    bool is_planned = false; /* no identity yet: nothing was added, so nothing is known to be unwanted */
    for (size_t i = 0; i < plan->objects.count && !is_planned; i++)
        is_planned = text_equals(plan->objects.items[i].namespace, environment->namespace);
    struct text deployment = text_pair_list_find(labels, TEXT(DEPLOYMENT_LABEL));
    if (deployment.length == 0 || !is_planned)
        return is_planned;
    /* Of a Deployment that is gone the garbage collector takes care. */
    const struct planned_deployment *planned = find_deployment(plan, environment->namespace, deployment);
    return planned && !hold_is_set(&planned->hold);
}

static const struct workspace *
find_workspace(struct arena *arena, const struct cluster_view *view, struct cluster_plan *plan)
{
    for (size_t i = 0; i < view->base.objects.count; i++)
        if (view->base.objects.items[i].kind->id == KIND_WORKSPACE)
            return view->base.objects.items[i].workspace;
    for (size_t i = 0; i < view->base.broken.count; i++) {
        const struct broken_object *broken = &view->base.broken.items[i];
        if (!broken->kind || broken->kind->id != KIND_WORKSPACE)
            continue;
        struct workspace *workspace = arena_alloc(arena, sizeof(*workspace));
        schema_set_defaults(&workspace_schema, workspace);
        if (broken->metadata)
            workspace->metadata = *broken->metadata;
        workspace->metadata.name = broken->name;
        workspace->spec.deletion_policy = DELETION_POLICY_RETAIN;
        plan->is_broken = true;
        return workspace;
    }
    return NULL;
}

static void
plan_removal(struct arena *arena, const struct cluster_view *view, struct cluster_plan *plan)
{
    plan->removal = removal_of_workspace(arena, view, plan->workspace);
    wake_at(plan, removal_wake_unix_ms(&plan->removal, plan->workspace, view->now_unix_ms));
    plan->status.observed_generation = plan->workspace->metadata.generation;
    plan->status.conditions = removal_conditions(arena, &plan->removal, plan->workspace, view->now_unix_ms);
}

static void
plan_objects(struct arena *arena, const struct cluster_view *view, struct cluster_plan *plan)
{
    for (size_t i = 0; i < plan->plan->environment_count; i++) {
        const struct planned_environment *environment = &plan->plan->environments[i];
        size_t before = plan->objects.count;
        environment_objects_add(arena, view, environment, &plan->objects);
        if (plan->objects.count > before)
            effective_object_add(&plan->objects, &view->base, environment);
        wake_at(plan, loosening_wake_unix_ms(&environment->loosening));
    }
    plan_deployments(arena, view, plan);
}

static void
plan_deployments(struct arena *arena, const struct cluster_view *view, struct cluster_plan *plan)
{
    size_t most = view->base.objects.count + view->base.broken.count;
    plan->deployments = arena_alloc_array(arena, most, sizeof(*plan->deployments));
    for (size_t i = 0; i < view->base.objects.count; i++) {
        const struct object *object = &view->base.objects.items[i];
        if (object->kind->id != KIND_DEPLOYMENT || object->metadata->deletion_timestamp > 0)
            continue;
        const struct planned_environment *environment =
            plan_find_namespace(plan->plan, object->metadata->namespace);
        if (!environment)
            continue; /* of an environment that was dropped: left to itself */
        struct planned_deployment *planned = &plan->deployments[plan->deployment_count++];
        *planned = (struct planned_deployment){.deployment = object->deployment, .environment = environment};
        size_t before = plan->objects.count;
        planned->hold = deployment_objects_add(view, environment, object->deployment, &plan->objects);
        size_t added = plan->objects.count - before;
        const struct planned_children children = {
            .hold = planned->hold,
            .objects = {.items = added > 0 ? plan->objects.items + before : NULL, .count = added}};
        planned->status = status_of_deployment(arena, view, environment, object->deployment, &children);
        wake_at(plan, deployment_wake_unix_ms(arena, view, environment, object->deployment));
    }
    plan_broken_deployments(arena, view, plan);
}

static void
wake_at(struct cluster_plan *plan, int64_t wake_unix_ms)
{
    if (wake_unix_ms > 0 && (plan->wake_unix_ms == 0 || wake_unix_ms < plan->wake_unix_ms))
        plan->wake_unix_ms = wake_unix_ms;
}

static void
plan_broken_deployments(struct arena *arena, const struct cluster_view *view, struct cluster_plan *plan)
{
    const struct refused_edit_list refused = refused_edits(arena, view);
    const struct status_view status_view = {.plan = plan->plan, .refused = refused};
    for (size_t i = 0; i < view->base.broken.count; i++) {
        const struct broken_object *broken = &view->base.broken.items[i];
        if (!broken->kind || broken->kind->id != KIND_DEPLOYMENT || !broken->metadata)
            continue;
        struct deployment *deployment = arena_alloc(arena, sizeof(*deployment));
        schema_set_defaults(&deployment_schema, deployment);
        deployment->metadata = *broken->metadata;
        const struct object object = {
            .kind = broken->kind, .metadata = &deployment->metadata, .deployment = deployment};
        struct planned_deployment *planned = &plan->deployments[plan->deployment_count++];
        *planned =
            (struct planned_deployment){.deployment = deployment,
                                        .environment = plan_find_namespace(plan->plan, broken->namespace),
                                        .hold = {.reason = TEXT("InvalidSpec"), .message = broken->problem}};
        schema_set_defaults(&deployment_status_schema, &planned->status);
        planned->status.observed_generation = deployment->metadata.generation;
        planned->status.conditions =
            status_of_unsupported(arena, &status_view, &object, deployment->metadata.generation);
    }
}

static void
plan_statuses(struct arena *arena, const struct cluster_view *view, struct cluster_plan *plan)
{
    struct status_view status_view = {
        .plan = plan->plan, .gateways = view->gateways, .refused = refused_edits(arena, view)};
    plan->status =
        status_of_workspace(arena, &status_view, plan->workspace, plan->workspace->metadata.generation);
    if (!plan->is_broken)
        workspace_status_amend(arena, view, plan->plan, plan->workspace, &plan->status);
    plan->reaches = policy_reaches(arena, &status_view);
}

static struct refused_edit_list
refused_edits(struct arena *arena, const struct cluster_view *view)
{
    const struct broken_object_list *broken = &view->base.broken;
    struct refused_edit_list list = {.items = arena_alloc_array(arena, broken->count, sizeof(*list.items))};
    for (size_t i = 0; i < broken->count; i++)
        if (broken->items[i].kind)
            list.items[list.count++] = (struct refused_edit){.kind = broken->items[i].kind,
                                                             .namespace = broken->items[i].namespace,
                                                             .name = broken->items[i].name,
                                                             .problem = broken->items[i].problem};
    return list;
}

static const struct planned_deployment *
find_deployment(const struct cluster_plan *plan, struct text namespace, struct text name)
{
    for (size_t i = 0; i < plan->deployment_count; i++) {
        const struct object_meta *metadata = &plan->deployments[i].deployment->metadata;
        if (text_equals(metadata->name, name) && text_equals(metadata->namespace, namespace))
            return &plan->deployments[i];
    }
    return NULL;
}
