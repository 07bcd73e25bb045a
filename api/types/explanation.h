/* Why an environment is as it is: every effective value with the policy, file and line that set it, and for a
 * caller and model whether the call would be allowed. What GET /v1/explain answers and `weir explain` prints.
 */
#pragma once

#include "api/types/gateway_config.h"

/* clang-format off */
#define EXPLANATION_ROW_FIELDS(F, T)                                                                                   \
    F(T, TEXT, value, "value", REQUIRED, DOC("Which value: limits[caller].tokensPerMinute."))                          \
    F(T, TEXT, effective, "effective", MAX_LENGTH(65536), DOC("What it is, as people read it: 80,000."))               \
    F(T, TEXT, from, "from", DOC("The policy that set it, as namespace/name, or a built-in default."))                 \
    F(T, TEXT, place, "place", MAX_LENGTH(4096), DOC("Where it is written, as file:line."))                            \
    F(T, TEXT, note, "note", MAX_LENGTH(65536), DOC("Who asked for something else, and why it does not count."))       \
    F(T, ENUM(policy_mode), mode, "mode", DEFAULT("Enforce"), DOC("Shadow: recorded, never blocks."))
DECLARE_SCHEMA(explanation_row, EXPLANATION_ROW_FIELDS);

#define EXPLANATION_VERDICT_FIELDS(F, T)                                                                               \
    F(T, BOOL, allowed, "allowed", DEFAULT("false"), DOC("The call would be let through, as far as rules decide."))    \
    F(T, TEXT, reason, "reason", MAX_LENGTH(4096), DOC("One sentence: why it is, or is not."))                         \
    F(T, LIST(explanation_row), sets, "sets", MAX_ITEMS(256),                                                          \
      DOC("The closed sets and deny lists that decided; a model must be in each closed set and in no deny list."))     \
    F(T, TEXTS, result, "result", MAX_ITEMS(512), DOC("The models that all of them together leave."))                  \
    F(T, TEXT, advice, "advice", MAX_LENGTH(4096), DOC("Who can change it, or what to do next."))
DECLARE_SCHEMA(explanation_verdict, EXPLANATION_VERDICT_FIELDS);

#define EXPLANATION_FIELDS(F, T)                                                                                       \
    F(T, TEXT, workspace, "workspace", REQUIRED, DOC("The workspace's name."))                                         \
    F(T, TEXT, environment, "environment", REQUIRED, DOC("The environment's name."))                                   \
    F(T, ENUM(tier), tier, "tier", DEFAULT("Development"), DOC("Development, Staging or Production."))                 \
    F(T, TEXT, revision, "revision", DOC("The config the operator computed last."))                                    \
    F(T, INT, gateways, "gateways", DEFAULT("0"), DOC("How many gateways the environment has."))                       \
    F(T, INT, gateways_acked, "gatewaysAcked", DEFAULT("0"), DOC("How many of them have this revision."))              \
    F(T, TEXT, held, "held", MAX_LENGTH(8192), DOC("Why an edit is not in effect; empty when everything is."))         \
    F(T, LIST(explanation_row), rows, "rows", MAX_ITEMS(4096), DOC("Every effective value."))                          \
    F(T, TEXT, caller, "caller", DOC("Who was asked about; empty if nobody."))                                         \
    F(T, TEXT, model, "model", DOC("Which model was asked about; empty if none."))                                     \
    F(T, OBJECT(explanation_verdict), verdict, "verdict", DOC("Present when a caller or a model was asked about."))
DECLARE_SCHEMA(explanation, EXPLANATION_FIELDS);
/* clang-format on */
