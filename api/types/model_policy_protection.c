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

#define TAG_KEY_IS_OF_TAGS "belongs to scope Tag, which needs it"

static const struct schema_rule policy_budget_rules[] = {
    {BUDGET_HAS_AMOUNT, BUDGET_OF_NOTHING, NULL},
    {BUDGET_TELLS_AT_THRESHOLDS, BUDGET_TELLS_NEVER, ".webhooks"},
    {BUDGET_ALLOWS_WHAT_IT_BLOCKS, BUDGET_ALLOWS_ANYWAY, ".whenUnavailable"},
    {BUDGET_THROTTLES_TO, BUDGET_THROTTLE_NEEDS_RATE, ".throttledRequestsPerMinute"},
    {"(self.scope == 'Tag') == (has(self.tagKey) && self.tagKey != '')", TAG_KEY_IS_OF_TAGS, ".tagKey"},
};

static void
policy_budget_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct policy_budget *budget = value;
    if (budget->amount == FIELD_UNSET && budget->tokens == FIELD_UNSET)
        problems_add(problems, budget->source, path, BUDGET_OF_NOTHING);
    if ((budget->on_exceeded == OVER_BUDGET_THROTTLE) ==
        (budget->throttled_requests_per_minute == FIELD_UNSET))
        broken_rule_add(problems, budget->source, path, "throttledRequestsPerMinute",
                        BUDGET_THROTTLE_NEEDS_RATE);
    if (budget->webhooks.count > 0 && budget->alerts.count == 0)
        broken_rule_add(problems, budget->source, path, "webhooks", BUDGET_TELLS_NEVER);
    if (budget->when_unavailable == WHEN_UNAVAILABLE_ALLOW && budget->on_exceeded == OVER_BUDGET_ALERT)
        broken_rule_add(problems, budget->source, path, "whenUnavailable", BUDGET_ALLOWS_ANYWAY);
    if ((budget->scope == POLICY_SCOPE_TAG) == text_is_empty(budget->tag_key))
        broken_rule_add(problems, budget->source, path, "tagKey", TAG_KEY_IS_OF_TAGS);
}

DEFINE_SCHEMA(policy_budget, POLICY_BUDGET_FIELDS, "What one scope may spend in each window.",
              CHECKED_BY(policy_budget));
DEFINE_SCHEMA(policy_guardrail, POLICY_GUARDRAIL_FIELDS, "A check of prompts or answers.",
              CHECKED_BY(policy_guardrail));
DEFINE_SCHEMA(policy_data_rules, POLICY_DATA_RULES_FIELDS, "What may be kept of prompts and answers.");
DEFINE_SCHEMA(policy_tools, POLICY_TOOLS_FIELDS, "Which tools models may be given.");
DEFINE_SCHEMA(policy_prompts, POLICY_PROMPTS_FIELDS, "Which stored prompts may be used.");
DEFINE_SCHEMA(policy_agents, POLICY_AGENTS_FIELDS, "Which agents may run, and how far.");
