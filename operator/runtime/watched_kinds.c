/* Paths are what reconcilers read of an object, and the labels that say whose it is: nothing else is kept. */
#include "operator/runtime/watched_kinds.h"

#include "api/types/kinds.h"

#define WHOSE "metadata.labels", "metadata.ownerReferences.apiVersion", "metadata.ownerReferences.controller"
#define AGE "metadata.creationTimestamp", "metadata.deletionTimestamp"

static const char *const mark_paths[] = {WHOSE, NULL};
static const char *const state_paths[] = {WHOSE,    AGE, "metadata.annotations", "metadata.generation",
                                          "status", NULL};
static const char *const scaled_paths[] = {
    WHOSE,    AGE, "metadata.annotations", "metadata.generation", "spec.replicas", "spec.suspend",
    "status", NULL};
static const char *const namespace_paths[] = {"metadata.labels", "metadata.annotations", AGE, "status", NULL};
static const char *const pod_paths[] = {"metadata.labels",
                                        "status.phase",
                                        "status.podIP",
                                        "status.conditions.type",
                                        "status.conditions.status",
                                        "status.conditions.message",
                                        "status.containerStatuses.image",
                                        "status.containerStatuses.state.waiting",
                                        "status.containerStatuses.state.terminated",
                                        "status.containerStatuses.lastState.terminated",
                                        "status.containerStatuses.resources.requests",
                                        NULL};

/* clang-format off */
#define NAMED(API_VERSION, KIND, PLURAL) .api_version = TEXT(API_VERSION), .kind = TEXT(KIND), .plural = TEXT(PLURAL)
#define NAMESPACED(API_VERSION, KIND, PLURAL) {NAMED(API_VERSION, KIND, PLURAL), .is_namespaced = true}
#define CLUSTERED(API_VERSION, KIND, PLURAL) {NAMED(API_VERSION, KIND, PLURAL)}
#define OURS(KIND, PLURAL) NAMED(WEIR_API_VERSION, KIND, PLURAL), .has_status = true
#define CHILD(PATHS) .filter = {.paths = PATHS}, .role = WATCHED_CHILD, .is_selected = true
#define MARK .filter = {.paths = mark_paths}, .role = WATCHED_MARK, .is_selected = true

const struct watched_kind watched_kinds[] = {
    [WATCHED_WORKSPACES] = {{OURS("Workspace", "workspaces")}, .role = WATCHED_OURS},
    [WATCHED_MODEL_POLICIES] = {{OURS("ModelPolicy", "modelpolicies"), .is_namespaced = true}, .role = WATCHED_OURS},
    [WATCHED_DEPLOYMENTS] = {{OURS("Deployment", "deployments"), .is_namespaced = true}, .role = WATCHED_OURS},
    [WATCHED_NAMESPACES] = {CLUSTERED("v1", "Namespace", "namespaces"), .filter = {.paths = namespace_paths},
                            .role = WATCHED_NAMESPACE},
    [WATCHED_SECRETS] = {NAMESPACED("v1", "Secret", "secrets"), .filter = {.is_metadata_only = true},
                         .role = WATCHED_SECRET},
    [WATCHED_PODS] = {NAMESPACED("v1", "Pod", "pods"), CHILD(pod_paths)},
    {CLUSTERED("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions"),
     .filter = {.is_metadata_only = true}, .role = WATCHED_CRD},
    {NAMESPACED("apps/v1", "Deployment", "deployments"), CHILD(scaled_paths)},
    {NAMESPACED("batch/v1", "Job", "jobs"), CHILD(scaled_paths)},
    {NAMESPACED("batch/v1", "CronJob", "cronjobs"), CHILD(scaled_paths)},
    {NAMESPACED("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"), CHILD(state_paths)},
    {NAMESPACED("v1", "ResourceQuota", "resourcequotas"), CHILD(state_paths)},
    {NAMESPACED("v1", "PersistentVolumeClaim", "persistentvolumeclaims"), CHILD(state_paths)},
    {NAMESPACED("v1", "Service", "services"), CHILD(state_paths)},
    {NAMESPACED("v1", "ServiceAccount", "serviceaccounts"), MARK},
    {NAMESPACED("v1", "LimitRange", "limitranges"), MARK},
    {NAMESPACED("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"), MARK},
    {NAMESPACED("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"), MARK},
    {NAMESPACED("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"), MARK},
    {NAMESPACED("cert-manager.io/v1", "Certificate", "certificates"), CHILD(state_paths), .is_optional = true},
    {NAMESPACED("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes"), CHILD(state_paths), .is_optional = true},
    {NAMESPACED("monitoring.coreos.com/v1", "PodMonitor", "podmonitors"), MARK, .is_optional = true},
    {NAMESPACED("inference.networking.k8s.io/v1", "InferencePool", "inferencepools"), CHILD(state_paths), .is_optional = true},
    {NAMESPACED("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "leaderworkersets"), CHILD(scaled_paths), .is_optional = true},
    {NAMESPACED("jobset.x-k8s.io/v1alpha2", "JobSet", "jobsets"), CHILD(scaled_paths), .is_optional = true},
    {NAMESPACED("kueue.x-k8s.io/v1beta1", "LocalQueue", "localqueues"), CHILD(state_paths), .is_optional = true},
    {CLUSTERED("kueue.x-k8s.io/v1beta1", "ClusterQueue", "clusterqueues"), CHILD(state_paths), .is_optional = true},
    {CLUSTERED("kueue.x-k8s.io/v1beta1", "ResourceFlavor", "resourceflavors"), MARK, .is_optional = true},
};
/* clang-format on */

size_t
watched_kind_count(void)
{
    return COUNT_OF(watched_kinds);
}
