/* What is in force in an environment, as ModelPolicy `effective` in its namespace says it in
 * status.effective.
 *
 * Three readers: people; the ValidatingAdmissionPolicies, which cannot merge and get finished expressions;
 * and the operator itself, which must know after a restart what was in force before it lets anything widen.
 * Only what is enforced is in it, nothing of Shadow policies. */
#pragma once

#include "api/types/gateway_config.h"
#include "api/types/policy_level.h"

/* clang-format off */
/* regex speaks about "<provider>/<model>", name_regex about the model's name, whoever serves it. RE2, anchored. */
#define EFFECTIVE_RULE_FIELDS(F, T)                                                                                    \
    F(T, TEXT, policy, "policy", REQUIRED, MAX_LENGTH(320), DOC("Who set it, as namespace/name."))                     \
    F(T, LIST(model_pattern), patterns, "patterns", REQUIRED, MAX_ITEMS(256), DOC("Any of them matches."))             \
    F(T, TEXT, regex, "regex", REQUIRED, MAX_LENGTH(262144), DOC("The same for <provider>/<model>, as RE2: for admission.")) \
    F(T, TEXT, name_regex, "nameRegex", REQUIRED, MAX_LENGTH(262144), DOC("The same for the model alone, whoever serves it."))
DECLARE_SCHEMA(effective_rule, EFFECTIVE_RULE_FIELDS);

#define EFFECTIVE_NUMBER_FIELDS(F, T)                                                                                  \
    F(T, INT, amount, "amount", REQUIRED, RANGE(0, 1000000000000), DOC("The most that is allowed."))                   \
    F(T, TEXT, policy, "policy", REQUIRED, MAX_LENGTH(320), DOC("Who set it, as namespace/name."))                     \
    F(T, ENUM(policy_level), level, "level", REQUIRED, DOC("The level of that policy."))

#define EFFECTIVE_LIMIT_FIELDS(F, T)                                                                                   \
    F(T, ENUM(limit_scope), scope, "scope", REQUIRED, DOC("Whose counter: the environment's one, or one per caller.")) \
    F(T, ENUM(limit_unit), unit, "unit", REQUIRED, DOC("What is counted."))                                            \
    EFFECTIVE_NUMBER_FIELDS(F, T)
DECLARE_SCHEMA(effective_limit, EFFECTIVE_LIMIT_FIELDS);

#define EFFECTIVE_MAXIMUM_FIELDS(F, T) EFFECTIVE_NUMBER_FIELDS(F, T)
DECLARE_SCHEMA(effective_maximum, EFFECTIVE_MAXIMUM_FIELDS);

#define EFFECTIVE_TIMEOUT_FIELDS(F, T)                                                                                 \
    F(T, DURATION, amount, "amount", REQUIRED, RANGE(1, 86400000), DOC("The longest that is allowed."))                \
    F(T, TEXT, policy, "policy", REQUIRED, MAX_LENGTH(320), DOC("Who set it, as namespace/name."))                     \
    F(T, ENUM(policy_level), level, "level", REQUIRED, DOC("The level of that policy."))
DECLARE_SCHEMA(effective_timeout, EFFECTIVE_TIMEOUT_FIELDS);

#define EFFECTIVE_BUDGET_FIELDS(F, T)                                                                                  \
    F(T, TEXT, id, "id", REQUIRED, MAX_LENGTH(BUDGET_ID_MAX_BYTES), DOC("Who declares it, scope, period and unit."))   \
    F(T, ENUM(policy_scope), scope, "scope", REQUIRED, DOC("Whose budget: each owner has one."))                       \
    F(T, TEXT, tag_key, "tagKey", MAX_LENGTH(BUDGET_TAG_KEY_MAX_BYTES), DOC("Of scope Tag: each value of this tag has one.")) \
    F(T, ENUM(budget_unit), unit, "unit", REQUIRED, DOC("USD, Tokens, or Requests: the pace of one that slows calls."))                                             \
    F(T, INT, amount, "amount", REQUIRED, RANGE(0, BUDGET_MAX_AMOUNT), DOC("How much there is in each window: nano-USD, tokens or calls.")) \
    F(T, ENUM(budget_period), period, "period", REQUIRED, DOC("How long a window is."))                                \
    F(T, TEXT, time_zone, "timeZone", DEFAULT("UTC"), MAX_LENGTH(TIME_ZONE_NAME_MAX), DOC("Whose calendar windows follow.")) \
    F(T, ENUM(over_budget), on_exceeded, "onExceeded", REQUIRED, DOC("Block, Throttle or Alert."))                               \
    F(T, ENUM(when_unavailable), when_unavailable, "whenUnavailable", DEFAULT("Refuse"), DOC("Refuse or Allow."))      \
    F(T, TEXT, policy, "policy", REQUIRED, MAX_LENGTH(320), DOC("Who set it: namespace/name, or workspace/name."))
DECLARE_SCHEMA(effective_budget, EFFECTIVE_BUDGET_FIELDS);

#define EFFECTIVE_MODEL_FIELDS(F, T)                                                                                   \
    F(T, TEXT, name, "name", REQUIRED, MAX_LENGTH(128), DOC("What clients call it."))                                  \
    F(T, BOOL, available, "available", DEFAULT("false"), DOC("Whether a target of it can be called."))                 \
    F(T, TEXT, refused_by, "refusedBy", MAX_LENGTH(320), DOC("The policy that forbids every target of it."))           \
    F(T, TEXT, note, "note", MAX_LENGTH(1024), DOC("Why it cannot be called and what to do."))
DECLARE_SCHEMA(effective_model, EFFECTIVE_MODEL_FIELDS);

#define EFFECTIVE_SOURCE_FIELDS(F, T)                                                                                  \
    F(T, TEXT, policy, "policy", REQUIRED, MAX_LENGTH(320), DOC("As namespace/name."))                                 \
    F(T, ENUM(policy_level), level, "level", REQUIRED, DOC("Its level."))                                              \
    F(T, ENUM(policy_mode), mode, "mode", REQUIRED, DOC("Enforce or Shadow."))
DECLARE_SCHEMA(effective_source, EFFECTIVE_SOURCE_FIELDS);

#define EFFECTIVE_PENDING_FIELDS(F, T)                                                                                 \
    F(T, TEXT, hash, "hash", REQUIRED, MAX_LENGTH(64), DOC("What the annotation weir.dev/approve-loosening must say to let it through.")) \
    F(T, TIME, since, "since", REQUIRED, DOC("When this hash was made; after 24 hours there is another one."))         \
    F(T, TEXT, difference, "difference", MAX_LENGTH(8192), DOC("What would get looser."))
DECLARE_SCHEMA(effective_pending, EFFECTIVE_PENDING_FIELDS);

#define EFFECTIVE_STATUS_FIELDS(F, T)                                                                                  \
    F(T, TEXT, workspace, "workspace", REQUIRED, MAX_LENGTH(40), DOC("The workspace's name."))                         \
    F(T, TEXT, environment, "environment", REQUIRED, MAX_LENGTH(20), DOC("The environment's name."))                   \
    F(T, ENUM(tier), tier, "tier", REQUIRED, DOC("The environment's tier."))                                           \
    F(T, TEXT, hash, "hash", REQUIRED, MAX_LENGTH(64), DOC("SHA-256 over the effective policy, as usage records name it.")) \
    F(T, TEXT, allowed, "allowed", MAX_LENGTH(1024), DOC("What is allowed, in words: for the message of a refusal."))  \
    F(T, LIST(effective_source), policies, "policies", MAX_ITEMS(256), DOC("The policies in it, most specific first.")) \
    F(T, LIST(effective_rule), allow, "allow", MAX_ITEMS(256), DOC("Closed sets; a model must be in each."))           \
    F(T, LIST(effective_rule), deny, "deny", MAX_ITEMS(256), DOC("A model in any of them is refused."))                \
    F(T, LIST(effective_limit), limits, "limits", LIST_KEYS("scope,unit"), MAX_ITEMS(16), DOC("Ceilings by scope and unit.")) \
    F(T, LIST(effective_budget), budgets, "budgets", LIST_KEYS("id"), MAX_ITEMS(64), DOC("All of them: a call must pass each that is about it.")) \
    F(T, OBJECT(effective_maximum), max_input_tokens, "maxInputTokens", DOC("Longest prompt."))                        \
    F(T, OBJECT(effective_maximum), max_output_tokens, "maxOutputTokens", DOC("Longest answer."))                      \
    F(T, ENUM(over_maximum), max_output_tokens_over, "maxOutputTokensOver", DEFAULT("Clamp"), DOC("Clamp or Refuse.")) \
    F(T, OBJECT(effective_timeout), request_timeout, "requestTimeout", DOC("Longest time from a request to its end.")) \
    F(T, OBJECT(gateway_deadlines), deadlines, "deadlines", DOC("How long calls may take, defaults and ceiling together.")) \
    F(T, LIST(effective_model), models, "models", LIST_KEYS("name"), MAX_ITEMS(512), DOC("What routes there are, and whether they can be called.")) \
    F(T, OBJECT(effective_pending), pending, "pending", DOC("A looser policy that waits for approval; not in force."))
DECLARE_SCHEMA(effective_status, EFFECTIVE_STATUS_FIELDS);
/* clang-format on */
