/* Lists of budgets: sets by id, kept in its order. */
#include "operator/reconcile/budgets.h"

#include "lib/base/arena.h"
#include "operator/reconcile/budget_alerts.h"

enum { MOST_OF_ONE = 4 }; /* an amount and tokens, and a pace of each */

/* A budget as it is written, whoever does. */
struct written_budget {
    const struct document *source;
    struct text declared_by; /* begins the id */
    struct rule_source from; /* its place is the source's */
    struct gateway_budget terms;
    int64_t amount, tokens;
    int64_t throttled_requests_per_minute; /* FIELD_UNSET: it does not slow */
};

static void
add_written(struct arena *arena, const struct written_budget *written, struct gateway_budget_list *out);
static void add_one(struct arena *arena, const struct written_budget *written, enum budget_unit unit,
                    struct gateway_budget_list *out);
static void
add_pace(struct arena *arena, const struct written_budget *written, struct gateway_budget_list *out);
static void add_of_workspace(struct arena *arena, const struct budget *budget, struct written_budget *written,
                             struct gateway_budget_list *out);
static bool is_kept(const struct gateway_budget *before, const struct gateway_budget *after);
static struct gateway_budget stricter(const struct gateway_budget *a, const struct gateway_budget *b);
static int compare_ids(const void *a, const void *b);

struct gateway_budget_list
budgets_of_policy(struct arena *arena, const struct applied_policy *applied)
{
    const struct policy_budget_list *budgets = &applied->policy->spec.constraints.budgets;
    struct gateway_budget_list out = {
        .items = arena_alloc_array(arena, budgets->count * MOST_OF_ONE, sizeof(*out.items))};
    for (size_t i = 0; i < budgets->count; i++) {
        const struct policy_budget *budget = &budgets->items[i];
        const struct written_budget written = {
            .source = budget->source,
            .declared_by = applied->title,
            .from = {.policy = applied->title, .mode = applied->policy->spec.mode},
            .terms = {.scope = budget->scope,
                      .tag_key = budget->tag_key,
                      .period = budget->period,
                      .time_zone = budget->time_zone,
                      .on_exceeded = budget->on_exceeded,
                      .when_unavailable = budget->when_unavailable,
                      .alerts = budget->alerts,
                      .webhooks = budget->webhooks},
            .amount = budget->amount,
            .tokens = budget->tokens,
            .throttled_requests_per_minute = budget->throttled_requests_per_minute,
        };
        add_written(arena, &written, &out);
    }
    if (out.count > 0)
        qsort(out.items, out.count, sizeof(*out.items), compare_ids);
    return out;
}

/* No policy's id is like these: one of a namespace "workspace" would need a budget per Workspace, which only
 * weir-system may have, and one of "environment" has a part less. */
struct gateway_budget_list
budgets_of_workspace(struct arena *arena, const struct workspace *workspace,
                     const struct workspace_environment *environment)
{
    struct text name = workspace->metadata.name;
    struct gateway_budget_list out = {.items = arena_alloc_array(arena, 2 * MOST_OF_ONE, sizeof(*out.items))};
    struct written_budget written = {
        .declared_by = text_format(arena, "workspace/%.*s", TEXT_ARG(name)),
        .from = {.policy = text_format(arena, "workspace/%.*s", TEXT_ARG(name)), .mode = POLICY_MODE_ENFORCE},
        .terms.scope = POLICY_SCOPE_WORKSPACE,
    };
    add_of_workspace(arena, &workspace->spec.budget, &written, &out);
    written.declared_by =
        text_format(arena, "environment/%.*s/%.*s", TEXT_ARG(name), TEXT_ARG(environment->name));
    written.terms.scope = POLICY_SCOPE_ENVIRONMENT;
    add_of_workspace(arena, &environment->budget, &written, &out);
    if (out.count > 0)
        qsort(out.items, out.count, sizeof(*out.items), compare_ids);
    return out;
}

struct gateway_budget_list
budgets_union(struct arena *arena, const struct gateway_budget_list *a, const struct gateway_budget_list *b)
{
    struct gateway_budget_list out = {.items =
                                          arena_alloc_array(arena, a->count + b->count, sizeof(*out.items))};
    size_t i = 0, j = 0;
    while (i < a->count || j < b->count) {
        int order = i == a->count ? 1 : j == b->count ? -1 : text_compare(a->items[i].id, b->items[j].id);
        out.items[out.count++] = order < 0   ? a->items[i]
                                 : order > 0 ? b->items[j]
                                             : stricter(&a->items[i], &b->items[j]);
        i += order <= 0;
        j += order >= 0;
    }
    return out;
}

bool
budgets_are_within(const struct gateway_budget_list *a, const struct gateway_budget_list *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (!budgets_keep(a, &b->items[i]))
            return false;
    return true;
}

/* A pace that is gone lets nothing through when what it was the pace of lets nothing through either. */
bool
budgets_keep(const struct gateway_budget_list *after, const struct gateway_budget *before)
{
    const struct gateway_budget *paced = budgets_find(after, budget_paced_id(before));
    return (paced && paced->on_exceeded == OVER_BUDGET_BLOCK) ||
           is_kept(before, budgets_find(after, before->id));
}

/* NULL: nothing comes after it. */
static bool
is_kept(const struct gateway_budget *before, const struct gateway_budget *after)
{
    return before->on_exceeded == OVER_BUDGET_ALERT ||
           (after && after->amount <= before->amount && after->on_exceeded >= before->on_exceeded &&
            after->when_unavailable <= before->when_unavailable);
}

bool
budgets_equal(const struct gateway_budget_list *a, const struct gateway_budget_list *b)
{
    bool is_equal = a->count == b->count;
    for (size_t i = 0; is_equal && i < a->count; i++) {
        const struct gateway_budget *one = &a->items[i], *other = &b->items[i];
        is_equal = text_equals(one->id, other->id) && one->amount == other->amount &&
                   one->on_exceeded == other->on_exceeded &&
                   one->when_unavailable == other->when_unavailable &&
                   text_equals(one->time_zone, other->time_zone) &&
                   text_equals(one->from.policy, other->from.policy) &&
                   text_equals(one->from.place, other->from.place) && one->from.mode == other->from.mode &&
                   budget_alerts_compare(one, other) == 0;
    }
    return is_equal;
}

struct gateway_budget_list
budgets_copy(struct arena *arena, const struct gateway_budget_list *budgets)
{
    struct gateway_budget_list out = {.items = arena_alloc_array(arena, budgets->count, sizeof(*out.items)),
                                      .count = budgets->count};
    for (size_t i = 0; i < budgets->count; i++) {
        struct gateway_budget *budget = &out.items[i];
        *budget = budgets->items[i];
        budget->id = text_copy(arena, budget->id);
        budget->tag_key = text_copy(arena, budget->tag_key);
        budget->time_zone = text_copy(arena, budget->time_zone);
        budget->from =
            (struct rule_source){.policy = text_copy(arena, budget->from.policy), .mode = budget->from.mode};
        budget_alerts_copy(arena, &budgets->items[i], budget);
    }
    return out;
}

const struct gateway_budget *
budgets_find(const struct gateway_budget_list *budgets, struct text id)
{
    if (budgets->count == 0)
        return NULL;
    const struct gateway_budget key = {.id = id};
    return bsearch(&key, budgets->items, budgets->count, sizeof(key), compare_ids);
}

static void
add_of_workspace(struct arena *arena, const struct budget *budget, struct written_budget *written,
                 struct gateway_budget_list *out)
{
    if (!budget->source)
        return;
    written->source = budget->source;
    written->terms.period = budget->period;
    written->terms.time_zone = budget->time_zone;
    written->terms.on_exceeded = budget->on_exceeded;
    written->terms.when_unavailable = budget->when_unavailable;
    written->terms.alerts = budget->alerts;
    written->terms.webhooks = budget->webhooks;
    written->amount = budget->amount;
    written->tokens = budget->tokens;
    written->throttled_requests_per_minute = budget->throttled_requests_per_minute;
    add_written(arena, written, out);
}

static void
add_written(struct arena *arena, const struct written_budget *written, struct gateway_budget_list *out)
{
    if (written->amount != FIELD_UNSET)
        add_one(arena, written, BUDGET_UNIT_USD, out);
    if (written->tokens != FIELD_UNSET)
        add_one(arena, written, BUDGET_UNIT_TOKENS, out);
}

static void
add_one(struct arena *arena, const struct written_budget *written, enum budget_unit unit,
        struct gateway_budget_list *out)
{
    struct gateway_budget *budget = &out->items[out->count++];
    bool is_money = unit == BUDGET_UNIT_USD;
    *budget = written->terms;
    budget->id =
        text_format(arena, "%.*s/%s%s%.*s/%s/%s", TEXT_ARG(written->declared_by),
                    policy_scope_names[budget->scope], text_is_empty(budget->tag_key) ? "" : ":",
                    TEXT_ARG(budget->tag_key), budget_period_names[budget->period], budget_unit_names[unit]);
    budget->unit = unit;
    budget->amount = is_money ? written->amount : written->tokens;
    budget->from = written->from;
    budget->from.place = levels_place(arena, written->source, is_money ? TEXT("amount") : TEXT("tokens"));
    if (budget->on_exceeded == OVER_BUDGET_THROTTLE)
        add_pace(arena, written, out);
}

/* Of the budget that was added last. */
static void
add_pace(struct arena *arena, const struct written_budget *written, struct gateway_budget_list *out)
{
    const struct gateway_budget *paced = &out->items[out->count - 1];
    struct gateway_budget *pace = &out->items[out->count++];
    *pace = (struct gateway_budget){
        .id = budget_pace_id(arena, paced->id),
        .scope = paced->scope,
        .tag_key = paced->tag_key,
        .unit = BUDGET_UNIT_REQUESTS,
        .amount = written->throttled_requests_per_minute,
        .period = BUDGET_PERIOD_MINUTE,
        .time_zone = TEXT("UTC"),
        .on_exceeded = OVER_BUDGET_BLOCK,
        .when_unavailable = paced->when_unavailable,
        .from = paced->from,
    };
    pace->from.place = levels_place(arena, written->source, TEXT("throttledRequestsPerMinute"));
}

/* Each term by itself, so that order does not matter. Calendars and who is told are not strict or lax: any
 * one will do. */
static struct gateway_budget
stricter(const struct gateway_budget *a, const struct gateway_budget *b)
{
    bool is_first =
        a->amount != b->amount ? a->amount < b->amount : text_compare(a->from.place, b->from.place) <= 0;
    const struct gateway_budget *other = is_first ? b : a;
    struct gateway_budget met = is_first ? *a : *b;
    if (other->on_exceeded > met.on_exceeded)
        met.on_exceeded = other->on_exceeded;
    if (other->when_unavailable < met.when_unavailable)
        met.when_unavailable = other->when_unavailable;
    if (text_compare(other->time_zone, met.time_zone) < 0)
        met.time_zone = other->time_zone;
    if (budget_alerts_compare(other, &met) > 0) {
        met.alerts = other->alerts;
        met.webhooks = other->webhooks;
    }
    return met;
}

static int
compare_ids(const void *a, const void *b)
{
    const struct gateway_budget *first = a, *second = b;
    return text_compare(first->id, second->id);
}
