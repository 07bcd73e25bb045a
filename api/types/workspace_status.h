/* What the operator says about a Workspace: one entry for each environment, and the roll-up. */
#pragma once

#include "api/types/condition.h"

enum queue_provider { QUEUE_PROVIDER_NONE, QUEUE_PROVIDER_KUEUE };
extern const char *const queue_provider_names[]; /* None Kueue */
enum budget_state { BUDGET_STATE_NONE, BUDGET_STATE_OK, BUDGET_STATE_WARNING, BUDGET_STATE_EXCEEDED };
extern const char *const budget_state_names[]; /* None Ok Warning Exceeded */

/* clang-format off */
#define GATEWAY_STATUS_FIELDS(F, T)                                                                                    \
    F(T, TEXT, url, "url", MAX_LENGTH(2048), DOC("Where callers reach it."))                                           \
    F(T, INT, replicas, "replicas", RANGE(0, 100000), DOC("Gateways there are."))                                      \
    F(T, INT, acked_replicas, "ackedReplicas", RANGE(0, 100000), DOC("Gateways that run the current revision."))       \
    F(T, TEXT, config_revision, "configRevision", MAX_LENGTH(63), DOC("The current revision: generation and hash."))
DECLARE_SCHEMA(gateway_status, GATEWAY_STATUS_FIELDS);

#define QUEUE_STATUS_FIELDS(F, T)                                                                                      \
    F(T, ENUM(queue_provider), provider, "provider", DEFAULT("None"), DOC("Who queues jobs."))                         \
    F(T, TEXT, local_queue, "localQueue", DOC("The queue that jobs of the environment name."))                         \
    F(T, TEXT, cluster_queue, "clusterQueue", DOC("The queue that holds its share."))
DECLARE_SCHEMA(queue_status, QUEUE_STATUS_FIELDS);

#define ENVIRONMENT_STATUS_FIELDS(F, T)                                                                                \
    F(T, TEXT, name, "name", REQUIRED, MAX_LENGTH(20), DOC("The environment."))                                        \
    F(T, TEXT, namespace, "namespace", MAX_LENGTH(63), DOC("Its namespace."))                                          \
    F(T, BOOL, ready, "ready", DEFAULT("false"), DOC("Every gateway runs the current revision."))                      \
    F(T, TEXT, reason, "reason", MAX_LENGTH(128), DOC("One word for why it is not ready."))                            \
    F(T, TEXT, message, "message", MAX_LENGTH(4096), DOC("The same for people."))                                      \
    F(T, OBJECT(gateway_status), gateway, "gateway", DOC("Its gateways."))                                             \
    F(T, TEXT, effective_policy_hash, "effectivePolicyHash", MAX_LENGTH(64), DOC("Of what applies there."))            \
    F(T, OBJECT(queue_status), queue, "queue", DOC("Where its jobs wait."))                                            \
    F(T, ENUM(budget_state), budget_state, "budgetState", DEFAULT("None"), DOC("None, Ok, Warning or Exceeded; amounts live in the ledger."))
DECLARE_SCHEMA(environment_status, ENVIRONMENT_STATUS_FIELDS);

#define WORKSPACE_STATUS_FIELDS(F, T)                                                                                  \
    F(T, INT, observed_generation, "observedGeneration", RANGE(-1, INT64_MAX), DOC("The generation this speaks about.")) \
    F(T, LIST(condition), conditions, "conditions", LIST_KEYS("type"), MAX_ITEMS(16),                                  \
      DOC("Ready, Reconciling, Stalled and what keeps it from being ready."))                                          \
    F(T, TEXT, environments_ready, "environmentsReady", MAX_LENGTH(16), DOC("How many are ready: 2/3."))               \
    F(T, LIST(environment_status), environments, "environments", LIST_KEYS("name"), MAX_ITEMS(32),                     \
      DOC("Each environment, and those that are being drained."))
DECLARE_SCHEMA(workspace_status, WORKSPACE_STATUS_FIELDS);
/* clang-format on */
