/* The declarations of model_policy_protection.h made real. */
#include "api/types/model_policy_protection.h"

#include "api/types/broken_rule.h"

const char *const guardrail_stage_names[] = {"Input", "Output", "Both", NULL};
const char *const guardrail_type_names[] = {"PII", "PromptInjection", "Webhook", NULL};
const char *const guardrail_action_names[] = {"Log", "Redact", "Block", NULL};
const char *const guardrail_on_error_names[] = {"Log", "Block", NULL};
const char *const payload_logging_names[] = {"None", "Redacted", "Full", NULL};
const char *const training_use_names[] = {"Deny", "Allow", NULL};

static const struct schema_rule policy_guardrail_rules[] = {
    {"(self.type == 'Webhook') == has(self.url)", "url belongs to type Webhook, which needs it", ".url"},
};

static void
policy_guardrail_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct policy_guardrail *guardrail = value;
    bool is_webhook = guardrail->type == GUARDRAIL_WEBHOOK;
    if (is_webhook && text_is_empty(guardrail->url))
        broken_rule_add(problems, guardrail->source, path, "url", "is needed with type Webhook");
    if (!is_webhook && !text_is_empty(guardrail->url))
        broken_rule_add(problems, guardrail->source, path, "url", "belongs to type Webhook");
}

DEFINE_SCHEMA(policy_budget, POLICY_BUDGET_FIELDS, "Money that one scope may spend in each window.");
DEFINE_SCHEMA(policy_guardrail, POLICY_GUARDRAIL_FIELDS, "A check of prompts or answers.",
              CHECKED_BY(policy_guardrail));
DEFINE_SCHEMA(policy_data_rules, POLICY_DATA_RULES_FIELDS, "What may be kept of prompts and answers.");
DEFINE_SCHEMA(policy_tools, POLICY_TOOLS_FIELDS, "Which tools models may be given.");
DEFINE_SCHEMA(policy_prompts, POLICY_PROMPTS_FIELDS, "Which stored prompts may be used.");
DEFINE_SCHEMA(policy_agents, POLICY_AGENTS_FIELDS, "Which agents may run, and how far.");
