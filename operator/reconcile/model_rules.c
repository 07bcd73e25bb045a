/* Sets of model rules. Two rules are the same when policy, place, mode and patterns are. */
#include "operator/reconcile/model_rules.h"

#include "api/types/kinds.h"
#include "lib/base/arena.h"
#include "lib/base/glob.h"

static bool has_cover(const struct model_pattern_list *patterns, const struct model_pattern *pattern);
static int compare_rules(const struct model_rule *a, const struct model_rule *b);
static int compare_patterns(const struct model_pattern_list *a, const struct model_pattern_list *b);

void
model_rules_add(struct arena *arena, struct model_rule_list *rules, struct model_pattern_list patterns,
                struct rule_source from)
{
    struct model_rule *items = arena_alloc_array(arena, rules->count + 1, sizeof(*items));
    if (rules->count > 0)
        memcpy(items, rules->items, rules->count * sizeof(*items));
    items[rules->count] = (struct model_rule){.patterns = patterns, .from = from};
    *rules = (struct model_rule_list){.items = items, .count = rules->count + 1};
}

struct model_rule_list
model_rules_union(struct arena *arena, const struct model_rule_list *a, const struct model_rule_list *b)
{
    struct model_rule_list both = {.items =
                                       arena_alloc_array(arena, a->count + b->count, sizeof(*both.items))};
    size_t from_a = 0, from_b = 0;
    while (from_a < a->count || from_b < b->count) {
        int order = from_a == a->count   ? 1
                    : from_b == b->count ? -1
                                         : compare_rules(&a->items[from_a], &b->items[from_b]);
        both.items[both.count++] = order <= 0 ? a->items[from_a] : b->items[from_b];
        from_a += order <= 0;
        from_b += order >= 0;
    }
    return both;
}

bool
closed_sets_are_within(const struct model_rule_list *narrow, const struct model_rule_list *wide)
{
    for (size_t i = 0; i < wide->count; i++)
        if (!closed_sets_have_within(narrow, &wide->items[i]))
            return false;
    return true;
}

bool
denials_cover(const struct model_rule_list *many, const struct model_rule_list *few)
{
    for (size_t i = 0; i < few->count; i++)
        if (!denials_cover_one(many, &few->items[i]))
            return false;
    return true;
}

bool
closed_sets_have_within(const struct model_rule_list *closed_sets, const struct model_rule *wide)
{
    for (size_t i = 0; i < closed_sets->count; i++) {
        const struct model_pattern_list *patterns = &closed_sets->items[i].patterns;
        size_t covered = 0;
        while (covered < patterns->count && has_cover(&wide->patterns, &patterns->items[covered]))
            covered++;
        if (covered == patterns->count)
            return true;
    }
    return false;
}

bool
denials_cover_one(const struct model_rule_list *denials, const struct model_rule *one)
{
    for (size_t i = 0; i < one->patterns.count; i++) {
        bool is_covered = false;
        for (size_t j = 0; j < denials->count && !is_covered; j++)
            is_covered = has_cover(&denials->items[j].patterns, &one->patterns.items[i]);
        if (!is_covered)
            return false;
    }
    return true;
}

bool
model_rules_equal(const struct model_rule_list *a, const struct model_rule_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (compare_rules(&a->items[i], &b->items[i]) != 0)
            return false;
    return true;
}

/* A glob read as a name is matched by another exactly when the other's stars cover its own. */
static bool
has_cover(const struct model_pattern_list *patterns, const struct model_pattern *pattern)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (glob_matches(patterns->items[i].provider, pattern->provider) &&
            glob_matches(patterns->items[i].name, pattern->name))
            return true;
    return false;
}

static int
compare_rules(const struct model_rule *a, const struct model_rule *b)
{
    struct text broadest = TEXT(WEIR_SYSTEM_NAMESPACE "/"); /* the organisation's come first */
    int order =
        (int)text_starts_with(b->from.policy, broadest) - (int)text_starts_with(a->from.policy, broadest);
    if (order == 0)
        order = text_compare(a->from.policy, b->from.policy);
    if (order == 0)
        order = text_compare(a->from.place, b->from.place);
    if (order == 0)
        order = (int)a->from.mode - (int)b->from.mode;
    return order != 0 ? order : compare_patterns(&a->patterns, &b->patterns);
}

static int
compare_patterns(const struct model_pattern_list *a, const struct model_pattern_list *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        int order = text_compare(a->items[i].provider, b->items[i].provider);
        if (order == 0)
            order = text_compare(a->items[i].name, b->items[i].name);
        if (order != 0)
            return order;
    }
    return (a->count > b->count) - (a->count < b->count);
}
