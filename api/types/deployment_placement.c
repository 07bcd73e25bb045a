/* The declarations of deployment_placement.h made real, with their rules. */
#include "api/types/deployment_placement.h"

#include "api/types/broken_rule.h"

const char *const toleration_operator_names[] = {"Equal", "Exists", NULL};
const char *const taint_effect_names[] = {"Any", "NoSchedule", "PreferNoSchedule", "NoExecute", NULL};
const char *const scaling_metric_type_names[] = {"InFlightRequests", "TokensPerSecond", "QueueLength", "Cpu",
                                                 NULL};
const char *const rollout_strategy_names[] = {"Rolling", "Recreate", "Canary", NULL};

static const struct schema_rule toleration_rules[] = {
    {"self.operator != 'Exists' || !has(self.value)", "value belongs to operator Equal", ".value"},
    {"self.operator == 'Exists' || has(self.key)", "key is needed with operator Equal", ".key"},
};

static void
toleration_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct toleration *toleration = value;
    bool is_exists = toleration->comparison == TOLERATION_EXISTS;
    if (is_exists && source_has(toleration->source, "value"))
        broken_rule_add(problems, toleration->source, path, "value", "belongs to operator Equal");
    if (!is_exists && !source_has(toleration->source, "key"))
        broken_rule_add(problems, toleration->source, path, "key", "is needed with operator Equal");
}

static const struct schema_rule deployment_resources_rules[] = {
    {"!has(self.profile) || !(has(self.requests) || has(self.limits))",
     "give profile, or requests and limits, not both", ".profile"},
};

static void
deployment_resources_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct deployment_resources *resources = value;
    bool is_explicit = source_has(resources->source, "requests") || source_has(resources->source, "limits");
    if (is_explicit && source_has(resources->source, "profile"))
        broken_rule_add(problems, resources->source, path, "profile",
                        "give profile, or requests and limits, not both");
}

static const struct schema_rule deployment_scaling_rules[] = {
    {"!has(self.replicas) || !(has(self.min) || has(self.max) || has(self.metric))",
     "give replicas, or min, max and metric, not both", ".replicas"},
    {"!has(self.min) || !has(self.max) || self.min <= self.max", "max must not be below min", ".max"},
    {"!has(self.metric) || has(self.max)", "max is needed with metric", ".max"},
    {"!self.scaleToZero || (has(self.min) && self.min == 0)", "scaleToZero needs min: 0", ".scaleToZero"},
};

static void
deployment_scaling_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct deployment_scaling *scaling = value;
    bool is_fixed = scaling->replicas != FIELD_UNSET;
    bool has_max = scaling->max != FIELD_UNSET;
    if (is_fixed && (scaling->min != FIELD_UNSET || has_max || scaling->metric.source))
        broken_rule_add(problems, scaling->source, path, "replicas",
                        "give replicas, or min, max and metric, not both");
    if (has_max && scaling->min > scaling->max)
        broken_rule_add(problems, scaling->source, path, "max", "must not be below min");
    if (scaling->metric.source && !has_max)
        broken_rule_add(problems, scaling->source, path, "max", "is needed with metric");
    if (scaling->scale_to_zero && scaling->min != 0)
        broken_rule_add(problems, scaling->source, path, "scaleToZero", "needs min: 0");
}

static const struct schema_rule deployment_exposure_rules[] = {
    {"!self.public || self.viaGateway", "public needs viaGateway: nothing is reached past the gateway",
     ".public"},
};

static void
deployment_exposure_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct deployment_exposure *exposure = value;
    if (exposure->public && !exposure->via_gateway)
        broken_rule_add(problems, exposure->source, path, "public",
                        "needs viaGateway: nothing is reached past the gateway");
}

static const struct schema_rule deployment_rollout_rules[] = {
    {"(self.strategy == 'Canary') == has(self.canary)", "canary belongs to strategy Canary, which needs it",
     ".canary"},
    {"self.maxUnavailable > 0 || self.maxSurge > 0",
     "maxUnavailable and maxSurge must not both be 0: nothing could change", ".maxSurge"},
};

static void
deployment_rollout_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct deployment_rollout *rollout = value;
    if ((rollout->strategy == ROLLOUT_CANARY) != (rollout->canary.source != NULL))
        broken_rule_add(problems, rollout->source, path, "canary",
                        "belongs to strategy Canary, which needs it");
    if (rollout->max_unavailable == 0 && rollout->max_surge == 0)
        broken_rule_add(problems, rollout->source, path, "maxSurge",
                        "must not be 0 together with maxUnavailable: nothing could change");
}

DEFINE_SCHEMA(toleration, TOLERATION_FIELDS, "A taint of nodes that is borne.", CHECKED_BY(toleration));
DEFINE_SCHEMA(deployment_resources, DEPLOYMENT_RESOURCES_FIELDS, "What pods need and where they may be.",
              CHECKED_BY(deployment_resources));
DEFINE_SCHEMA(scaling_metric, SCALING_METRIC_FIELDS, "What decides how many pods there are.");
DEFINE_SCHEMA(deployment_scaling, DEPLOYMENT_SCALING_FIELDS, "How many pods.",
              CHECKED_BY(deployment_scaling));
DEFINE_SCHEMA(deployment_exposure, DEPLOYMENT_EXPOSURE_FIELDS, "Who reaches a Deployment.",
              CHECKED_BY(deployment_exposure));
DEFINE_SCHEMA(rollout_canary, ROLLOUT_CANARY_FIELDS, "A first few calls for the new version.");
DEFINE_SCHEMA(deployment_rollout, DEPLOYMENT_ROLLOUT_FIELDS, "How a change reaches pods.",
              CHECKED_BY(deployment_rollout));
