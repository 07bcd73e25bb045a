/* Where a model name is served: targets, how one is chosen, retries, fallback. */
#pragma once

#include "api/types/references.h"

/* Every value is API; those past Priority are refused until they are implemented. */
enum policy_strategy {
    POLICY_STRATEGY_WEIGHTED,
    POLICY_STRATEGY_LEAST_BUSY,
    POLICY_STRATEGY_LEAST_LATENCY, /* refused yet */
    POLICY_STRATEGY_CHEAPEST,      /* refused yet */
    POLICY_STRATEGY_PRIORITY,
    POLICY_STRATEGY_PREFIX_HASH, /* refused yet */
};
extern const char
    *const policy_strategy_names[]; /* Weighted LeastBusy LeastLatency Cheapest Priority PrefixHash */

/* clang-format off */
#define ROUTE_TARGET_FIELDS(F, T)                                                                               \
    F(T, TEXT, provider, "provider", REQUIRED, FORMAT(dns_label), MAX_LENGTH(63),                                      \
      DOC("Name of a provider: one of defaults.providers, or openai, echo or self-hosted, which are built in."))                    \
    F(T, TEXT, model, "model", MIN_LENGTH(1), DOC("What the provider calls the model."))                               \
    F(T, OBJECT(local_ref), deployment_ref, "deploymentRef",                                                           \
      CLUSTER_ONLY("a laptop runs no Deployments, so the target is left out"),                                         \
      DOC("With provider self-hosted: a ModelServer Deployment of this environment, instead of model."))                                          \
    F(T, INT, weight, "weight", DEFAULT("1"), RANGE(0, 1000),                                                          \
      DOC("Share of the calls under the Weighted strategy; 0 gets none."))                                             \
    F(T, OBJECT(secret_ref), credentials_ref, "credentialsRef",                                                        \
      DOC("The provider's key for this target; the provider's own credentialsRef if not given."))
DECLARE_SCHEMA(route_target, ROUTE_TARGET_FIELDS);

/* The key is "when", not "on": Kubernetes' clients read YAML 1.1, in which a plain on is the boolean true. */
#define ROUTE_FALLBACK_FIELDS(F, T)                                                                                    \
    F(T, TEXTS, on, "when", SET, MIN_ITEMS(1), MAX_ITEMS(8), MAX_LENGTH(32),                                             \
      DOC("Failures that go on to the fallback: Timeout, RateLimited, ServerError, ConnectError; all of them if not given.")) \
    F(T, LIST(route_target), targets, "targets", REQUIRED, MIN_ITEMS(1), MAX_ITEMS(16),                                \
      DOC("Tried in order once the targets failed."))                                                                  \
    F(T, INT, max_attempts, "maxAttempts", DEFAULT("3"), RANGE(1, 20),                                                 \
      DOC("Tries over all targets, retries and fallback included."))
DECLARE_SCHEMA(route_fallback, ROUTE_FALLBACK_FIELDS);

#define ROUTE_BACKOFF_FIELDS(F, T)                                                                                     \
    F(T, DURATION, base, "base", DEFAULT("200ms"), RANGE(1, 60000),                                                    \
      DOC("Wait before the second try; doubles with each, with jitter."))                                              \
    F(T, DURATION, max, "max", DEFAULT("3s"), RANGE(1, 600000), DOC("Longest wait between two tries."))
DECLARE_SCHEMA(route_backoff, ROUTE_BACKOFF_FIELDS);

#define ROUTE_RETRY_FIELDS(F, T)                                                                                       \
    F(T, INT, attempts, "attempts", DEFAULT("2"), RANGE(1, 10), DOC("Tries on one target, the first one included."))   \
    F(T, OBJECT(route_backoff), backoff, "backoff", DOC("How long to wait between them; Retry-After is honoured."))
DECLARE_SCHEMA(route_retry, ROUTE_RETRY_FIELDS);

#define POLICY_ROUTE_FIELDS(F, T)                                                                                      \
    F(T, TEXT, model, "model", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(128), FORMAT(glob),                                 \
      DOC("The name that clients call, without \"*\". The most specific level that has a route for it decides it whole.")) \
    F(T, ENUM(policy_strategy), strategy, "strategy", DEFAULT("Weighted"),                                             \
      DOC("How a target is chosen. Weighted: by weight. LeastBusy: fewest calls running. Priority: the first that works.")) \
    F(T, LIST(route_target), targets, "targets", REQUIRED, MIN_ITEMS(1), MAX_ITEMS(16),                                \
      DOC("Where the model is served. Targets that the constraints forbid are left out."))                             \
    F(T, OBJECT(route_fallback), fallback, "fallback", DOC("What is tried when the targets failed; nothing if not given.")) \
    F(T, OBJECT(route_retry), retry, "retry", DOC("Retries on one target, before the first byte reached the client."))
DECLARE_SCHEMA(policy_route, POLICY_ROUTE_FIELDS);
/* clang-format on */
