/* How many gateways there are, and how many may be missing at once. */
#include "operator/objects/environment.h"
#include "operator/objects/names.h"

enum { BUSY_PERCENT = 70, CALM_SECONDS = 300 };

struct document *
gateway_autoscaler(const struct environment_site *site)
{
    const struct environment_settings *settings = &site->settings;
    if (settings->min_replicas == settings->max_replicas)
        return NULL;
    struct document *scaler =
        environment_object(site, "autoscaling/v2", "HorizontalPodAutoscaler", GATEWAY_NAME);
    object_put_text(scaler, "spec.scaleTargetRef.apiVersion", TEXT("apps/v1"));
    object_put_text(scaler, "spec.scaleTargetRef.kind", TEXT("Deployment"));
    object_put_text(scaler, "spec.scaleTargetRef.name", TEXT(GATEWAY_NAME));
    object_put_int(scaler, "spec.minReplicas", settings->min_replicas);
    object_put_int(scaler, "spec.maxReplicas", settings->max_replicas);
    struct document *metric = object_append(scaler, "spec.metrics");
    object_put_text(metric, "type", TEXT("Resource"));
    object_put_text(metric, "resource.name", TEXT("cpu"));
    object_put_text(metric, "resource.target.type", TEXT("Utilization"));
    object_put_int(metric, "resource.target.averageUtilization", BUSY_PERCENT);
    object_put_int(scaler, "spec.behavior.scaleDown.stabilizationWindowSeconds", CALM_SECONDS);
    return scaler;
}

/* With a single gateway a budget would only keep its node from being emptied. */
struct document *
gateway_disruption_budget(const struct environment_site *site)
{
    if (site->settings.min_replicas < 2)
        return NULL;
    struct document *budget = environment_object(site, "policy/v1", "PodDisruptionBudget", GATEWAY_NAME);
    object_put_int(budget, "spec.maxUnavailable", 1);
    object_put_text(budget, "spec.unhealthyPodEvictionPolicy", TEXT("AlwaysAllow"));
    document_set_text(object_at(budget, "spec.selector.matchLabels"), APP_NAME_LABEL, TEXT(GATEWAY_NAME));
    return budget;
}

struct document *
gateway_pod_monitor(const struct environment_site *site)
{
    struct document *monitor =
        environment_object(site, "monitoring.coreos.com/v1", "PodMonitor", GATEWAY_NAME);
    document_set_text(object_at(monitor, "spec.selector.matchLabels"), APP_NAME_LABEL, TEXT(GATEWAY_NAME));
    struct document *endpoint = object_append(monitor, "spec.podMetricsEndpoints");
    document_set_text(endpoint, "port", TEXT("admin"));
    document_set_text(endpoint, "path", TEXT("/metrics"));
    return monitor;
}
