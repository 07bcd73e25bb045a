/* Numbers with separators, patterns as lists, and what several closed sets have in common. */
#include "operator/reconcile/explain_words.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/decimal.h"
#include "lib/base/glob.h"
#include "lib/base/parse.h"
#include "operator/reconcile/budget_alerts.h"

enum { MOST_PATTERNS = 256, NANO_PER_DOLLAR = 1000000000 };

static struct model_pattern_list
intersect(struct arena *arena, const struct model_pattern_list *a, const struct model_pattern_list *b);
static bool meet_globs(struct arena *arena, struct text a, struct text b, struct text *out_met);
static struct text pattern_words(struct arena *arena, const struct model_pattern *pattern);

struct text
explain_number(struct arena *arena, int64_t number)
{
    struct text digits = text_format(arena, "%lld", (long long)number);
    struct buffer out;
    buffer_init(&out, arena, 32);
    for (size_t i = 0; i < digits.length; i++) {
        if (i > 0 && (digits.length - i) % 3 == 0 && digits.bytes[i - 1] != '-')
            buffer_add_byte(&out, ',');
        buffer_add_byte(&out, digits.bytes[i]);
    }
    return buffer_text(&out);
}

void
explain_numbers(const struct merged_constraints *constraints, struct explained_number out[EXPLAINED_NUMBERS])
{
    static const char *const names[LIMIT_SCOPE_COUNT][LIMIT_UNIT_COUNT] = {
        {"limits[environment].requestsPerMinute", "limits[environment].tokensPerMinute",
         "limits[environment].concurrency"},
        {"limits[caller].requestsPerMinute", "limits[caller].tokensPerMinute", "limits[caller].concurrency"},
    };
    size_t count = 0;
    for (int scope = 0; scope < LIMIT_SCOPE_COUNT; scope++)
        for (int unit = 0; unit < LIMIT_UNIT_COUNT; unit++)
            out[count++] = (struct explained_number){.name = text_of(names[scope][unit]),
                                                     .number = constraints->limits[scope][unit]};
    out[count++] =
        (struct explained_number){.name = TEXT("maxInputTokens"), .number = constraints->max_input_tokens};
    out[count++] =
        (struct explained_number){.name = TEXT("maxOutputTokens"), .number = constraints->max_output_tokens};
    out[count++] = (struct explained_number){
        .name = TEXT("requestTimeout"), .number = constraints->request_timeout_ms, .is_duration = true};
}

bool
explain_is_recorded(const struct explained_number *number)
{
    return text_starts_with(number->name, TEXT("limits["));
}

struct text
explain_amount(struct arena *arena, const struct explained_number *number)
{
    return number->is_duration ? print_duration(arena, number->number.amount)
                               : explain_number(arena, number->number.amount);
}

struct text
explain_budget_name(struct arena *arena, const struct gateway_budget *budget)
{
    static const char *const scopes[] = {"organisation", "workspace", "environment", "caller", "user",
                                         "deployment",   "model",     "run",         "tag"};
    static const char *const fields[] = {"amount", "tokens", "throttledRequestsPerMinute"};
    return text_format(arena, "budgets[%s%s%.*s].%s.%s", scopes[budget->scope],
                       text_is_empty(budget->tag_key) ? "" : ":", TEXT_ARG(budget->tag_key),
                       budget_period_names[budget->period], fields[budget->unit]);
}

struct text
explain_budget(struct arena *arena, const struct gateway_budget *budget)
{
    struct buffer out;
    buffer_init(&out, arena, 64);
    if (budget->unit == BUDGET_UNIT_USD) {
        struct text whole = decimal_print_nano(arena, budget->amount);
        size_t point = (size_t)text_find_byte(whole, '.'); /* there always is one */
        buffer_print(&out, "$%.*s%.*s", TEXT_ARG(explain_number(arena, budget->amount / NANO_PER_DOLLAR)),
                     TEXT_ARG(text_slice(whole, point, whole.length)));
    } else {
        buffer_print(&out, "%.*s %s", TEXT_ARG(explain_number(arena, budget->amount)),
                     budget->unit == BUDGET_UNIT_TOKENS ? "tokens"
                     : budget->amount == 1              ? "call a minute when it is spent"
                                                        : "calls a minute when it is spent");
    }
    if (!text_equals(budget->time_zone, TEXT("UTC")))
        buffer_print(&out, " by the clocks of %.*s", TEXT_ARG(budget->time_zone));
    if (budget->on_exceeded == OVER_BUDGET_ALERT)
        buffer_add_string(&out, ", only counted");
    if (budget->on_exceeded == OVER_BUDGET_THROTTLE)
        buffer_add_string(&out, ", then calls are slowed");
    if (budget->when_unavailable == WHEN_UNAVAILABLE_ALLOW)
        buffer_add_string(&out, ", calls go on while nothing can be lent");
    budget_alerts_print(budget, &out);
    return buffer_text(&out);
}

struct text
explain_patterns(struct arena *arena, const struct model_pattern_list *patterns)
{
    struct text_list words = {.items = arena_alloc_array(arena, patterns->count, sizeof(struct text))};
    for (size_t i = 0; i < patterns->count; i++)
        words.items[words.count++] = pattern_words(arena, &patterns->items[i]);
    return text_join(arena, &words, TEXT(", "));
}

bool
explain_is_provider_rule(const struct model_rule *rule)
{
    for (size_t i = 0; i < rule->patterns.count; i++)
        if (!text_equals(rule->patterns.items[i].name, TEXT("*")) ||
            text_equals(rule->patterns.items[i].provider, TEXT("*")))
            return false;
    return rule->patterns.count > 0;
}

struct text_list
explain_intersection(struct arena *arena, const struct model_rule_list *closed_sets)
{
    struct model_pattern everything = {.provider = TEXT("*"), .name = TEXT("*")};
    struct model_pattern_list left = {.items = &everything, .count = 1};
    for (size_t i = 0; i < closed_sets->count; i++)
        left = intersect(arena, &left, &closed_sets->items[i].patterns);
    struct text_list words = {.items = arena_alloc_array(arena, left.count, sizeof(struct text))};
    for (size_t i = 0; i < left.count; i++)
        words.items[words.count++] = pattern_words(arena, &left.items[i]);
    return words;
}

struct text
explain_short_name(struct text title)
{
    ptrdiff_t slash = text_find_byte(title, '/');
    return slash < 0 ? title : text_slice(title, (size_t)slash + 1, title.length);
}

static struct model_pattern_list
intersect(struct arena *arena, const struct model_pattern_list *a, const struct model_pattern_list *b)
{
    struct model_pattern_list met = {.items = arena_alloc_array(arena, MOST_PATTERNS, sizeof(*met.items))};
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count && met.count < MOST_PATTERNS; j++) {
            struct model_pattern one = {0};
            if (!meet_globs(arena, a->items[i].provider, b->items[j].provider, &one.provider) ||
                !meet_globs(arena, a->items[i].name, b->items[j].name, &one.name))
                continue;
            bool is_there = false;
            for (size_t k = 0; k < met.count && !is_there; k++)
                is_there = glob_matches(met.items[k].provider, one.provider) &&
                           glob_matches(met.items[k].name, one.name);
            if (!is_there)
                met.items[met.count++] = one;
        }
    }
    return met;
}

/* The narrower of two globs when one covers the other; both, with "and" between, when they overlap in some
 * other way. A glob read as a name is covered by another exactly when the other's stars cover its own. */
static bool
meet_globs(struct arena *arena, struct text a, struct text b, struct text *out_met)
{
    if (glob_matches(a, b)) {
        *out_met = b;
        return true;
    }
    if (glob_matches(b, a)) {
        *out_met = a;
        return true;
    }
    if (text_find_byte(a, '*') < 0 || text_find_byte(b, '*') < 0)
        return false;
    *out_met = text_format(arena, "%.*s and %.*s", TEXT_ARG(a), TEXT_ARG(b));
    struct text head_a = text_slice(a, 0, (size_t)text_find_byte(a, '*'));
    struct text head_b = text_slice(b, 0, (size_t)text_find_byte(b, '*'));
    return text_starts_with(head_a, head_b) || text_starts_with(head_b, head_a);
}

static struct text
pattern_words(struct arena *arena, const struct model_pattern *pattern)
{
    if (text_equals(pattern->provider, TEXT("*")))
        return pattern->name;
    return text_format(arena, "%.*s/%.*s", TEXT_ARG(pattern->provider), TEXT_ARG(pattern->name));
}
