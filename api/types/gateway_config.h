/* What the operator hands the gateways of one environment: everything a decision needs, nothing of
 * Kubernetes.
 *
 * It is resolved: merged, filtered, with each rule naming the policy (and file and line) it came from, so
 * that a refusal can say who decided. Credentials are names of files, never values. A gateway that does not
 * know `version` keeps its last good config and says so. */
#pragma once

#include "api/types/gateway_budget.h"
#include "api/types/gateway_price.h"
#include "api/types/gateway_route.h"
#include "api/types/gateway_rules.h"
#include "api/types/workload_identity.h"

#define GATEWAY_CONFIG_VERSION 1
#define GATEWAY_MAX_PRICES 16384 /* one for each target that there can be */

enum tier { TIER_DEVELOPMENT, TIER_STAGING, TIER_PRODUCTION };
extern const char *const tier_names[]; /* Development Staging Production */

/* clang-format off */
#define GATEWAY_CALLER_FIELDS(F, T)                                                                                    \
    F(T, TEXT, name, "name", REQUIRED, DOC("Who calls."))                                                              \
    F(T, TEXT, team, "team", DOC("For the account."))                                                                  \
    F(T, TEXTS, key_hashes, "keyHashes", MAX_ITEMS(16), FORMAT(sha256), DOC("sha256: digests of the caller's keys.")) \
    F(T, TIME, expires, "expires", DOC("From then on its keys are refused."))                                          \
    F(T, TEXT_MAP, tags, "tags", MAX_ITEMS(16), DOC("Copied into each usage record."))
DECLARE_SCHEMA(gateway_caller, GATEWAY_CALLER_FIELDS);

#define GATEWAY_DEADLINES_FIELDS(F, T)                                                                                 \
    F(T, DURATION, connect, "connect", DEFAULT("5s"), RANGE(1, 600000), DOC("To a connection with the provider."))     \
    F(T, DURATION, first_byte, "firstByte", DEFAULT("120s"), RANGE(1, 3600000), DOC("To the first byte of its answer.")) \
    F(T, DURATION, gap, "gap", DEFAULT("60s"), RANGE(1, 3600000), DOC("Between two pieces of its answer."))            \
    F(T, DURATION, total, "total", DEFAULT("600s"), RANGE(1, 86400000), DOC("From the request to its end, retries included."))
DECLARE_SCHEMA(gateway_deadlines, GATEWAY_DEADLINES_FIELDS);

enum client_gone { CLIENT_GONE_CANCEL, CLIENT_GONE_DRAIN };
extern const char *const client_gone_names[]; /* Cancel Drain */

#define GATEWAY_CONFIG_FIELDS(F, T)                                                                                    \
    F(T, INT, version, "version", REQUIRED, RANGE(1, 1000000), DOC("Format of this document."))                        \
    F(T, TEXT, workspace, "workspace", REQUIRED, DOC("The workspace's name."))                                         \
    F(T, TEXT, environment, "environment", REQUIRED, DOC("The environment's name."))                                   \
    F(T, ENUM(tier), tier, "tier", REQUIRED, DOC("Development, Staging or Production."))                               \
    F(T, TEXT, owner, "owner", DOC("Who can change the rules: named in refusals."))                                    \
    F(T, BOOL, suspended, "suspended", DEFAULT("false"), DOC("Every call is answered 503."))                           \
    F(T, TEXT, policy_digest, "policyDigest", DOC("SHA-256 over the effective policy, for usage records."))            \
    F(T, INT, gateways, "gateways", DEFAULT("1"), RANGE(1, 1000), DOC("At least so many gateways serve the environment: each divides limits by it when nothing can be lent.")) \
    F(T, LIST(gateway_caller), callers, "callers", MAX_ITEMS(10000), DOC("Who may call."))                             \
    F(T, OBJECT(workload_identity), workload_identity, "workloadIdentity", DOC("Which workloads may call without a key.")) \
    F(T, LIST(gateway_provider), providers, "providers", MAX_ITEMS(64), DOC("What targets refer to."))                 \
    F(T, LIST(gateway_model), models, "models", MAX_ITEMS(512), DOC("What may be called, targets already filtered by the rules.")) \
    F(T, LIST(gateway_price), prices, "prices", LIST_KEYS("version"), MAX_ITEMS(GATEWAY_MAX_PRICES), DOC("What targets cost.")) \
    F(T, LIST(model_rule), allow, "allow", MAX_ITEMS(256), DOC("Closed sets; a model must be in each."))               \
    F(T, LIST(model_rule), deny, "deny", MAX_ITEMS(256), DOC("A model in any of them is refused."))                    \
    F(T, LIST(gateway_limit), limits, "limits", MAX_ITEMS(64), DOC("At most one per scope, unit and mode."))           \
    F(T, LIST(gateway_budget), budgets, "budgets", LIST_KEYS("id"), MAX_ITEMS(64), DOC("A call must pass each that is about it.")) \
    F(T, OBJECT(gateway_maximum), max_input_tokens, "maxInputTokens", DOC("Longest prompt, estimated."))               \
    F(T, OBJECT(gateway_maximum), max_output_tokens, "maxOutputTokens", DOC("Longest answer."))                        \
    F(T, OBJECT(gateway_deadlines), deadlines, "deadlines", DOC("How long calls may take."))                           \
    F(T, ENUM(client_gone), client_gone, "clientGone", DEFAULT("Cancel"), DOC("What happens upstream when the client leaves.")) \
    F(T, INT, max_body_bytes, "maxBodyBytes", DEFAULT("20971520"), RANGE(1024, 536870912), DOC("Longest request body.")) \
    F(T, INT, max_connections, "maxConnections", DEFAULT("20000"), RANGE(1, 1000000), DOC("Client connections at once."))
DECLARE_SCHEMA(gateway_config, GATEWAY_CONFIG_FIELDS);
/* clang-format on */
