/* Deployment: something that runs in an environment: a service, a job, an agent, a model server, a batch of
 * calls.
 *
 * Never spec.template: programs that look for the kind by its bare name must not take it for apps/v1. */
#pragma once

#include "api/types/deployment_job.h"
#include "api/types/deployment_model_server.h"
#include "api/types/deployment_placement.h"
#include "api/types/deployment_status.h"
#include "api/types/object_meta.h"

enum deployment_type {
    DEPLOYMENT_SERVICE,
    DEPLOYMENT_JOB,
    DEPLOYMENT_CRON_JOB,
    DEPLOYMENT_AGENT,
    DEPLOYMENT_MODEL_SERVER,
    DEPLOYMENT_BATCH,
};
extern const char *const deployment_type_names[]; /* Service Job CronJob Agent ModelServer Batch */
enum patch_operation { PATCH_ADD, PATCH_REMOVE, PATCH_REPLACE, PATCH_MOVE, PATCH_COPY, PATCH_TEST };
extern const char *const patch_operation_names[]; /* add remove replace move copy test: RFC 6902 */

/* clang-format off */
#define DEPLOYMENT_WORKLOAD_FIELDS(F, T)                                                                               \
    F(T, OBJECT(service_workload), service, "service", DOC("With type Service: pods that serve callers."))             \
    F(T, OBJECT(job_workload), job, "job", DOC("With type Job: pods that run to their end."))                          \
    F(T, OBJECT(cron_job_workload), cron_job, "cronJob", DOC("With type CronJob: a job by the clock."))                \
    F(T, OBJECT(agent_workload), agent, "agent", DOC("With type Agent: a program that calls models and tools."))       \
    F(T, OBJECT(model_server_workload), model_server, "modelServer", DOC("With type ModelServer: an inference server.")) \
    F(T, OBJECT(batch_workload), batch, "batch", DOC("With type Batch: many model calls from a file."))
DECLARE_SCHEMA(deployment_workload, DEPLOYMENT_WORKLOAD_FIELDS);

#define POD_PATCH_FIELDS(F, T)                                                                                         \
    F(T, ENUM(patch_operation), op, "op", REQUIRED, DOC("add, remove, replace, move, copy or test."))                  \
    F(T, TEXT, path, "path", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(512), DOC("JSON pointer into the pod."))              \
    F(T, TEXT, from, "from", MAX_LENGTH(512), DOC("JSON pointer, with move and copy."))                                \
    F(T, ANY, value, "value", DOC("With add, replace and test."))
DECLARE_SCHEMA(pod_patch, POD_PATCH_FIELDS);

#define DEPLOYMENT_SPEC_FIELDS(F, T)                                                                                   \
    F(T, ENUM(deployment_type), type, "type", REQUIRED, IMMUTABLE,                                                     \
      DOC("Service, Job, CronJob, Agent, ModelServer or Batch."))                                                      \
    F(T, BOOL, suspend, "suspend", DEFAULT("false"), DOC("Nothing runs; nothing is deleted."))                         \
    F(T, LIST(local_ref), policy_refs, "policyRefs", LIST_KEYS("name"), MAX_ITEMS(8),                                  \
      REFUSED_YET("policies of a single Deployment are not in this version; its environment's hold for it"),           \
      DOC("ModelPolicies of this namespace that tighten what it may do."))                                             \
    F(T, OBJECT(deployment_workload), workload, "workload", REQUIRED,                                                  \
      CLUSTER_ONLY("a laptop runs no containers"),                                                                     \
      DOC("What runs: exactly the one member that belongs to type."))                                                  \
    F(T, OBJECT(deployment_resources), resources, "resources", DOC("What its pods need and where they may be."))       \
    F(T, OBJECT(deployment_scaling), scaling, "scaling", DOC("How many pods."))                                        \
    F(T, OBJECT(deployment_exposure), exposure, "exposure", DOC("Who reaches it, and how."))                           \
    F(T, OBJECT(deployment_rollout), rollout, "rollout", DOC("How a change reaches its pods."))                        \
    F(T, LIST(pod_patch), pod_patches, "podPatches", MAX_ITEMS(32),                                                    \
      DOC("RFC 6902 patches over the pod that we would make, {metadata, spec}: for what this kind does not name."))
DECLARE_SCHEMA(deployment_spec, DEPLOYMENT_SPEC_FIELDS);

#define DEPLOYMENT_FIELDS(F, T)                                                                                        \
    OBJECT_TYPE_FIELDS(F, T)                                                                                           \
    F(T, OBJECT(deployment_spec), spec, "spec", REQUIRED, DOC("What is wanted."))                                      \
    F(T, OBJECT(deployment_status), status, "status", DOC("What is so; written by the operator."))
DECLARE_SCHEMA(deployment, DEPLOYMENT_FIELDS);
/* clang-format on */

#define DEPLOYMENT_MAX_NAME_LENGTH 50 /* what it makes is called <name>-w and the like */
