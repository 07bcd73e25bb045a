/* The pod of a Deployment. What its type adds is in the other workload files. */
#include "operator/objects/workload_pod.h"

#include "api/types/deployment.h"
#include "lib/base/arena.h"
#include "operator/objects/names.h"
#include "operator/objects/quantity.h"

#define TOKEN_VOLUME "weir-token"
#define TOKEN_LIFETIME_SECONDS 3600

static void put_identity(struct pod_parts *parts);
static void put_security(struct pod_parts *parts);
static void put_gateway_address(struct pod_parts *parts);
static void put_type(struct pod_parts *parts);
static void put_placement(struct document *spec, const struct deployment_resources *resources);
static void put_tolerations(struct document *spec, const struct toleration_list *tolerations);
static void put_amounts(struct document *container, const struct deployment_resources *resources);

struct document *
workload_pod_template(const struct workload *workload)
{
    const struct deployment *deployment = workload->deployment;
    struct document *template = document_new_map(workload->arena);
    struct document *labels = object_at(template, "metadata.labels");
    object_put_owner_labels(labels, &workload->owner);
    document_set_text(labels, WORKLOAD_TYPE_LABEL,
                      schema_enum_name(deployment_type_names, (int)deployment->spec.type));
    struct pod_parts parts = {.workload = workload, .spec = object_at(template, "spec")};
    parts.container = object_append_named(parts.spec, "containers", TEXT(WORKLOAD_CONTAINER));
    put_identity(&parts);
    put_security(&parts);
    put_gateway_address(&parts);
    put_type(&parts);
    put_placement(parts.spec, &deployment->spec.resources);
    put_amounts(parts.container, &deployment->spec.resources);
    return template;
}

/* The token says which ServiceAccount of which namespace calls; the kubelet renews the file. No token for the
 * API server: nothing in the pod has business there. */
static void
put_identity(struct pod_parts *parts)
{
    const struct workload *workload = parts->workload;
    object_put_text(parts->spec, "serviceAccountName",
                    names_service_account(workload->arena, workload->deployment->metadata.name));
    object_put_bool(parts->spec, "automountServiceAccountToken", false);
    object_put_bool(parts->spec, "enableServiceLinks", false);
    struct document *volume = pod_add_volume(parts, TOKEN_VOLUME, TOKEN_FOLDER, true);
    struct document *token = object_at(object_append(volume, "projected.sources"), "serviceAccountToken");
    object_put_text(token, "audience", TEXT(TOKEN_AUDIENCE));
    object_put_int(token, "expirationSeconds", TOKEN_LIFETIME_SECONDS);
    object_put_text(token, "path", TEXT("token"));
}

/* What namespaces of the restricted level admit. */
static void
put_security(struct pod_parts *parts)
{
    object_put_bool(parts->spec, "securityContext.runAsNonRoot", true);
    object_put_text(parts->spec, "securityContext.seccompProfile.type", TEXT("RuntimeDefault"));
    object_put_bool(parts->container, "securityContext.allowPrivilegeEscalation", false);
    object_put_one_text(parts->container, "securityContext.capabilities.drop", TEXT("ALL"));
}

/* No variable holds a key: what proves who calls is the token's file, and it is renewed every hour. */
static void
put_gateway_address(struct pod_parts *parts)
{
    struct text url = parts->workload->gateway_url;
    struct text_list pieces = {(struct text[]){url, TEXT("/v1")}, 2};
    struct text versioned = text_join(parts->workload->arena, &pieces, (struct text){0});
    pod_put_env(parts, TEXT("OPENAI_BASE_URL"), versioned);
    pod_put_env(parts, TEXT("OPENAI_API_BASE"), versioned);
    pod_put_env(parts, TEXT("ANTHROPIC_BASE_URL"), url);
    pod_put_env(parts, TEXT("WEIR_GATEWAY_URL"), url);
    pod_put_env(parts, TEXT("WEIR_TOKEN_FILE"), TEXT(TOKEN_FOLDER "/token"));
}

static void
put_type(struct pod_parts *parts)
{
    const struct deployment_workload *what = &parts->workload->deployment->spec.workload;
    switch (parts->workload->deployment->spec.type) {
    case DEPLOYMENT_SERVICE:
        pod_put_service(parts, &what->service);
        break;
    case DEPLOYMENT_JOB:
        pod_put_job(parts, &what->job);
        break;
    case DEPLOYMENT_CRON_JOB:
        pod_put_job(parts, &what->cron_job.job);
        break;
    case DEPLOYMENT_AGENT:
        pod_put_agent(parts, &what->agent);
        break;
    case DEPLOYMENT_MODEL_SERVER:
        pod_put_model_server(parts, &what->model_server);
        break;
    case DEPLOYMENT_BATCH:
        pod_put_batch(parts, &what->batch);
        break;
    }
}

static void
put_placement(struct document *spec, const struct deployment_resources *resources)
{
    if (resources->node_selector.count > 0)
        object_put_pairs(spec, "nodeSelector", &resources->node_selector);
    put_tolerations(spec, &resources->tolerations);
    if (!text_is_empty(resources->priority_class_name))
        object_put_text(spec, "priorityClassName", resources->priority_class_name);
}

static void
put_tolerations(struct document *spec, const struct toleration_list *tolerations)
{
    for (size_t i = 0; i < tolerations->count; i++) {
        const struct toleration *toleration = &tolerations->items[i];
        struct document *made = object_append(spec, "tolerations");
        if (!text_is_empty(toleration->key))
            object_put_text(made, "key", toleration->key);
        object_put_text(made, "operator",
                        schema_enum_name(toleration_operator_names, (int)toleration->comparison));
        if (!text_is_empty(toleration->value))
            object_put_text(made, "value", toleration->value);
        if (toleration->effect != TAINT_EFFECT_ANY)
            object_put_text(made, "effect", schema_enum_name(taint_effect_names, (int)toleration->effect));
        if (toleration->lasting != FIELD_UNSET)
            object_put_int(made, "tolerationSeconds", toleration->lasting / 1000);
    }
}

static void
put_amounts(struct document *container, const struct deployment_resources *resources)
{
    struct arena *arena = document_arena(container);
    struct text_pair_list requests = quantities_canonical(arena, &resources->requests);
    struct text_pair_list limits = quantities_canonical(arena, &resources->limits);
    if (requests.count > 0)
        object_put_pairs(container, "resources.requests", &requests);
    if (limits.count > 0)
        object_put_pairs(container, "resources.limits", &limits);
}
