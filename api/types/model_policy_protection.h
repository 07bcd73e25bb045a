/* Budgets, and the constraints that are declared but not enforced yet: guardrails, data, tools, prompts and
 * agents. Until they are, a policy that uses one is refused: it would promise what is not kept. */
#pragma once

#include "api/types/budget.h"
#include "api/types/policy_scope.h"

enum guardrail_stage { GUARDRAIL_STAGE_INPUT, GUARDRAIL_STAGE_OUTPUT, GUARDRAIL_STAGE_BOTH };
extern const char *const guardrail_stage_names[]; /* Input Output Both */
enum guardrail_type { GUARDRAIL_PII, GUARDRAIL_PROMPT_INJECTION, GUARDRAIL_WEBHOOK };
extern const char *const guardrail_type_names[];                            /* PII PromptInjection Webhook */
enum guardrail_action { GUARDRAIL_LOG, GUARDRAIL_REDACT, GUARDRAIL_BLOCK }; /* laxest first */
extern const char *const guardrail_action_names[];                          /* Log Redact Block */
enum guardrail_on_error { GUARDRAIL_ON_ERROR_LOG, GUARDRAIL_ON_ERROR_BLOCK };
extern const char *const guardrail_on_error_names[]; /* Log Block */
enum payload_logging {
    PAYLOAD_LOGGING_NONE,
    PAYLOAD_LOGGING_REDACTED,
    PAYLOAD_LOGGING_FULL
};                                                /* strictest first */
extern const char *const payload_logging_names[]; /* None Redacted Full */
enum training_use { TRAINING_DENY, TRAINING_ALLOW };
extern const char *const training_use_names[]; /* Deny Allow */

/* clang-format off */
#define POLICY_BUDGET_FIELDS(F, T)                                                                                     \
    F(T, ENUM(policy_scope), scope, "scope", REQUIRED, DOC("Whose budget: each owner has one. Organisation and Workspace: in policies of the operator's namespace. Run, User, Tag: only calls that say one, by x-weir-run; by safety_identifier or user of the body, else x-weir-user; by a tag of the caller or of x-weir-tags.")) \
    F(T, TEXT, tag_key, "tagKey", DEFAULT(""), MAX_LENGTH(BUDGET_TAG_KEY_MAX_BYTES), FORMAT(tag_key), DOC("Of scope Tag: each value of this tag has a budget.")) \
    BUDGET_AMOUNT_FIELDS(F, T)
DECLARE_SCHEMA(policy_budget, POLICY_BUDGET_FIELDS);

#define POLICY_GUARDRAIL_FIELDS(F, T)                                                                                  \
    F(T, TEXT, name, "name", REQUIRED, MAX_LENGTH(63), FORMAT(dns_label), DOC("What levels refer to it by."))          \
    F(T, ENUM(guardrail_stage), stage, "stage", DEFAULT("Both"), DOC("Looks at prompts, answers or both."))            \
    F(T, ENUM(guardrail_type), type, "type", REQUIRED, DOC("What it looks for, or Webhook to ask a server."))          \
    F(T, ENUM(guardrail_action), action, "action", DEFAULT("Block"), DOC("What happens to what it finds."))            \
    F(T, TEXT, url, "url", MAX_LENGTH(2048), FORMAT(url), DOC("Whom a Webhook asks."))                                 \
    F(T, DURATION, timeout, "timeout", RANGE(1, 60000), DOC("How long a Webhook may take."))                           \
    F(T, ENUM(guardrail_on_error), on_error, "onError", DEFAULT("Block"), DOC("What happens when it cannot tell."))
DECLARE_SCHEMA(policy_guardrail, POLICY_GUARDRAIL_FIELDS);

#define POLICY_DATA_RULES_FIELDS(F, T)                                                                                 \
    F(T, ENUM(payload_logging), payload_logging, "payloadLogging", DEFAULT("Full"),                                    \
      DOC("The most that may be kept of prompts and answers."))                                                        \
    F(T, ENUM(training_use), training, "training", DEFAULT("Allow"),                                                   \
      DOC("Deny: only providers that do not train on what they are sent."))                                            \
    F(T, INT, retention_days_max, "retentionDaysMax", RANGE(0, 3650), DOC("Longest time payloads are kept."))
DECLARE_SCHEMA(policy_data_rules, POLICY_DATA_RULES_FIELDS);

#define POLICY_TOOLS_FIELDS(F, T)                                                                                      \
    F(T, TEXTS, allow, "allow", SET, MIN_ITEMS(1), MAX_ITEMS(256), FORMAT(glob),                                       \
      DOC("Closed set of globs over tools, as mcp:server/tool."))                                                      \
    F(T, TEXTS, deny, "deny", SET, MAX_ITEMS(256), FORMAT(glob), DOC("Tools that are refused."))
DECLARE_SCHEMA(policy_tools, POLICY_TOOLS_FIELDS);

#define POLICY_PROMPTS_FIELDS(F, T)                                                                                    \
    F(T, BOOL, require_approved, "requireApproved", DEFAULT("false"), DOC("Only prompts that were approved."))         \
    F(T, TEXTS, allow, "allow", SET, MIN_ITEMS(1), MAX_ITEMS(256), DOC("Closed set of prompts, as team/name@version."))
DECLARE_SCHEMA(policy_prompts, POLICY_PROMPTS_FIELDS);

#define POLICY_AGENTS_FIELDS(F, T)                                                                                     \
    F(T, TEXTS, allow, "allow", SET, MIN_ITEMS(1), MAX_ITEMS(256), FORMAT(glob), DOC("Closed set of agents."))         \
    F(T, INT, max_steps, "maxSteps", RANGE(1, 100000), DOC("Most model calls in one run."))                            \
    F(T, MONEY, max_cost_per_run, "maxCostPerRun", DOC("Most money in one run, US dollars as decimal text."))
DECLARE_SCHEMA(policy_agents, POLICY_AGENTS_FIELDS);
/* clang-format on */
