/* Workloads that end: jobs, jobs by the clock, batches of model calls. */
#pragma once

#include "api/types/deployment_container.h"

enum concurrency_policy { CONCURRENCY_POLICY_ALLOW, CONCURRENCY_POLICY_FORBID, CONCURRENCY_POLICY_REPLACE };
extern const char *const concurrency_policy_names[]; /* Allow Forbid Replace */
enum batch_endpoint {
    BATCH_ENDPOINT_CHAT_COMPLETIONS,
    BATCH_ENDPOINT_COMPLETIONS,
    BATCH_ENDPOINT_EMBEDDINGS
};
extern const char *const batch_endpoint_names[]; /* chat.completions completions embeddings */
enum batch_on_error { BATCH_ON_ERROR_CONTINUE, BATCH_ON_ERROR_STOP };
extern const char *const batch_on_error_names[]; /* Continue Stop */

/* clang-format off */
#define JOB_GROUP_FIELDS(F, T)                                                                                         \
    F(T, INT, replicas, "replicas", REQUIRED, RANGE(1, 1024), DOC("Pods that start and end together."))                \
    F(T, TEXT, network, "network", FORMAT(dns_label), MAX_LENGTH(63), DOC("Name of the service they find each other by."))
DECLARE_SCHEMA(job_group, JOB_GROUP_FIELDS);

#define JOB_WORKLOAD_FIELDS(F, T)                                                                                      \
    CONTAINER_FIELDS(F, T)                                                                                             \
    F(T, INT, completions, "completions", DEFAULT("1"), RANGE(1, 100000), DOC("How many pods must succeed."))          \
    F(T, INT, parallelism, "parallelism", DEFAULT("1"), RANGE(1, 10000), DOC("How many run at once."))                 \
    F(T, INT, backoff_limit, "backoffLimit", DEFAULT("3"), RANGE(0, 1000), DOC("Failed pods before it is given up."))  \
    F(T, DURATION, active_deadline, "activeDeadline", RANGE(1000, 2592000000), DOC("Longest run."))                    \
    F(T, DURATION, ttl_after_finished, "ttlAfterFinished", RANGE(0, 31536000000), DOC("How long it is kept afterwards.")) \
    F(T, TEXT, queue, "queue", FORMAT(dns_subdomain), DOC("Kueue LocalQueue; the environment's own if not given."))    \
    F(T, OBJECT(job_group), group, "group", DOC("Pods that start together; needs JobSet in the cluster."))
DECLARE_SCHEMA(job_workload, JOB_WORKLOAD_FIELDS);

#define CRON_JOB_WORKLOAD_FIELDS(F, T)                                                                                 \
    F(T, TEXT, schedule, "schedule", REQUIRED, MAX_LENGTH(100), FORMAT(cron), DOC("Five fields, as cron's."))          \
    F(T, TEXT, time_zone, "timeZone", DEFAULT("Etc/UTC"), MAX_LENGTH(64), DOC("Of the schedule, such as Europe/Berlin.")) \
    F(T, ENUM(concurrency_policy), concurrency_policy, "concurrencyPolicy", DEFAULT("Forbid"),                         \
      DOC("When the last run is not over: Allow a second, Forbid it, or Replace the first."))                          \
    F(T, OBJECT(job_workload), job, "job", REQUIRED, DOC("What runs."))
DECLARE_SCHEMA(cron_job_workload, CRON_JOB_WORKLOAD_FIELDS);

#define BATCH_FILE_FIELDS(F, T)                                                                                        \
    F(T, TEXT, uri, "uri", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(2048),                                                  \
      DOC("JSON lines. Input: configmap://NAME/KEY, pvc://CLAIM/path or https://...; output: pvc://CLAIM/path."))      \
    F(T, OBJECT(secret_ref), credentials_ref, "credentialsRef", DOC("With https://: sent as its bearer token."))
DECLARE_SCHEMA(batch_file, BATCH_FILE_FIELDS);

#define BATCH_WORKLOAD_FIELDS(F, T)                                                                                    \
    F(T, TEXT, model, "model", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(128), DOC("The name that the gateway's clients call: the model of every line that names none.")) \
    F(T, ENUM(batch_endpoint), endpoint, "endpoint", DEFAULT("chat.completions"), DOC("What each line is a request to.")) \
    F(T, OBJECT(batch_file), input, "input", REQUIRED, DOC("One request a line, in OpenAI's batch format."))           \
    F(T, OBJECT(batch_file), output, "output", REQUIRED, DOC("One answer a line, failures beside it in *.errors.jsonl; a run goes on where it stopped. By the clock each run has files of its own, *-<run>.jsonl.")) \
    F(T, INT, concurrency, "concurrency", DEFAULT("8"), RANGE(1, 10000), DOC("Calls at once.")) \
    F(T, DURATION, deadline, "deadline", RANGE(1000, 2592000000), DOC("When it must be over, from its start."))        \
    F(T, ENUM(batch_on_error), on_error, "onError", DEFAULT("Continue"), DOC("What a failed line means for the others.")) \
    F(T, TEXT, schedule, "schedule", MAX_LENGTH(100), FORMAT(cron), DOC("Runs by the clock; once if not given."))      \
    F(T, MONEY, max_cost, "maxCost", REFUSED_YET("what one job costs is not bounded in this version"),                         \
      DOC("Most money in one run, US dollars as decimal text."))
DECLARE_SCHEMA(batch_workload, BATCH_WORKLOAD_FIELDS);
/* clang-format on */
