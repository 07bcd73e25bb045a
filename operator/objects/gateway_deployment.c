/* The gateway's pods. They meet the pod security level `restricted`, hold no token of the cluster, keep
 * credentials in memory only, and stop without cutting a stream: 5 s until no Service sends to them any more,
 * 600 s for calls to end, and what is left to close. */
#include "operator/objects/environment.h"
#include "operator/objects/names.h"

enum {
    IMAGE_USER = 65532,
    SECRET_MODE = 0440, /* read by the pod's group */
    PRE_STOP_SECONDS = 5,
    DRAIN_SECONDS = 600,
    GRACE_SECONDS = 630,
    REVISIONS_KEPT = 3,
};

static void put_rollout(const struct environment_site *site, struct document *deployment);
static void put_pod(const struct environment_site *site, struct document *pod);
static void put_spread(struct document *pod, struct text topology);
static void put_container(const struct environment_site *site, struct document *container);
static void put_arguments(const struct environment_site *site, struct document *container);
static void put_argument(struct document *container, const char *flag, struct text value);
static void put_port(struct document *container, const char *name, int64_t port);
static void put_probe(struct document *container, const char *which, const char *path, int64_t failures);
static void put_restrictions(struct document *container);
static void put_secret_volume(struct document *pod, const char *name, const char *secret);
static void put_memory_volume(struct document *pod, const char *name);
static void put_mount(struct document *container, const char *volume, const char *folder, bool is_read_only);

struct document *
gateway_deployment(const struct environment_site *site)
{
    struct document *deployment = environment_object(site, "apps/v1", "Deployment", GATEWAY_NAME);
    document_set_text(object_at(deployment, "metadata.labels"), APP_NAME_LABEL, TEXT(GATEWAY_NAME));
    document_set_text(object_at(deployment, "spec.selector.matchLabels"), APP_NAME_LABEL, TEXT(GATEWAY_NAME));
    put_rollout(site, deployment);
    struct document *labels = object_at(deployment, "spec.template.metadata.labels");
    document_set_text(labels, APP_NAME_LABEL, TEXT(GATEWAY_NAME));
    object_put_owner_labels(labels, &site->owner);
    if (site->certificate_revision > 1)
        document_set_text(object_at(deployment, "spec.template.metadata.annotations"),
                          CERTIFICATE_REVISION_ANNOTATION,
                          text_format(site->arena, "%lld", (long long)site->certificate_revision));
    put_pod(site, object_at(deployment, "spec.template.spec"));
    return deployment;
}

/* A number that an autoscaler decided is its own: applying one of ours would undo its work. */
static void
put_rollout(const struct environment_site *site, struct document *deployment)
{
    if (site->replicas != FIELD_UNSET)
        object_put_int(deployment, "spec.replicas", site->replicas);
    object_put_int(deployment, "spec.revisionHistoryLimit", REVISIONS_KEPT);
    object_put_text(deployment, "spec.strategy.type", TEXT("RollingUpdate"));
    object_put_int(deployment, "spec.strategy.rollingUpdate.maxUnavailable", 0);
    object_put_int(deployment, "spec.strategy.rollingUpdate.maxSurge", 1);
}

static void
put_pod(const struct environment_site *site, struct document *pod)
{
    object_put_text(pod, "serviceAccountName", TEXT(GATEWAY_NAME));
    object_put_bool(pod, "automountServiceAccountToken", false);
    object_put_bool(pod, "enableServiceLinks", false);
    object_put_int(pod, "terminationGracePeriodSeconds", GRACE_SECONDS);
    struct document *security = object_at(pod, "securityContext");
    object_put_bool(security, "runAsNonRoot", true);
    object_put_int(security, "runAsUser", IMAGE_USER);
    object_put_int(security, "runAsGroup", IMAGE_USER);
    object_put_int(security, "fsGroup", IMAGE_USER);
    object_put_text(security, "seccompProfile.type", TEXT("RuntimeDefault"));
    put_spread(pod, TEXT("topology.kubernetes.io/zone"));
    put_spread(pod, TEXT("kubernetes.io/hostname"));
    put_container(site, object_append_named(pod, "containers", TEXT("gateway")));
    put_secret_volume(pod, "identity", GATEWAY_IDENTITY_SECRET);
    if (site->serves_tls)
        put_secret_volume(pod, "tls", GATEWAY_TLS_SECRET);
    put_memory_volume(pod, "credentials");
    object_at(object_append_named(pod, "volumes", TEXT("state")), "emptyDir");
    object_at(object_append_named(pod, "volumes", TEXT("tmp")), "emptyDir");
}

static void
put_spread(struct document *pod, struct text topology)
{
    struct document *spread = object_append(pod, "topologySpreadConstraints");
    object_put_int(spread, "maxSkew", 1);
    object_put_text(spread, "topologyKey", topology);
    object_put_text(spread, "whenUnsatisfiable", TEXT("ScheduleAnyway"));
    document_set_text(object_at(spread, "labelSelector.matchLabels"), APP_NAME_LABEL, TEXT(GATEWAY_NAME));
}

static void
put_container(const struct environment_site *site, struct document *container)
{
    document_set_text(container, "image", site->gateway_image);
    document_set_text(container, "imagePullPolicy", TEXT("IfNotPresent"));
    put_arguments(site, container);
    struct document *pod_name = object_append_named(container, "env", TEXT("POD_NAME"));
    object_put_text(pod_name, "valueFrom.fieldRef.apiVersion", TEXT("v1"));
    object_put_text(pod_name, "valueFrom.fieldRef.fieldPath", TEXT("metadata.name"));
    put_port(container, "http", GATEWAY_PORT);
    if (site->serves_tls)
        put_port(container, "https", GATEWAY_TLS_PORT);
    put_port(container, "admin", GATEWAY_ADMIN_PORT);
    put_probe(container, "readinessProbe", "/readyz", 2);
    put_probe(container, "livenessProbe", "/healthz", 6);
    object_put_int(container, "lifecycle.preStop.sleep.seconds", PRE_STOP_SECONDS);
    object_put_pairs(container, "resources.requests", &site->settings.requests);
    if (site->settings.limits.count > 0)
        object_put_pairs(container, "resources.limits", &site->settings.limits);
    put_restrictions(container);
    put_mount(container, "identity", IDENTITY_FOLDER, true);
    if (site->serves_tls)
        put_mount(container, "tls", TLS_FOLDER, true);
    put_mount(container, "credentials", CREDENTIALS_FOLDER, false);
    put_mount(container, "state", STATE_FOLDER, false);
    put_mount(container, "tmp", "/tmp", false);
}

static void
put_arguments(const struct environment_site *site, struct document *container)
{
    put_argument(container, "--workspace", site->owner.workspace);
    put_argument(container, "--environment", site->owner.environment);
    put_argument(container, "--name", TEXT("$(POD_NAME)"));
    put_argument(container, "--listen", text_format(site->arena, "0.0.0.0:%d", GATEWAY_PORT));
    put_argument(container, "--admin", text_format(site->arena, "0.0.0.0:%d", GATEWAY_ADMIN_PORT));
    if (site->serves_tls) {
        put_argument(container, "--tls-listen", text_format(site->arena, "0.0.0.0:%d", GATEWAY_TLS_PORT));
        put_argument(container, "--tls-cert", TEXT(TLS_FOLDER "/tls.crt"));
        put_argument(container, "--tls-key", TEXT(TLS_FOLDER "/tls.key"));
    }
    put_argument(container, "--control", site->control_url);
    put_argument(container, "--control-cert", TEXT(IDENTITY_FOLDER "/tls.crt"));
    put_argument(container, "--control-key", TEXT(IDENTITY_FOLDER "/tls.key"));
    put_argument(container, "--control-ca", TEXT(IDENTITY_FOLDER "/ca.crt"));
    if (!text_is_empty(site->ledger_url))
        put_argument(container, "--ledger", site->ledger_url);
    put_argument(container, "--credentials", TEXT(CREDENTIALS_FOLDER));
    put_argument(container, "--state", TEXT(STATE_FOLDER));
    put_argument(container, "--drain-seconds", text_format(site->arena, "%d", DRAIN_SECONDS));
}

static void
put_argument(struct document *container, const char *flag, struct text value)
{
    object_put_one_text(container, "args", text_of(flag));
    object_put_one_text(container, "args", value);
}

static void
put_port(struct document *container, const char *name, int64_t port)
{
    struct document *item = object_append_named(container, "ports", text_of(name));
    document_set_int(item, "containerPort", port);
    document_set_text(item, "protocol", TEXT("TCP"));
}

static void
put_probe(struct document *container, const char *which, const char *path, int64_t failures)
{
    struct document *probe = object_at(container, which);
    object_put_text(probe, "httpGet.path", text_of(path));
    object_put_text(probe, "httpGet.port", TEXT("admin"));
    object_put_text(probe, "httpGet.scheme", TEXT("HTTP"));
    object_put_int(probe, "periodSeconds", 5);
    object_put_int(probe, "timeoutSeconds", 3);
    object_put_int(probe, "failureThreshold", failures);
}

static void
put_restrictions(struct document *container)
{
    struct document *security = object_at(container, "securityContext");
    object_put_bool(security, "allowPrivilegeEscalation", false);
    object_put_bool(security, "readOnlyRootFilesystem", true);
    object_put_one_text(security, "capabilities.drop", TEXT("ALL"));
}

static void
put_secret_volume(struct document *pod, const char *name, const char *secret)
{
    struct document *volume = object_append_named(pod, "volumes", text_of(name));
    object_put_text(volume, "secret.secretName", text_of(secret));
    object_put_int(volume, "secret.defaultMode", SECRET_MODE);
}

static void
put_memory_volume(struct document *pod, const char *name)
{
    struct document *volume = object_append_named(pod, "volumes", text_of(name));
    object_put_text(volume, "emptyDir.medium", TEXT("Memory"));
    object_put_text(volume, "emptyDir.sizeLimit", TEXT("16Mi"));
}

static void
put_mount(struct document *container, const char *volume, const char *folder, bool is_read_only)
{
    struct document *mount = object_append_named(container, "volumeMounts", text_of(volume));
    document_set_text(mount, "mountPath", text_of(folder));
    if (is_read_only)
        document_set_bool(mount, "readOnly", true);
}
