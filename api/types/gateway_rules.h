/* The rules a gateway goes by, each naming the policy it came from, so that a refusal can say who decided. */
#pragma once

#include "lib/schema/fields.h"

enum policy_mode { POLICY_MODE_ENFORCE, POLICY_MODE_SHADOW };
extern const char *const policy_mode_names[]; /* Enforce Shadow */

/* clang-format off */
#define RULE_SOURCE_FIELDS(F, T)                                                                                       \
    F(T, TEXT, policy, "policy", DOC("The policy that decided, as namespace/name; \"built-in\" for a default."))       \
    F(T, TEXT, place, "place", MAX_LENGTH(4096), DOC("Where it is written, as file:line, when it came from a file."))  \
    F(T, ENUM(policy_mode), mode, "mode", DEFAULT("Enforce"), DOC("Shadow: evaluated and recorded, never blocks."))
DECLARE_SCHEMA(rule_source, RULE_SOURCE_FIELDS);

#define MODEL_PATTERN_FIELDS(F, T)                                                                                     \
    F(T, TEXT, provider, "provider", DEFAULT("*"), FORMAT(glob), DOC("Glob over provider names. A model no route serves has no provider: only * matches."))                     \
    F(T, TEXT, name, "name", REQUIRED, FORMAT(glob), DOC("Glob. In allow it is held against what the provider calls the model; in deny against that and what clients call it."))
DECLARE_SCHEMA(model_pattern, MODEL_PATTERN_FIELDS);

/* A model passes when each closed set has a pattern for it and no deny pattern has. */
#define MODEL_RULE_FIELDS(F, T)                                                                                        \
    F(T, LIST(model_pattern), patterns, "patterns", MAX_ITEMS(256), DOC("Any of them matches."))                       \
    F(T, OBJECT(rule_source), from, "from", DOC("Who set it."))
DECLARE_SCHEMA(model_rule, MODEL_RULE_FIELDS);

enum limit_scope { LIMIT_SCOPE_ENVIRONMENT, LIMIT_SCOPE_CALLER };
extern const char *const limit_scope_names[]; /* Environment Caller */
enum limit_unit { LIMIT_UNIT_REQUESTS_PER_MINUTE, LIMIT_UNIT_TOKENS_PER_MINUTE, LIMIT_UNIT_CONCURRENCY };
extern const char *const limit_unit_names[]; /* RequestsPerMinute TokensPerMinute Concurrency */

#define GATEWAY_LIMIT_FIELDS(F, T)                                                                                     \
    F(T, ENUM(limit_scope), scope, "scope", REQUIRED, DOC("Whose counter: the environment's one, or one per caller.")) \
    F(T, ENUM(limit_unit), unit, "unit", REQUIRED, DOC("What is counted."))                                            \
    F(T, INT, amount, "amount", REQUIRED, RANGE(0, 1000000000000), DOC("How many; the least of all policies'."))       \
    F(T, OBJECT(rule_source), from, "from", DOC("Who set it."))
DECLARE_SCHEMA(gateway_limit, GATEWAY_LIMIT_FIELDS);

enum over_maximum { OVER_MAXIMUM_CLAMP, OVER_MAXIMUM_REFUSE };
extern const char *const over_maximum_names[]; /* Clamp Refuse */

#define GATEWAY_MAXIMUM_FIELDS(F, T)                                                                                   \
    F(T, INT, amount, "amount", RANGE(1, 1000000000), DOC("The most allowed; no maximum if absent."))                  \
    F(T, ENUM(over_maximum), over, "over", DEFAULT("Refuse"), DOC("What happens to a request that asks for more."))    \
    F(T, OBJECT(rule_source), from, "from", DOC("Who set it."))
DECLARE_SCHEMA(gateway_maximum, GATEWAY_MAXIMUM_FIELDS);
/* clang-format on */
