/* One merged value is one entry; an absent number stands for none. */
#include "operator/reconcile/effective_constraints.h"

#include "lib/base/arena.h"
#include "operator/reconcile/rule_regex.h"

static struct effective_rule_list rules_of(struct arena *arena, const struct model_rule_list *rules);
static struct model_rule_list rules_from(struct arena *arena, const struct effective_rule_list *rules);
static struct effective_budget_list
written_budgets(struct arena *arena, const struct gateway_budget_list *budgets);
static struct gateway_budget_list
read_budgets(struct arena *arena, const struct effective_budget_list *written);
static void put_maximum(const struct merged_number *number, struct effective_maximum *out_maximum);
static struct merged_number number_from(int64_t amount, struct text policy, enum policy_level level);

void
effective_constraints_put(struct arena *arena, const struct merged_constraints *constraints,
                          struct effective_status *out_status)
{
    out_status->allow = rules_of(arena, &constraints->allow);
    out_status->deny = rules_of(arena, &constraints->deny);
    struct effective_limit_list *limits = &out_status->limits;
    limits->items =
        arena_alloc_array(arena, (size_t)LIMIT_SCOPE_COUNT * LIMIT_UNIT_COUNT, sizeof(*limits->items));
    limits->count = 0;
    for (int scope = 0; scope < LIMIT_SCOPE_COUNT; scope++) {
        for (int unit = 0; unit < LIMIT_UNIT_COUNT; unit++) {
            const struct merged_number *limit = &constraints->limits[scope][unit];
            if (limit->amount != FIELD_UNSET)
                limits->items[limits->count++] = (struct effective_limit){.scope = (enum limit_scope)scope,
                                                                          .unit = (enum limit_unit)unit,
                                                                          .amount = limit->amount,
                                                                          .policy = limit->from.policy,
                                                                          .level = limit->level};
        }
    }
    out_status->budgets = written_budgets(arena, &constraints->budgets);
    put_maximum(&constraints->max_input_tokens, &out_status->max_input_tokens);
    put_maximum(&constraints->max_output_tokens, &out_status->max_output_tokens);
    out_status->max_output_tokens_over = constraints->max_output_over;
    const struct merged_number *timeout = &constraints->request_timeout_ms;
    out_status->request_timeout = (struct effective_timeout){
        .amount = timeout->amount, .policy = timeout->from.policy, .level = timeout->level};
}

struct merged_constraints
effective_constraints_get(struct arena *arena, const struct effective_status *status)
{
    struct merged_constraints constraints = constraints_none();
    constraints.allow = rules_from(arena, &status->allow);
    constraints.deny = rules_from(arena, &status->deny);
    for (size_t i = 0; i < status->limits.count; i++) {
        const struct effective_limit *limit = &status->limits.items[i];
        constraints.limits[limit->scope][limit->unit] =
            number_from(limit->amount, limit->policy, limit->level);
    }
    constraints.budgets = read_budgets(arena, &status->budgets);
    const struct effective_maximum *input = &status->max_input_tokens, *output = &status->max_output_tokens;
    constraints.max_input_tokens = number_from(input->amount, input->policy, input->level);
    constraints.max_output_tokens = number_from(output->amount, output->policy, output->level);
    constraints.max_output_over = status->max_output_tokens_over;
    constraints.request_timeout_ms = number_from(
        status->request_timeout.amount, status->request_timeout.policy, status->request_timeout.level);
    return constraints;
}

static struct effective_rule_list
rules_of(struct arena *arena, const struct model_rule_list *rules)
{
    struct effective_rule_list list = {.items = arena_alloc_array(arena, rules->count, sizeof(*list.items))};
    for (size_t i = 0; i < rules->count; i++) {
        const struct model_rule *rule = &rules->items[i];
        list.items[list.count++] =
            (struct effective_rule){.policy = rule->from.policy,
                                    .patterns = rule->patterns,
                                    .regex = rule_regex(arena, &rule->patterns),
                                    .name_regex = rule_name_regex(arena, &rule->patterns)};
    }
    return list;
}

static struct model_rule_list
rules_from(struct arena *arena, const struct effective_rule_list *rules)
{
    struct model_rule_list list = {0};
    for (size_t i = 0; i < rules->count; i++) {
        struct model_rule_list one = {0};
        model_rules_add(arena, &one, rules->items[i].patterns,
                        (struct rule_source){.policy = rules->items[i].policy});
        list = model_rules_union(arena, &list, &one);
    }
    return list;
}

static struct effective_budget_list
written_budgets(struct arena *arena, const struct gateway_budget_list *budgets)
{
    struct effective_budget_list list = {.items =
                                             arena_alloc_array(arena, budgets->count, sizeof(*list.items))};
    for (size_t i = 0; i < budgets->count; i++) {
        const struct gateway_budget *budget = &budgets->items[i];
        list.items[list.count++] = (struct effective_budget){.id = budget->id,
                                                             .scope = budget->scope,
                                                             .tag_key = budget->tag_key,
                                                             .unit = budget->unit,
                                                             .amount = budget->amount,
                                                             .period = budget->period,
                                                             .time_zone = budget->time_zone,
                                                             .on_exceeded = budget->on_exceeded,
                                                             .when_unavailable = budget->when_unavailable,
                                                             .policy = budget->from.policy};
    }
    return list;
}

/* In the order they were written in: by id. */
static struct gateway_budget_list
read_budgets(struct arena *arena, const struct effective_budget_list *written)
{
    struct gateway_budget_list list = {.items =
                                           arena_alloc_array(arena, written->count, sizeof(*list.items))};
    for (size_t i = 0; i < written->count; i++) {
        const struct effective_budget *budget = &written->items[i];
        const struct gateway_budget one = {.id = budget->id,
                                           .scope = budget->scope,
                                           .tag_key = budget->tag_key,
                                           .unit = budget->unit,
                                           .amount = budget->amount,
                                           .period = budget->period,
                                           .time_zone = budget->time_zone,
                                           .on_exceeded = budget->on_exceeded,
                                           .when_unavailable = budget->when_unavailable,
                                           .from.policy = budget->policy};
        struct gateway_budget_list alone = {.items = arena_copy(arena, &one, sizeof(one)), .count = 1};
        list = budgets_union(arena, &list, &alone);
    }
    return list;
}

static void
put_maximum(const struct merged_number *number, struct effective_maximum *out_maximum)
{
    *out_maximum = (struct effective_maximum){
        .amount = number->amount, .policy = number->from.policy, .level = number->level};
}

static struct merged_number
number_from(int64_t amount, struct text policy, enum policy_level level)
{
    if (amount == FIELD_UNSET)
        return (struct merged_number){.amount = FIELD_UNSET};
    return (struct merged_number){.amount = amount, .level = level, .from = {.policy = policy}};
}
