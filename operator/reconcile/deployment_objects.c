/* Which objects a Deployment gets. How each looks is operator/objects' business. */
#include "operator/reconcile/deployment_objects.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "operator/objects/names.h"
#include "operator/reconcile/deployment_checks.h"
#include "operator/reconcile/deployment_job.h"
#include "operator/reconcile/deployment_policy.h"

static bool is_suspended(const struct planned_environment *planned, const struct deployment *deployment);
static void add_all(const struct cluster_view *view, const struct workload *workload,
                    const struct document *template, struct desired_objects *out);
static void add_pods(const struct cluster_view *view, const struct workload *workload,
                     const struct document *template, struct desired_objects *out);
static void add_job(const struct cluster_view *view, const struct workload *workload,
                    const struct document *template, struct desired_objects *out);
static struct document *owned(const struct workload *workload, struct document *object);

struct hold
deployment_objects_add(const struct cluster_view *view, const struct planned_environment *planned,
                       const struct deployment *deployment, struct desired_objects *out)
{
    struct workload workload = deployment_as_workload(out->arena, view, planned, deployment);
    struct hold hold = planned->hold;
    if (!hold_is_set(&hold))
        hold = deployment_check(&workload, view->facts);
    if (!hold_is_set(&hold))
        hold = deployment_policy_hold(out->arena, view, planned, deployment);
    const struct document *template = NULL;
    if (!hold_is_set(&hold))
        hold = deployment_check_pod(&workload, planned->effective, &template);
    if (!hold_is_set(&hold))
        add_all(view, &workload, template, out);
    return hold;
}

struct workload
deployment_as_workload(struct arena *arena, const struct cluster_view *view,
                       const struct planned_environment *planned, const struct deployment *deployment)
{
    struct workload workload = {
        .arena = arena,
        .deployment = deployment,
        .owner = {.workspace = planned->workspace->metadata.name,
                  .environment = planned->environment->name,
                  .deployment = deployment->metadata.name},
        .namespace = planned->namespace,
        .gateway_url = names_gateway_url(arena, planned->namespace),
        .tools_image = view->facts->tools_image,
        .is_suspended = is_suspended(planned, deployment),
    };
    if (view->facts->has_kueue)
        workload.queue = deployment_queue(arena, view, planned, deployment);
    return workload;
}

static bool
is_suspended(const struct planned_environment *planned, const struct deployment *deployment)
{
    return deployment->spec.suspend || planned->workspace->spec.suspended;
}

static void
add_all(const struct cluster_view *view, const struct workload *workload, const struct document *template,
        struct desired_objects *out)
{
    desired_add(out, owned(workload, workload_service_account(workload)));
    if (!text_is_empty(workload_schedule(workload->deployment)))
        desired_add(out, owned(workload, workload_cron_job(workload, template)));
    else if (deployment_runs_once(workload->deployment))
        add_job(view, workload, template, out);
    else
        add_pods(view, workload, template, out);
}

static void
add_pods(const struct cluster_view *view, const struct workload *workload, const struct document *template,
         struct desired_objects *out)
{
    struct document *cache = workload_model_cache(workload), *service = workload_service(workload);
    struct document *pool = view->facts->has_inference_pool ? workload_inference_pool(workload) : NULL;
    if (cache)
        desired_add(out, owned(workload, cache));
    desired_add(out, owned(workload, workload_deployment(workload, template)));
    if (service)
        desired_add(out, owned(workload, service));
    if (pool)
        desired_add(out, owned(workload, pool));
    if (workload_is_autoscaled(workload))
        desired_add(out, owned(workload, workload_autoscaler(workload)));
    if (workload_has_many_pods(workload) && !workload->is_suspended)
        desired_add(out, owned(workload, workload_disruption_budget(workload)));
}

static void
add_job(const struct cluster_view *view, const struct workload *workload, const struct document *template,
        struct desired_objects *out)
{
    struct document *job = deployment_job_wanted(view, workload, template);
    if (job)
        desired_add_once(out, owned(workload, job));
}

/* The owner makes the cluster clean up after it, also while we are not there. */
static struct document *
owned(const struct workload *workload, struct document *object)
{
    const struct object_meta *owner = &workload->deployment->metadata;
    if (text_is_empty(owner->uid))
        return object;
    struct document *reference = object_append(object, "metadata.ownerReferences");
    object_put_text(reference, "apiVersion", TEXT(WEIR_API_VERSION));
    object_put_text(reference, "kind", TEXT("Deployment"));
    object_put_text(reference, "name", owner->name);
    object_put_text(reference, "uid", owner->uid);
    object_put_bool(reference, "controller", true);
    object_put_bool(reference, "blockOwnerDeletion", true);
    return object;
}
