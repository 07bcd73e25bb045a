/* The meet of constraints. Lists of rules are sets kept in one order, numbers are minima that remember their
 * source. */
#include "operator/reconcile/merge_constraints.h"

#include "lib/base/arena.h"

static void set_number(struct merged_number *number, int64_t amount, const struct applied_policy *applied,
                       struct rule_source from);
static struct merged_number least(const struct merged_number *a, const struct merged_number *b);
static bool number_equals(const struct merged_number *a, const struct merged_number *b);
static void
add_limits(struct arena *arena, struct merged_constraints *merged, const struct applied_policy *applied);
static void
add_providers(struct arena *arena, struct merged_constraints *merged, const struct applied_policy *applied);

struct merged_constraints
constraints_none(void)
{
    struct merged_constraints none = {
        .max_input_tokens.amount = FIELD_UNSET,
        .max_output_tokens.amount = FIELD_UNSET,
        .request_timeout_ms.amount = FIELD_UNSET,
        .max_output_over = OVER_MAXIMUM_CLAMP,
    };
    for (int scope = 0; scope < LIMIT_SCOPE_COUNT; scope++)
        for (int unit = 0; unit < LIMIT_UNIT_COUNT; unit++)
            none.limits[scope][unit].amount = FIELD_UNSET;
    return none;
}

struct merged_constraints
constraints_of(struct arena *arena, const struct applied_policy *applied)
{
    const struct policy_constraints *spec = &applied->policy->spec.constraints;
    struct merged_constraints merged = constraints_none();
    if (spec->models.allow.count > 0)
        model_rules_add(arena, &merged.allow, spec->models.allow,
                        levels_source(arena, applied, spec->models.source, TEXT("allow")));
    if (spec->models.deny.count > 0)
        model_rules_add(arena, &merged.deny, spec->models.deny,
                        levels_source(arena, applied, spec->models.source, TEXT("deny")));
    add_providers(arena, &merged, applied);
    add_limits(arena, &merged, applied);
    set_number(&merged.max_input_tokens, spec->max_input_tokens, applied,
               levels_source(arena, applied, spec->source, TEXT("maxInputTokens")));
    set_number(&merged.max_output_tokens, spec->max_output_tokens, applied,
               levels_source(arena, applied, spec->source, TEXT("maxOutputTokens")));
    set_number(&merged.request_timeout_ms, spec->request_timeout, applied,
               levels_source(arena, applied, spec->source, TEXT("requestTimeout")));
    merged.max_output_over = spec->max_output_tokens_over;
    merged.budgets = budgets_of_policy(arena, applied);
    return merged;
}

struct merged_constraints
constraints_meet(struct arena *arena, const struct merged_constraints *a, const struct merged_constraints *b)
{
    struct merged_constraints met = {
        .allow = model_rules_union(arena, &a->allow, &b->allow),
        .deny = model_rules_union(arena, &a->deny, &b->deny),
        .max_input_tokens = least(&a->max_input_tokens, &b->max_input_tokens),
        .max_output_tokens = least(&a->max_output_tokens, &b->max_output_tokens),
        .request_timeout_ms = least(&a->request_timeout_ms, &b->request_timeout_ms),
        .max_output_over = a->max_output_over > b->max_output_over ? a->max_output_over : b->max_output_over,
        .budgets = budgets_union(arena, &a->budgets, &b->budgets),
    };
    for (int scope = 0; scope < LIMIT_SCOPE_COUNT; scope++)
        for (int unit = 0; unit < LIMIT_UNIT_COUNT; unit++)
            met.limits[scope][unit] = least(&a->limits[scope][unit], &b->limits[scope][unit]);
    return met;
}

struct merged_constraints
constraints_of_all(struct arena *arena, const struct applied_policy_list *policies, enum policy_mode mode)
{
    struct merged_constraints all = constraints_none();
    for (size_t i = 0; i < policies->count; i++) {
        if (policies->items[i].policy->spec.mode != mode)
            continue;
        struct merged_constraints one = constraints_of(arena, &policies->items[i]);
        all = constraints_meet(arena, &all, &one);
    }
    return all;
}

bool
constraints_are_within(const struct merged_constraints *a, const struct merged_constraints *b)
{
    const struct merged_number *narrow[] = {&a->max_input_tokens, &a->max_output_tokens,
                                            &a->request_timeout_ms};
    const struct merged_number *wide[] = {&b->max_input_tokens, &b->max_output_tokens,
                                          &b->request_timeout_ms};
    bool is_within = closed_sets_are_within(&a->allow, &b->allow) && denials_cover(&a->deny, &b->deny) &&
                     budgets_are_within(&a->budgets, &b->budgets) &&
                     (b->max_output_tokens.amount == FIELD_UNSET || a->max_output_over >= b->max_output_over);
    for (size_t i = 0; i < COUNT_OF(wide); i++)
        is_within = is_within && least(narrow[i], wide[i]).amount == narrow[i]->amount;
    for (int i = 0; i < LIMIT_SCOPE_COUNT * LIMIT_UNIT_COUNT; i++) {
        const struct merged_number *limit = &a->limits[i / LIMIT_UNIT_COUNT][i % LIMIT_UNIT_COUNT];
        const struct merged_number *wider = &b->limits[i / LIMIT_UNIT_COUNT][i % LIMIT_UNIT_COUNT];
        is_within = is_within && least(limit, wider).amount == limit->amount;
    }
    return is_within;
}

bool
constraints_equal(const struct merged_constraints *a, const struct merged_constraints *b)
{
    bool is_equal = model_rules_equal(&a->allow, &b->allow) && model_rules_equal(&a->deny, &b->deny) &&
                    number_equals(&a->max_input_tokens, &b->max_input_tokens) &&
                    number_equals(&a->max_output_tokens, &b->max_output_tokens) &&
                    number_equals(&a->request_timeout_ms, &b->request_timeout_ms) &&
                    budgets_equal(&a->budgets, &b->budgets) && a->max_output_over == b->max_output_over;
    for (int i = 0; i < LIMIT_SCOPE_COUNT * LIMIT_UNIT_COUNT; i++)
        is_equal = is_equal && number_equals(&a->limits[i / LIMIT_UNIT_COUNT][i % LIMIT_UNIT_COUNT],
                                             &b->limits[i / LIMIT_UNIT_COUNT][i % LIMIT_UNIT_COUNT]);
    return is_equal;
}

const struct model_rule *
constraints_find_refusal(const struct merged_constraints *constraints, const struct model_identity *model)
{
    return model_rules_find_refusal(&constraints->allow, &constraints->deny, POLICY_MODE_ENFORCE, model).rule;
}

static void
set_number(struct merged_number *number, int64_t amount, const struct applied_policy *applied,
           struct rule_source from)
{
    if (amount != FIELD_UNSET)
        *number = (struct merged_number){.amount = amount, .level = applied->level, .from = from};
}

/* Of equal amounts the broader level's counts as the source, then the first by name: the same whatever the
 * order. */
static struct merged_number
least(const struct merged_number *a, const struct merged_number *b)
{
    if (a->amount == FIELD_UNSET || b->amount == FIELD_UNSET)
        return a->amount == FIELD_UNSET ? *b : *a;
    if (a->amount != b->amount)
        return a->amount < b->amount ? *a : *b;
    if (a->level != b->level)
        return a->level < b->level ? *a : *b;
    int order = text_compare(a->from.policy, b->from.policy);
    if (order == 0)
        order = text_compare(a->from.place, b->from.place);
    return order <= 0 ? *a : *b;
}

static bool
number_equals(const struct merged_number *a, const struct merged_number *b)
{
    if (a->amount == FIELD_UNSET || b->amount == FIELD_UNSET)
        return a->amount == b->amount;
    return a->amount == b->amount && a->level == b->level && text_equals(a->from.policy, b->from.policy) &&
           text_equals(a->from.place, b->from.place) && a->from.mode == b->from.mode;
}

/* Only the scopes that gateways count; the schema refuses the others until they are. */
static void
add_limits(struct arena *arena, struct merged_constraints *merged, const struct applied_policy *applied)
{
    const struct policy_limit_list *limits = &applied->policy->spec.constraints.limits;
    for (size_t i = 0; i < limits->count; i++) {
        const struct policy_limit *limit = &limits->items[i];
        if (limit->scope != POLICY_SCOPE_ENVIRONMENT && limit->scope != POLICY_SCOPE_CALLER)
            continue;
        struct merged_number *row =
            merged->limits[limit->scope == POLICY_SCOPE_ENVIRONMENT ? LIMIT_SCOPE_ENVIRONMENT
                                                                    : LIMIT_SCOPE_CALLER];
        set_number(&row[LIMIT_UNIT_REQUESTS_PER_MINUTE], limit->requests_per_minute, applied,
                   levels_source(arena, applied, limit->source, TEXT("requestsPerMinute")));
        set_number(&row[LIMIT_UNIT_TOKENS_PER_MINUTE], limit->tokens_per_minute, applied,
                   levels_source(arena, applied, limit->source, TEXT("tokensPerMinute")));
        set_number(&row[LIMIT_UNIT_CONCURRENCY], limit->concurrency, applied,
                   levels_source(arena, applied, limit->source, TEXT("concurrency")));
    }
}

/* providers.allow is a closed set too: any model of these providers. */
static void
add_providers(struct arena *arena, struct merged_constraints *merged, const struct applied_policy *applied)
{
    const struct policy_providers *providers = &applied->policy->spec.constraints.providers;
    if (providers->allow.count == 0)
        return;
    struct model_pattern_list patterns = {
        .items = arena_alloc_array(arena, providers->allow.count, sizeof(*patterns.items)),
        .count = providers->allow.count,
    };
    for (size_t i = 0; i < patterns.count; i++)
        patterns.items[i] = (struct model_pattern){.provider = providers->allow.items[i], .name = TEXT("*")};
    struct model_rule_list rule = {0};
    model_rules_add(arena, &rule, patterns, levels_source(arena, applied, providers->source, TEXT("allow")));
    merged->allow = model_rules_union(arena, &merged->allow, &rule);
}
