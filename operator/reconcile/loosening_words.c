/* Value by value: what was, and what would be. */
#include "operator/reconcile/loosening_words.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/utf8.h"
#include "operator/reconcile/explain_words.h"

enum { MOST_BYTES = 4096 };

/* One value that would get looser, as it is found. */
typedef void (*looser_fn)(void *owner, struct text name, struct text before, struct text after,
                          struct text policy);

static void
each_looser(struct arena *arena, const struct loosening_change *change, looser_fn found, void *owner);
static void
each_looser_number(struct arena *arena, const struct loosening_change *change, looser_fn found, void *owner);
static void
each_looser_budget(struct arena *arena, const struct loosening_change *change, looser_fn found, void *owner);
static void
add_words(void *owner, struct text name, struct text before, struct text after, struct text policy);
static void
add_policy(void *owner, struct text name, struct text before, struct text after, struct text policy);
static struct text closed_set_words(struct arena *arena, const struct model_rule_list *closed_sets);
static struct text denial_words(struct arena *arena, const struct model_rule_list *denials);

struct text
loosening_difference(struct arena *arena, const struct loosening_change *change)
{
    struct buffer out;
    buffer_init(&out, arena, 128);
    each_looser(arena, change, add_words, &out);
    return utf8_at_most(buffer_text(&out), MOST_BYTES);
}

struct text_list
loosening_policies(struct arena *arena, const struct loosening_change *change)
{
    size_t most = change->before.allow.count + change->before.deny.count + change->before.budgets.count +
                  EXPLAINED_NUMBERS + 1;
    struct text_list policies = {.items = arena_alloc_array(arena, most, sizeof(*policies.items))};
    each_looser(arena, change, add_policy, &policies);
    return policies;
}

static void
each_looser(struct arena *arena, const struct loosening_change *change, looser_fn found, void *owner)
{
    const struct merged_constraints *before = &change->before, *after = &change->after;
    for (size_t i = 0; i < before->allow.count; i++) {
        const struct model_rule *rule = &before->allow.items[i];
        if (!closed_sets_have_within(&after->allow, rule))
            found(owner, explain_is_provider_rule(rule) ? TEXT("providers.allow") : TEXT("models.allow"),
                  explain_patterns(arena, &rule->patterns), closed_set_words(arena, &after->allow),
                  rule->from.policy);
    }
    for (size_t i = 0; i < before->deny.count; i++) {
        const struct model_rule *rule = &before->deny.items[i];
        if (!denials_cover_one(&after->deny, rule))
            found(owner, TEXT("models.deny"), explain_patterns(arena, &rule->patterns),
                  denial_words(arena, &after->deny), rule->from.policy);
    }
    each_looser_number(arena, change, found, owner);
    each_looser_budget(arena, change, found, owner);
    if (before->max_output_tokens.amount != FIELD_UNSET && before->max_output_over > after->max_output_over)
        found(owner, TEXT("maxOutputTokensOver"), TEXT("Refuse"), TEXT("Clamp"),
              before->max_output_tokens.from.policy);
}

static void
each_looser_number(struct arena *arena, const struct loosening_change *change, looser_fn found, void *owner)
{
    struct explained_number was[EXPLAINED_NUMBERS], is[EXPLAINED_NUMBERS];
    explain_numbers(&change->before, was);
    explain_numbers(&change->after, is);
    for (size_t i = 0; i < EXPLAINED_NUMBERS; i++) {
        int64_t before = was[i].number.amount, after = is[i].number.amount;
        if (before == FIELD_UNSET || (after != FIELD_UNSET && after <= before))
            continue;
        found(owner, was[i].name, explain_amount(arena, &was[i]),
              after == FIELD_UNSET ? TEXT("none") : explain_amount(arena, &is[i]), was[i].number.from.policy);
    }
}

static void
each_looser_budget(struct arena *arena, const struct loosening_change *change, looser_fn found, void *owner)
{
    for (size_t i = 0; i < change->before.budgets.count; i++) {
        const struct gateway_budget *before = &change->before.budgets.items[i];
        const struct gateway_budget *after = budgets_find(&change->after.budgets, before->id);
        if (!budgets_keep(&change->after.budgets, before))
            found(owner, explain_budget_name(arena, before), explain_budget(arena, before),
                  after ? explain_budget(arena, after) : TEXT("none"), before->from.policy);
    }
}

static void
add_words(void *owner, struct text name, struct text before, struct text after, struct text policy)
{
    struct buffer *out = owner;
    buffer_print(out, "%s%.*s %.*s → %.*s (was set by %.*s)", out->length > 0 ? ", " : "", TEXT_ARG(name),
                 TEXT_ARG(before), TEXT_ARG(after), TEXT_ARG(policy));
}

static void
add_policy(void *owner, struct text name, struct text before, struct text after, struct text policy)
{
    (void)name;
    (void)before;
    (void)after;
    struct text_list *policies = owner;
    for (size_t i = 0; i < policies->count; i++)
        if (text_equals(policies->items[i], policy))
            return;
    policies->items[policies->count++] = policy;
}

static struct text
closed_set_words(struct arena *arena, const struct model_rule_list *closed_sets)
{
    if (closed_sets->count == 0)
        return TEXT("everything");
    struct text_list words = explain_intersection(arena, closed_sets);
    return words.count == 0 ? TEXT("nothing") : text_join(arena, &words, TEXT(", "));
}

static struct text
denial_words(struct arena *arena, const struct model_rule_list *denials)
{
    struct text_list words = {.items = arena_alloc_array(arena, denials->count, sizeof(*words.items))};
    for (size_t i = 0; i < denials->count; i++)
        words.items[words.count++] = explain_patterns(arena, &denials->items[i].patterns);
    return words.count == 0 ? TEXT("none") : text_join(arena, &words, TEXT(", "));
}
