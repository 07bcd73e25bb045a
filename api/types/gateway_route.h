/* Where a model is served: providers, targets behind a name, retries and fallback. */
#pragma once

#include "api/types/gateway_rules.h"

/* clang-format off */
enum provider_type { PROVIDER_TYPE_OPENAI, PROVIDER_TYPE_ECHO };
extern const char *const provider_type_names[]; /* OpenAI Echo */

#define ECHO_BEHAVIOUR_FIELDS(F, T)                                                                                    \
    F(T, DURATION, first_token_delay, "firstTokenDelay", DEFAULT("0ms"), RANGE(0, 600000),                             \
      DOC("Waits this long before the first byte of the answer."))                                                     \
    F(T, DURATION, token_delay, "tokenDelay", DEFAULT("0ms"), RANGE(0, 60000),                                         \
      DOC("Waits this long between two streamed tokens."))                                                             \
    F(T, INT, error_status, "errorStatus", DEFAULT("0"), RANGE(0, 599),                                                \
      DOC("Answers every call with this HTTP error status; 0: answers normally."))                                     \
    F(T, INT, error_percent, "errorPercent", DEFAULT("100"), RANGE(0, 100),                                            \
      DOC("How many of a hundred calls get errorStatus."))
DECLARE_SCHEMA(echo_behaviour, ECHO_BEHAVIOUR_FIELDS);

#define GATEWAY_PROVIDER_FIELDS(F, T)                                                                                  \
    F(T, TEXT, name, "name", REQUIRED, DOC("What targets call it."))                                                   \
    F(T, ENUM(provider_type), type, "type", REQUIRED, DOC("The wire format it speaks."))                               \
    F(T, TEXT, base_url, "baseUrl", MAX_LENGTH(2048), DOC("Scheme, host, port and path prefix, without trailing slash.")) \
    F(T, TEXT, ca_file, "caFile", MAX_LENGTH(4096), DOC("PEM file to verify it with; the system's store if empty."))   \
    F(T, OBJECT(echo_behaviour), echo, "echo", DOC("How an Echo provider behaves."))
DECLARE_SCHEMA(gateway_provider, GATEWAY_PROVIDER_FIELDS);

#define GATEWAY_TARGET_FIELDS(F, T)                                                                                    \
    F(T, TEXT, provider, "provider", REQUIRED, DOC("Name of a provider of this config."))                              \
    F(T, TEXT, model, "model", REQUIRED, DOC("What the provider calls the model."))                                    \
    F(T, INT, weight, "weight", DEFAULT("1"), RANGE(0, 1000), DOC("Share under the Weighted strategy."))               \
    F(T, TEXT, credential_file, "credentialFile", MAX_LENGTH(4096), DOC("File with the provider key; none if empty.")) \
    F(T, TEXT, credential_digest, "credentialDigest", DOC("SHA-256 of the key, so that a new key is a new revision.")) \
    F(T, TEXT, price_version, "priceVersion", DOC("Which of the config's prices it has; empty: nobody said, and calls of it have no cost."))
DECLARE_SCHEMA(gateway_target, GATEWAY_TARGET_FIELDS);

enum route_strategy { ROUTE_STRATEGY_WEIGHTED, ROUTE_STRATEGY_LEAST_BUSY, ROUTE_STRATEGY_PRIORITY };
extern const char *const route_strategy_names[]; /* Weighted LeastBusy Priority */

#define GATEWAY_RETRY_FIELDS(F, T)                                                                                     \
    F(T, INT, attempts, "attempts", DEFAULT("2"), RANGE(1, 10), DOC("Tries on one target, the first one included."))   \
    F(T, DURATION, backoff_base, "backoffBase", DEFAULT("200ms"), RANGE(1, 60000), DOC("Wait before the second try; doubles, with jitter.")) \
    F(T, DURATION, backoff_max, "backoffMax", DEFAULT("3s"), RANGE(1, 600000), DOC("Longest wait between two tries."))
DECLARE_SCHEMA(gateway_retry, GATEWAY_RETRY_FIELDS);

#define GATEWAY_MODEL_FIELDS(F, T)                                                                                     \
    F(T, TEXT, name, "name", REQUIRED, DOC("What clients call it."))                                                   \
    F(T, ENUM(route_strategy), strategy, "strategy", DEFAULT("Weighted"), DOC("How a target is chosen."))              \
    F(T, LIST(gateway_target), targets, "targets", MAX_ITEMS(16), DOC("Where it is served."))                          \
    F(T, LIST(gateway_target), forbidden, "forbidden", MAX_ITEMS(32), DOC("What the rules forbid of it, when they leave nothing; never called, so that a refusal can name the rule.")) \
    F(T, TEXT, unavailable, "unavailable", MAX_LENGTH(1024), DOC("Why no target can be called and what to do, when targets only lack something.")) \
    F(T, TEXTS, fallback_on, "fallbackOn", MAX_ITEMS(8), DOC("Failures that go on to the fallback: Timeout, RateLimited, ServerError, ConnectError.")) \
    F(T, LIST(gateway_target), fallback, "fallback", MAX_ITEMS(16), DOC("Tried in order when the targets failed."))    \
    F(T, INT, max_attempts, "maxAttempts", DEFAULT("3"), RANGE(1, 20), DOC("Tries over all targets."))                 \
    F(T, OBJECT(gateway_retry), retry, "retry", DOC("Retries on one target."))                                         \
    F(T, OBJECT(rule_source), from, "from", DOC("Who defined the route."))
DECLARE_SCHEMA(gateway_model, GATEWAY_MODEL_FIELDS);
/* clang-format on */

/* False for a model that is in the config only to say why it cannot be called. */
static inline bool
gateway_model_has_targets(const struct gateway_model *model)
{
    return model->targets.count + model->fallback.count > 0;
}
