/* How many pods, where, with what, and how a change reaches them. */
#pragma once

#include "api/types/workspace_gateway.h"

enum toleration_operator { TOLERATION_EQUAL, TOLERATION_EXISTS };
extern const char *const toleration_operator_names[]; /* Equal Exists */
enum taint_effect { TAINT_EFFECT_ANY, TAINT_NO_SCHEDULE, TAINT_PREFER_NO_SCHEDULE, TAINT_NO_EXECUTE };
extern const char *const taint_effect_names[]; /* Any NoSchedule PreferNoSchedule NoExecute */
enum scaling_metric_type {
    SCALING_METRIC_IN_FLIGHT_REQUESTS,
    SCALING_METRIC_TOKENS_PER_SECOND,
    SCALING_METRIC_QUEUE_LENGTH,
    SCALING_METRIC_CPU
};
extern const char *const scaling_metric_type_names[]; /* InFlightRequests TokensPerSecond QueueLength Cpu */
enum rollout_strategy { ROLLOUT_ROLLING, ROLLOUT_RECREATE, ROLLOUT_CANARY };
extern const char *const rollout_strategy_names[]; /* Rolling Recreate Canary */

/* clang-format off */
#define TOLERATION_FIELDS(F, T)                                                                                        \
    F(T, TEXT, key, "key", DOC("The taint's key; every one if not given."))                                            \
    F(T, ENUM(toleration_operator), comparison, "operator", DEFAULT("Equal"), DOC("Equal compares value; Exists does not.")) \
    F(T, TEXT, value, "value", MAX_LENGTH(63), DOC("The taint's value."))                                              \
    F(T, ENUM(taint_effect), effect, "effect", DEFAULT("Any"), DOC("Any, NoSchedule, PreferNoSchedule or NoExecute.")) \
    F(T, DURATION, lasting, "for", RANGE(0, 2592000000), DOC("How long a NoExecute taint is borne."))
DECLARE_SCHEMA(toleration, TOLERATION_FIELDS);

#define DEPLOYMENT_RESOURCES_FIELDS(F, T)                                                                              \
    F(T, TEXT, profile, "profile", MAX_LENGTH(63),                                                                     \
      REFUSED_YET("the hardware catalogue is not in this version: give requests and limits"),                          \
      DOC("Name and count from the hardware catalogue, nvidia-h100-80gb:4; not together with requests and limits.")) \
    COMPUTE_RESOURCES_FIELDS(F, T)                                                                                     \
    F(T, TEXT_MAP, node_selector, "nodeSelector", MAX_ITEMS(16), MAX_LENGTH(63), DOC("Labels that the node must carry.")) \
    F(T, LIST(toleration), tolerations, "tolerations", MAX_ITEMS(16), DOC("Taints that are borne."))                   \
    F(T, TEXT, priority_class_name, "priorityClassName", FORMAT(dns_subdomain), DOC("Who yields to whom."))
DECLARE_SCHEMA(deployment_resources, DEPLOYMENT_RESOURCES_FIELDS);

#define SCALING_METRIC_FIELDS(F, T)                                                                                    \
    F(T, ENUM(scaling_metric_type), type, "type", REQUIRED, DOC("What is watched."))                                   \
    F(T, INT, target, "target", REQUIRED, RANGE(1, 1000000000), DOC("How much of it one replica should have."))
DECLARE_SCHEMA(scaling_metric, SCALING_METRIC_FIELDS);

#define DEPLOYMENT_SCALING_FIELDS(F, T)                                                                                \
    F(T, INT, replicas, "replicas", RANGE(0, 10000), DOC("How many; not together with min and max."))                  \
    F(T, INT, min, "min", RANGE(0, 10000), DOC("Never fewer."))                                                        \
    F(T, INT, max, "max", RANGE(1, 10000), DOC("Never more; not below min."))                                          \
    F(T, OBJECT(scaling_metric), metric, "metric", DOC("What decides between min and max; 80 percent Cpu if not given. In this version only Cpu: percent of what a pod requests.")) \
    F(T, DURATION, scale_down_delay, "scaleDownDelay", RANGE(0, 3600000), DOC("How long it must be idle first."))      \
    F(T, BOOL, scale_to_zero, "scaleToZero", DEFAULT("false"),                                                         \
      REFUSED_YET("pods do not go down to none in this version: use min: 1, or suspend"),                              \
      DOC("Down to none while nobody calls; needs min 0."))
DECLARE_SCHEMA(deployment_scaling, DEPLOYMENT_SCALING_FIELDS);

#define DEPLOYMENT_EXPOSURE_FIELDS(F, T)                                                                               \
    F(T, BOOL, via_gateway, "viaGateway", DEFAULT("true"), DOC("A ModelServer: gateways of its environment call it, by its names."))  \
    F(T, TEXTS, model_aliases, "modelAliases", SET, MAX_ITEMS(32), MAX_LENGTH(128), FORMAT(glob), DOC("Other names that clients call a ModelServer by.")) \
    F(T, BOOL, public, "public", DEFAULT("false"),                                                                     \
      REFUSED_YET("a single Deployment is not opened to the outside in this version; its gateway can be, in its environment"), \
      DOC("Reached from outside the cluster; needs viaGateway."))
DECLARE_SCHEMA(deployment_exposure, DEPLOYMENT_EXPOSURE_FIELDS);

#define ROLLOUT_CANARY_FIELDS(F, T)                                                                                    \
    F(T, INT, weight, "weight", REQUIRED, RANGE(1, 99), DOC("Percent of the calls that the new version gets first."))  \
    F(T, DURATION, pause, "pause", DEFAULT("15m"), RANGE(1000, 604800000), DOC("How long it must do well."))
DECLARE_SCHEMA(rollout_canary, ROLLOUT_CANARY_FIELDS);

#define DEPLOYMENT_ROLLOUT_FIELDS(F, T)                                                                                \
    F(T, ENUM(rollout_strategy), strategy, "strategy", DEFAULT("Rolling"), DOC("Rolling, Recreate or Canary."))        \
    F(T, INT, max_unavailable, "maxUnavailable", DEFAULT("0"), RANGE(0, 10000), DOC("How many may be missing meanwhile.")) \
    F(T, INT, max_surge, "maxSurge", DEFAULT("1"), RANGE(0, 10000), DOC("How many more there may be meanwhile."))      \
    F(T, DURATION, progress_deadline, "progressDeadline", DEFAULT("30m"), RANGE(1000, 604800000), DOC("Without progress for so long it has failed.")) \
    F(T, OBJECT(rollout_canary), canary, "canary",                                                                     \
      REFUSED_YET("calls are not split between versions yet: use strategy Rolling"),                                   \
      DOC("With strategy Canary."))
DECLARE_SCHEMA(deployment_rollout, DEPLOYMENT_ROLLOUT_FIELDS);
/* clang-format on */
