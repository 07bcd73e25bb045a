/* The declarations of model_policy_route.h made real, with their rules. */
#include "api/types/model_policy_route.h"

#include "api/types/broken_rule.h"
#include "api/types/model_policy_provider.h"

const char *const policy_strategy_names[] = {
    "Weighted", "LeastBusy", "LeastLatency", "Cheapest", "Priority", "PrefixHash", NULL,
};

static const struct schema_rule route_target_rules[] = {
    {"has(self.model) != has(self.deploymentRef)", "give model or deploymentRef, and not both", NULL},
    {"!has(self.deploymentRef) || self.provider == 'self-hosted'",
     "deploymentRef belongs to provider self-hosted", ".deploymentRef"},
};

static void
route_target_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct route_target *target = value;
    if (text_is_empty(target->model) == !target->deployment_ref.source)
        broken_rule_add(problems, target->source, path, "model", "give model or deploymentRef, and not both");
    if (target->deployment_ref.source && !text_equals(target->provider, TEXT(PROVIDER_SELF_HOSTED)))
        broken_rule_add(problems, target->source, path, "deploymentRef", "belongs to provider self-hosted");
}

static const struct schema_rule route_fallback_rules[] = {
    {"!has(self.when) || self.when.all(f, f in ['Timeout', 'RateLimited', 'ServerError', 'ConnectError', "
     "'ContextWindow'])",
     "when takes Timeout, RateLimited, ServerError, ConnectError and ContextWindow", ".when"},
};

static void
check_failure_word(const struct route_fallback *fallback, struct text word, struct text path,
                   struct problem_list *problems)
{
    static const char *const words[] = {"Timeout", "RateLimited", "ServerError", "ConnectError", NULL};
    int index;
    if (schema_enum_parse(words, word, &index))
        return;
    if (text_equals(word, TEXT("ContextWindow")))
        broken_rule_add(
            problems, fallback->source, path, "when",
            "ContextWindow is not implemented in this version; Timeout, RateLimited, ServerError and "
            "ConnectError are");
    else
        broken_rule_add(
            problems, fallback->source, path, "when",
            "\"%.*s\" is not one of Timeout, RateLimited, ServerError, ConnectError, ContextWindow",
            TEXT_ARG(word));
}

static void
route_fallback_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct route_fallback *fallback = value;
    for (size_t i = 0; i < fallback->on.count; i++)
        check_failure_word(fallback, fallback->on.items[i], path, problems);
}

static const struct schema_rule route_backoff_rules[] = {
    {"duration(self.base) <= duration(self.max)", "max must not be shorter than base", ".max"},
};

static void
route_backoff_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct route_backoff *backoff = value;
    if (backoff->max < backoff->base)
        broken_rule_add(problems, backoff->source, path, "max", "must not be shorter than base");
}

static const struct schema_rule policy_route_rules[] = {
    {"!self.model.contains('*')", "a route is for one name; \"*\" is not allowed", ".model"},
    {"self.strategy != 'Weighted' || self.targets.exists(t, !has(t.weight) || t.weight > 0)",
     "with strategy Weighted at least one target needs a weight above 0", ".targets"},
};

static void
check_strategy(const struct policy_route *route, struct text path, struct problem_list *problems)
{
    switch (route->strategy) {
    case POLICY_STRATEGY_WEIGHTED:
    case POLICY_STRATEGY_LEAST_BUSY:
    case POLICY_STRATEGY_PRIORITY:
        return;
    case POLICY_STRATEGY_LEAST_LATENCY:
    case POLICY_STRATEGY_CHEAPEST:
    case POLICY_STRATEGY_PREFIX_HASH:
        broken_rule_add(problems, route->source, path, "strategy",
                        "%s is not implemented in this version; Weighted, LeastBusy and Priority are",
                        policy_strategy_names[route->strategy]);
    }
}

static void
policy_route_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct policy_route *route = value;
    check_strategy(route, path, problems);
    if (text_find_byte(route->model, '*') >= 0)
        broken_rule_add(problems, route->source, path, "model",
                        "a route is for one name; \"*\" is not allowed");

    int64_t weights = 0;
    for (size_t i = 0; i < route->targets.count; i++)
        weights += route->targets.items[i].weight;
    if (route->strategy == POLICY_STRATEGY_WEIGHTED && weights == 0)
        broken_rule_add(problems, route->source, path, "targets",
                        "with strategy Weighted at least one target needs a weight above 0");
}

DEFINE_SCHEMA(route_target, ROUTE_TARGET_FIELDS, "A provider's model behind a name.",
              CHECKED_BY(route_target));
DEFINE_SCHEMA(route_fallback, ROUTE_FALLBACK_FIELDS, "What is tried when the targets failed.",
              CHECKED_BY(route_fallback));
DEFINE_SCHEMA(route_backoff, ROUTE_BACKOFF_FIELDS, "How long to wait between tries.",
              CHECKED_BY(route_backoff));
DEFINE_SCHEMA(route_retry, ROUTE_RETRY_FIELDS, "How often a failed call is tried again.");
DEFINE_SCHEMA(policy_route, POLICY_ROUTE_FIELDS, "Where one model name is served.", CHECKED_BY(policy_route));
