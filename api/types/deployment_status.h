/* What the operator says about a Deployment. */
#pragma once

#include "api/types/condition.h"

/* clang-format off */
#define DEPLOYMENT_CHILD_FIELDS(F, T)                                                                                  \
    F(T, TEXT, api_version, "apiVersion", REQUIRED, MAX_LENGTH(253), DOC("Of the object that was made."))              \
    F(T, TEXT, kind, "kind", REQUIRED, MAX_LENGTH(63), DOC("Its kind."))                                               \
    F(T, TEXT, name, "name", REQUIRED, DOC("Its name."))                                                               \
    F(T, BOOL, ready, "ready", DEFAULT("false"), DOC("It works."))
DECLARE_SCHEMA(deployment_child, DEPLOYMENT_CHILD_FIELDS);

#define DEPLOYMENT_POLICY_FIELDS(F, T)                                                                                 \
    F(T, TEXT, hash, "hash", MAX_LENGTH(64), DOC("Of the effective policy."))                                          \
    F(T, TEXTS, sources, "sources", MAX_ITEMS(64), MAX_LENGTH(320), DOC("The policies in it, as namespace/name."))
DECLARE_SCHEMA(deployment_policy, DEPLOYMENT_POLICY_FIELDS);

#define DEPLOYMENT_RUN_FIELDS(F, T)                                                                                    \
    F(T, TEXT, job, "job", DOC("The Job of this run: one that is gone is not run again."))                             \
    F(T, TIME, start_time, "startTime", DOC("When it started."))                                                       \
    F(T, TIME, completion_time, "completionTime", DOC("When it ended."))                                               \
    F(T, INT, total, "total", RANGE(0, 1000000000000), DOC("Lines there are, of a Batch; unset until it counted them.")) \
    F(T, INT, succeeded, "succeeded", DEFAULT("0"), RANGE(0, 1000000000000), DOC("Pods or lines that succeeded."))     \
    F(T, INT, failed, "failed", DEFAULT("0"), RANGE(0, 1000000000000), DOC("Pods or lines that failed."))
DECLARE_SCHEMA(deployment_run, DEPLOYMENT_RUN_FIELDS);

#define DEPLOYMENT_STATUS_FIELDS(F, T)                                                                                 \
    F(T, INT, observed_generation, "observedGeneration", RANGE(-1, INT64_MAX), DOC("The generation this speaks about.")) \
    F(T, INT, replicas, "replicas", RANGE(0, 100000), DOC("Pods there are."))                                          \
    F(T, INT, ready_replicas, "readyReplicas", RANGE(0, 100000), DOC("Pods that can be called."))                      \
    F(T, TEXT, selector, "selector", MAX_LENGTH(512), DOC("Labels of its pods, for autoscalers."))                     \
    F(T, TEXT, url, "url", MAX_LENGTH(2048), DOC("Where it is reached."))                                              \
    F(T, LIST(deployment_child), children, "children", MAX_ITEMS(16), DOC("Objects made for it."))                     \
    F(T, OBJECT(deployment_policy), policy, "policy", DOC("What it may do, and who said so."))                         \
    F(T, OBJECT(deployment_run), last_run, "lastRun", DOC("The last run of a Job, CronJob or Batch."))                 \
    F(T, LIST(condition), conditions, "conditions", LIST_KEYS("type"), MAX_ITEMS(16),                                  \
      DOC("Ready, PolicyAccepted, Admitted, Routed, Pooled and what keeps it from being ready."))
DECLARE_SCHEMA(deployment_status, DEPLOYMENT_STATUS_FIELDS);
/* clang-format on */
