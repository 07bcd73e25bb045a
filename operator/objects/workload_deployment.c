/* What keeps pods running: apps/v1 Deployment, its autoscaler and its disruption budget. */
#include "lib/base/arena.h"
#include "operator/objects/names.h"
#include "operator/objects/workload_pod.h"

#define DEFAULT_CPU_PERCENT 80
#define MODEL_SERVER_SCALE_DOWN_SECONDS 300 /* weights are loaded for minutes: not given back at once */

static struct document *new_object(const struct workload *workload, const char *version, const char *kind);
static void put_strategy(struct document *object, const struct workload *workload);
static bool keeps_volume_to_itself(const struct workload *workload);

struct document *
workload_deployment(const struct workload *workload, const struct document *template)
{
    struct document *object = new_object(workload, "apps/v1", "Deployment");
    if (!workload_is_autoscaled(workload))
        object_put_int(object, "spec.replicas", workload_replicas(workload));
    object_put_int(object, "spec.progressDeadlineSeconds",
                   seconds_of_ms(workload->deployment->spec.rollout.progress_deadline));
    put_strategy(object, workload);
    document_set_text(object_at(object, "spec.selector.matchLabels"), DEPLOYMENT_LABEL,
                      workload->deployment->metadata.name);
    object_put(object, "spec.template", template);
    return object;
}

static struct document *
new_object(const struct workload *workload, const char *version, const char *kind)
{
    struct document *object =
        object_new(workload->arena, version, kind, workload->namespace,
                   names_workload(workload->arena, workload->deployment->metadata.name));
    object_set_owner(object, &workload->owner);
    return object;
}

/* A volume that one node has at a time would keep the new pod waiting for the old one for ever. */
static void
put_strategy(struct document *object, const struct workload *workload)
{
    const struct deployment_rollout *rollout = &workload->deployment->spec.rollout;
    if (rollout->strategy == ROLLOUT_RECREATE || keeps_volume_to_itself(workload)) {
        object_put_text(object, "spec.strategy.type", TEXT("Recreate"));
        return;
    }
    object_put_text(object, "spec.strategy.type", TEXT("RollingUpdate"));
    object_put_int(object, "spec.strategy.rollingUpdate.maxUnavailable", rollout->max_unavailable);
    object_put_int(object, "spec.strategy.rollingUpdate.maxSurge", rollout->max_surge);
}

static bool
keeps_volume_to_itself(const struct workload *workload)
{
    const struct deployment_spec *spec = &workload->deployment->spec;
    return spec->type == DEPLOYMENT_MODEL_SERVER &&
           spec->workload.model_server.storage.cache == MODEL_CACHE_PVC && !workload_has_many_pods(workload);
}

bool
workload_is_autoscaled(const struct workload *workload)
{
    return workload->deployment->spec.scaling.max != FIELD_UNSET && !workload->is_suspended;
}

bool
workload_has_many_pods(const struct workload *workload)
{
    const struct deployment_scaling *scaling = &workload->deployment->spec.scaling;
    return scaling->max > 1 || scaling->replicas > 1;
}

int64_t
workload_replicas(const struct workload *workload)
{
    const struct deployment_scaling *scaling = &workload->deployment->spec.scaling;
    if (workload->is_suspended)
        return 0;
    if (scaling->replicas != FIELD_UNSET)
        return scaling->replicas;
    return scaling->min != FIELD_UNSET ? scaling->min : 1;
}

struct document *
workload_autoscaler(const struct workload *workload)
{
    const struct deployment_scaling *scaling = &workload->deployment->spec.scaling;
    struct document *object = new_object(workload, "autoscaling/v2", "HorizontalPodAutoscaler");
    struct document *target = object_at(object, "spec.scaleTargetRef");
    object_put_text(target, "apiVersion", TEXT("apps/v1"));
    object_put_text(target, "kind", TEXT("Deployment"));
    object_put_text(target, "name", names_workload(workload->arena, workload->deployment->metadata.name));
    object_put_int(object, "spec.minReplicas", scaling->min == FIELD_UNSET ? 1 : scaling->min);
    object_put_int(object, "spec.maxReplicas", scaling->max);
    struct document *metric = object_append(object, "spec.metrics");
    object_put_text(metric, "type", TEXT("Resource"));
    object_put_text(metric, "resource.name", TEXT("cpu"));
    object_put_text(metric, "resource.target.type", TEXT("Utilization"));
    object_put_int(metric, "resource.target.averageUtilization",
                   scaling->metric.source ? scaling->metric.target : DEFAULT_CPU_PERCENT);
    bool is_server = workload->deployment->spec.type == DEPLOYMENT_MODEL_SERVER;
    if (scaling->scale_down_delay != FIELD_UNSET || is_server)
        object_put_int(object, "spec.behavior.scaleDown.stabilizationWindowSeconds",
                       scaling->scale_down_delay != FIELD_UNSET ? scaling->scale_down_delay / 1000
                                                                : MODEL_SERVER_SCALE_DOWN_SECONDS);
    return object;
}

/* One pod at a time may be taken for a node's sake; pods that do not work anyway hold up no drain. */
struct document *
workload_disruption_budget(const struct workload *workload)
{
    struct document *object = new_object(workload, "policy/v1", "PodDisruptionBudget");
    object_put_int(object, "spec.maxUnavailable", 1);
    object_put_text(object, "spec.unhealthyPodEvictionPolicy", TEXT("AlwaysAllow"));
    document_set_text(object_at(object, "spec.selector.matchLabels"), DEPLOYMENT_LABEL,
                      workload->deployment->metadata.name);
    return object;
}
