/* Sums of count times price. A class is charged at the price of the tier that the prompt reaches, or, where
 * the tier says nothing of it, at the model's. */
#include "api/types/price_cost.h"

#include "api/types/price_sum.h"
#include "lib/base/buffer.h"

static bool
is_countable(const struct usage_vector *usage)
{
    uint64_t all = 0; /* no count is above the bits of all of them, and those are few of nearly every call */
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        all |= (uint64_t)usage_vector_count(usage, which);
    bool is_wrong = false;
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT && all > USAGE_COUNT_MAX; which++)
        is_wrong |= (uint64_t)usage_vector_count(usage, which) > USAGE_COUNT_MAX;
    return !is_wrong;
}

/* A model that costs nothing, or one that nobody knows: no arithmetic. */
static bool
cost_without_prices(const struct model_price *price, const struct usage_vector *usage,
                    struct price_cost *out_cost)
{
    *out_cost = (struct price_cost){0};
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT && !price; which++)
        if (usage_vector_count(usage, which) > 0)
            out_cost->unpriced |= 1u << which;
    return true;
}

/* The highest tier that begins below this many prompt tokens; NULL for none. */
static const struct price_tier *
tier_for(const struct model_price *price, int64_t prompt_tokens)
{
    const struct price_tier *found = NULL;
    for (size_t i = 0; i < price->tiers.count; i++) {
        const struct price_tier *tier = &price->tiers.items[i];
        if (tier->above_prompt_tokens < prompt_tokens &&
            (!found || tier->above_prompt_tokens > found->above_prompt_tokens))
            found = tier;
    }
    return found;
}

bool
price_cost_of(const struct model_price *price, const struct usage_vector *usage, struct price_cost *out_cost)
{
    if (!is_countable(usage))
        return false;
    if (!price || price->free)
        return cost_without_prices(price, usage, out_cost);

    const struct price_tier *tier = tier_for(price, usage_vector_prompt_tokens(usage));
    const struct price_pair prices = {tier ? &tier->nano_per_million : NULL, &price->nano_per_million};
    unsigned __int128 sum = 0;
    uint32_t unpriced = 0;
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        int64_t count = usage_vector_count(usage, which);
        if (count == 0) /* most classes of most calls */
            continue;
        int64_t nano_per_million = price_pair_of_class(&prices, which);
        if (!price_sum_can_take(nano_per_million))
            return false;
        if (nano_per_million != FIELD_UNSET)
            sum += price_sum_product(which, count, nano_per_million);
        else if (which != USAGE_REQUESTS)
            unpriced |= 1u << which;
    }
    return price_sum_finish(sum, unpriced, out_cost);
}

struct text
price_cost_print_unpriced(struct arena *arena, const struct price_cost *cost)
{
    struct buffer words;
    buffer_init(&words, arena, 64);
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        if (!(cost->unpriced & 1u << which))
            continue;
        buffer_add_string(&words, words.length > 0 ? ", " : "");
        buffer_add_text(&words, price_class_name(which));
    }
    return buffer_text(&words);
}
