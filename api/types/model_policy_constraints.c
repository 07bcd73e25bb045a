/* The declarations of model_policy_constraints.h made real, with their rules. */
#include "api/types/model_policy_constraints.h"

#include "api/types/broken_rule.h"

static const struct schema_rule policy_limit_rules[] = {
    {"has(self.requestsPerMinute) || has(self.tokensPerMinute) || has(self.concurrency) || "
     "has(self.tokensPerDay)",
     "limits nothing: give requestsPerMinute, tokensPerMinute or concurrency", NULL},
};

static void
policy_limit_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct policy_limit *limit = value;
    bool limits_nothing = limit->requests_per_minute == FIELD_UNSET &&
                          limit->tokens_per_minute == FIELD_UNSET && limit->concurrency == FIELD_UNSET &&
                          limit->tokens_per_day == FIELD_UNSET;
    if (limits_nothing)
        problems_add(problems, limit->source, path,
                     "limits nothing: give requestsPerMinute, tokensPerMinute or concurrency");

    /* A limit that nobody counts would be a promise nobody keeps. */
    if (limit->scope != POLICY_SCOPE_ENVIRONMENT && limit->scope != POLICY_SCOPE_CALLER)
        broken_rule_add(problems, limit->source, path, "scope",
                        "limits per %s are not implemented in this version; Environment and Caller are",
                        policy_scope_names[limit->scope]);
}

DEFINE_SCHEMA(policy_models, POLICY_MODELS_FIELDS, "Which models may be called.");
DEFINE_SCHEMA(policy_providers, POLICY_PROVIDERS_FIELDS, "Which providers may be asked.");
DEFINE_SCHEMA(policy_limit, POLICY_LIMIT_FIELDS, "Ceilings for one scope.", CHECKED_BY(policy_limit));
DEFINE_SCHEMA(policy_constraints, POLICY_CONSTRAINTS_FIELDS, "What may only get stricter.");
