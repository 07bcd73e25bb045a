/* What may only get stricter: all levels' constraints hold together (meet), in whatever order they came.
 *
 * An absent field constrains nothing. allow lists refuse to be empty, so "no item" always means "not given".
 */
#pragma once

#include "api/types/gateway_rules.h"
#include "api/types/model_policy_protection.h"
#include "api/types/policy_scope.h"

/* clang-format off */
#define POLICY_MODELS_FIELDS(F, T)                                                                                     \
    F(T, LIST(model_pattern), allow, "allow", MIN_ITEMS(1), MAX_ITEMS(256),                                            \
      DOC("Closed set: a model must match one of these. Without it every model that is not denied passes."))           \
    F(T, LIST(model_pattern), deny, "deny", MAX_ITEMS(256), DOC("A model that matches any of these is refused."))
DECLARE_SCHEMA(policy_models, POLICY_MODELS_FIELDS);

#define POLICY_PROVIDERS_FIELDS(F, T)                                                                                  \
    F(T, TEXTS, allow, "allow", SET, MIN_ITEMS(1), MAX_ITEMS(64), MAX_LENGTH(63), FORMAT(glob),                        \
      DOC("Closed set of globs over provider names; every provider if not given."))                                    \
    F(T, TEXTS, regions, "regions", SET, MIN_ITEMS(1), MAX_ITEMS(32), MAX_LENGTH(63), FORMAT(glob),                    \
      REFUSED_YET("provider regions are not enforced in this version"),                                                \
      DOC("Closed set of regions that a provider may answer from."))
DECLARE_SCHEMA(policy_providers, POLICY_PROVIDERS_FIELDS);

#define POLICY_LIMIT_FIELDS(F, T)                                                                                      \
    F(T, ENUM(policy_scope), scope, "scope", REQUIRED,                                                                 \
      DOC("Whose counter. Environment: one for all its calls. Caller: one for each caller. Others: not yet."))         \
    F(T, INT, requests_per_minute, "requestsPerMinute", RANGE(0, 1000000000),                                          \
      DOC("Requests started in any minute; 0 refuses every call."))                                                    \
    F(T, INT, tokens_per_minute, "tokensPerMinute", RANGE(0, 1000000000000),                                           \
      DOC("Prompt and answer tokens together; estimated on the way in, settled by what was used."))                    \
    F(T, INT, concurrency, "concurrency", RANGE(0, 1000000), DOC("Calls running at once."))                            \
    F(T, INT, tokens_per_day, "tokensPerDay", RANGE(0, 1000000000000),                                                 \
      REFUSED_YET("limits per day are not enforced in this version"),                                                  \
      DOC("Prompt and answer tokens together, in a UTC day."))
DECLARE_SCHEMA(policy_limit, POLICY_LIMIT_FIELDS);

#define POLICY_CONSTRAINTS_FIELDS(F, T)                                                                                \
    F(T, OBJECT(policy_models), models, "models", DOC("Which models may be called."))                                  \
    F(T, OBJECT(policy_providers), providers, "providers", DOC("Which providers may be asked."))                       \
    F(T, LIST(policy_limit), limits, "limits", LIST_KEYS("scope"), MAX_ITEMS(8),                                       \
      DOC("Ceilings for each scope. The least of all policies holds; different scopes count on their own."))           \
    F(T, INT, max_input_tokens, "maxInputTokens", RANGE(1, 1000000000),                                                \
      DOC("Longest prompt, estimated; a longer one is refused."))                                                      \
    F(T, INT, max_output_tokens, "maxOutputTokens", RANGE(1, 1000000000),                                              \
      DOC("Longest answer; what happens to a request for more is maxOutputTokensOver."))                               \
    F(T, ENUM(over_maximum), max_output_tokens_over, "maxOutputTokensOver", DEFAULT("Clamp"),                          \
      DOC("Clamp: the request goes on with the maximum. Refuse: it is refused. Refuse is stricter and wins."))         \
    F(T, DURATION, request_timeout, "requestTimeout", RANGE(1, 86400000),                                              \
      DOC("Longest time from a request to its end, retries included. Ceiling of defaults.deadlines.total."))           \
    F(T, LIST(policy_budget), budgets, "budgets", LIST_KEYS("scope,tagKey,period"), MAX_ITEMS(16),                            \
      LEDGER_ONLY(BUDGETS_NEED_A_LEDGER),                                                                              \
      DOC("Money or tokens per window. Never merged: each keeps its own counter and a call must pass all."))                     \
    F(T, LIST(policy_guardrail), guardrails, "guardrails", LIST_KEYS("name"), MAX_ITEMS(32),                           \
      REFUSED_YET("guardrails are not enforced in this version"),                                                      \
      DOC("Checks of prompts and answers. Those of all levels run; by name the strictest action wins."))               \
    F(T, OBJECT(policy_data_rules), data_rules, "data", REFUSED_YET("data rules are not enforced in this version"),    \
      DOC("What may be kept of prompts and answers."))                                                                 \
    F(T, OBJECT(policy_tools), tools, "tools", REFUSED_YET("tool rules are not enforced in this version"),             \
      DOC("Which tools models may be given."))                                                                         \
    F(T, OBJECT(policy_prompts), prompts, "prompts", REFUSED_YET("prompt rules are not enforced in this version"),     \
      DOC("Which stored prompts may be used."))                                                                        \
    F(T, OBJECT(policy_agents), agents, "agents", REFUSED_YET("agent rules are not enforced in this version"),         \
      DOC("Which agents may run, and how far."))
DECLARE_SCHEMA(policy_constraints, POLICY_CONSTRAINTS_FIELDS);
/* clang-format on */
