/* The table of kinds. A new kind is a row here and a type beside it. */
#include "api/types/kinds.h"

#include "api/types/deployment.h"
#include "api/types/model_policy.h"
#include "api/types/namespace.h"
#include "api/types/secret.h"
#include "api/types/workspace.h"

#define READY_STATUS ".status.conditions[?(@.type==\"Ready\")].status"
#define READY_REASON ".status.conditions[?(@.type==\"Ready\")].reason"
#define CREATED ".metadata.creationTimestamp"

static const struct printer_column workspace_columns[] = {
    {"Ready", "string", READY_STATUS, 0, "Every environment is as it should be."},
    {"Reason", "string", READY_REASON, 0, "One word for why it is, or is not."},
    {"Envs", "string", ".status.environmentsReady", 0, "Environments that are ready."},
    {"Owner", "string", ".spec.owner.team", 0, "Who can change the rules."},
    {"Regions", "string", ".spec.dataResidency.regions", 1, "Where data may be."},
    {"Suspended", "boolean", ".spec.suspended", 1, "Gateways answer 503."},
    {"Age", "date", CREATED, 0, "Time since it was made."},
};

static const struct printer_column model_policy_columns[] = {
    {"Level", "string", ".status.level", 0, "Organisation, Workspace, Environment or Deployment."},
    {"Mode", "string", ".spec.mode", 0, "Enforce or Shadow."},
    {"Applied", "integer", ".status.appliedTo", 0, "Environments it is part of."},
    {"Ready", "string", READY_STATUS, 0, "Every gateway goes by it."},
    {"Age", "date", CREATED, 0, "Time since it was made."},
};

static const struct printer_column deployment_columns[] = {
    {"Type", "string", ".spec.type", 0, "Service, Job, CronJob, Agent, ModelServer or Batch."},
    {"Ready", "string", READY_STATUS, 0, "It runs, or has run well."},
    {"Reason", "string", READY_REASON, 0, "One word for why it does, or does not."},
    {"Replicas", "integer", ".status.readyReplicas", 0, "Pods that can be called."},
    {"URL", "string", ".status.url", 1, "Where it is reached."},
    {"Age", "date", CREATED, 0, "Time since it was made."},
};

/* Of Kubernetes' own kinds. */
static const struct printer_column foreign_columns[] = {
    {"Age", "date", CREATED, 0, "Time since it was made."},
};

static const struct kind_scale deployment_scale = {".spec.scaling.replicas", ".status.replicas",
                                                   ".status.selector"};

static const struct kind kinds[KIND_COUNT] = {
    {
        .id = KIND_WORKSPACE,
        .api_version = WEIR_API_VERSION,
        .name = "Workspace",
        .plural = "workspaces",
        .singular = "workspace",
        .short_name = "aiws",
        .schema = &workspace_schema,
        .columns = workspace_columns,
        .column_count = COUNT_OF(workspace_columns),
        .max_name_length = WORKSPACE_MAX_NAME_LENGTH,
    },
    {
        .id = KIND_MODEL_POLICY,
        .api_version = WEIR_API_VERSION,
        .name = "ModelPolicy",
        .plural = "modelpolicies",
        .singular = "modelpolicy",
        .short_name = "aimp",
        .is_namespaced = true,
        .schema = &model_policy_schema,
        .columns = model_policy_columns,
        .column_count = COUNT_OF(model_policy_columns),
        .max_name_length = MODEL_POLICY_MAX_NAME_LENGTH,
    },
    {
        .id = KIND_DEPLOYMENT,
        .api_version = WEIR_API_VERSION,
        .name = "Deployment",
        .plural = "deployments",
        .singular = "deployment",
        .short_name = "aidep",
        .is_namespaced = true,
        .schema = &deployment_schema,
        .columns = deployment_columns,
        .column_count = COUNT_OF(deployment_columns),
        .scale = &deployment_scale,
        .max_name_length = DEPLOYMENT_MAX_NAME_LENGTH,
    },
    {
        .id = KIND_SECRET,
        .api_version = "v1",
        .name = "Secret",
        .plural = "secrets",
        .singular = "secret",
        .is_namespaced = true,
        .is_foreign = true,
        .schema = &secret_schema,
        .columns = foreign_columns,
        .column_count = COUNT_OF(foreign_columns),
        .max_name_length = 253,
    },
    {
        .id = KIND_NAMESPACE,
        .api_version = "v1",
        .name = "Namespace",
        .plural = "namespaces",
        .singular = "namespace",
        .is_foreign = true,
        .schema = &namespace_object_schema,
        .columns = foreign_columns,
        .column_count = COUNT_OF(foreign_columns),
        .max_name_length = 63,
    },
};

const struct kind *
kind_get(enum kind_id id)
{
    return &kinds[id];
}

const struct kind *
kind_find(struct text api_version, struct text name)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (text_equals(text_of(kinds[i].api_version), api_version) &&
            text_equals(text_of(kinds[i].name), name))
            return &kinds[i];
    return NULL;
}

const struct kind *
kind_find_by_word(struct text word)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const char *const words[] = {kinds[i].name, kinds[i].plural, kinds[i].singular, kinds[i].short_name};
        for (size_t k = 0; k < COUNT_OF(words); k++)
            if (words[k] && text_equals_ignore_case(text_of(words[k]), word))
                return &kinds[i];
    }
    return NULL;
}
