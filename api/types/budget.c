/* The declaration of budget.h made real. */
#include "api/types/budget.h"

#include "api/types/broken_rule.h"

const char *const currency_names[] = {"USD", NULL};
const char *const budget_period_names[] = {"Minute", "Hour", "Day", "Week", "Month", NULL};
const char *const over_budget_names[] = {"Alert", "Throttle", "Block", NULL};
const char *const when_unavailable_names[] = {"Refuse", "Allow", NULL};

static bool
accepts_webhook_url(struct text text)
{
    static const char *const here[] = {"http://localhost", "http://127.0.0.1", "http://[::1]"};
    if (!text_format_url.accepts(text) || text_starts_with(text, TEXT("https://")))
        return text_format_url.accepts(text);
    for (size_t i = 0; i < COUNT_OF(here); i++) {
        struct text rest = text_slice(text, strlen(here[i]), text.length);
        if (text_starts_with(text, text_of(here[i])) && (rest.length == 0 || strchr(":/?", rest.bytes[0])))
            return true;
    }
    return false;
}

const struct text_format text_format_webhook_url = {
    .name = "an https URL, or http of this machine",
    .pattern =
        "^(https://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])|http://(localhost|127\\.0\\.0\\.1|\\[::1\\]))"
        "(:[0-9]{1,5})?([/?][!$-;=?-\\[\\]_a-z~%]*)?$",
    .example = "https://hooks.example.com/weir",
    .accepts = accepts_webhook_url,
};

static bool
accepts_tag_key(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && !(byte >= '0' && byte <= '9') && text_find_byte(TEXT("._-"), byte) < 0)
            return false;
    }
    return text.length <= BUDGET_TAG_KEY_MAX_BYTES;
}

const struct text_format text_format_tag_key = {
    .name = "a tag's key of letters, digits and . _ -",
    .pattern = "^[A-Za-z0-9._-]*$",
    .example = "feature",
    .accepts = accepts_tag_key,
};

static const struct schema_rule budget_rules[] = {
    {BUDGET_HAS_AMOUNT, BUDGET_OF_NOTHING, NULL},
    {BUDGET_TELLS_AT_THRESHOLDS, BUDGET_TELLS_NEVER, ".webhooks"},
    {BUDGET_ALLOWS_WHAT_IT_BLOCKS, BUDGET_ALLOWS_ANYWAY, ".whenUnavailable"},
    {BUDGET_THROTTLES_TO, BUDGET_THROTTLE_NEEDS_RATE, ".throttledRequestsPerMinute"},
};

static void
budget_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct budget *budget = value;
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
}

DEFINE_SCHEMA(budget_webhook, BUDGET_WEBHOOK_FIELDS, "A server that is told of alerts.");
DEFINE_SCHEMA(budget, BUDGET_AMOUNT_FIELDS, "What may be spent in each window.", CHECKED_BY(budget));
