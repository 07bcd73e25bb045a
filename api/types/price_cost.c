/* Sums of count times price. A class is charged at the price of the tier that the prompt reaches, or, where
 * the tier says nothing of it, at the model's. */
#include "api/types/price_cost.h"

#include "lib/base/buffer.h"

/* Sums are in 10^-18 USD: prices are in 10^-15 USD a unit, and a thousandth of a unit is the smallest
 * counted. With counts of at most 10^12 and prices of at most 10^18 all classes together stay below 2^115. */
#define ATTO_PER_NANO 1000000000u

struct prices {
    const struct price_per_million *tier; /* NULL: the model's own apply */
    const struct price_per_million *model;
};

/* Which bound covers a class: the first of those that one token may turn out to be. */
static enum usage_class
bound_of(enum usage_class which)
{
    switch (which) {
    case USAGE_CACHE_READ:
    case USAGE_CACHE_WRITE:
    case USAGE_CACHE_WRITE_1H:
        return USAGE_INPUT;
    case USAGE_REASONING:
        return USAGE_OUTPUT;
    default:
        return which;
    }
}

static bool
is_counted_in_ms(enum usage_class which)
{
    return which == USAGE_INPUT_TIME || which == USAGE_OUTPUT_TIME;
}

static int64_t
price_in(const struct prices *prices, enum usage_class which)
{
    int64_t price = prices->tier ? price_of_class(prices->tier, which) : FIELD_UNSET;
    return price == FIELD_UNSET ? price_of_class(prices->model, which) : price;
}

static unsigned __int128
product(enum usage_class which, int64_t count, int64_t nano_per_million)
{
    unsigned __int128 cost = (unsigned __int128)count * (uint64_t)nano_per_million;
    return is_counted_in_ms(which) ? cost : cost * 1000;
}

static bool
is_countable(const struct usage_vector *usage)
{
    bool is_wrong = false; /* without a way out between, several are looked at in one instruction */
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        int64_t count = usage_vector_count(usage, which);
        is_wrong |= (uint64_t)count > USAGE_COUNT_MAX;
    }
    return !is_wrong;
}

static bool
is_in_range(const struct price_per_million *prices)
{
    bool is_wrong = false;
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        int64_t price = price_of_class(prices, which);
        is_wrong |= (price != FIELD_UNSET) & ((uint64_t)price > PRICE_MAX_NANO_PER_MILLION);
    }
    return !is_wrong;
}

static bool
finish(unsigned __int128 sum, uint32_t unpriced, struct price_cost *out_cost)
{
    unsigned __int128 nano = (sum + ATTO_PER_NANO - 1) / ATTO_PER_NANO;
    if (nano > INT64_MAX)
        return false;
    *out_cost = (struct price_cost){(int64_t)nano, unpriced};
    return true;
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
    const struct prices prices = {tier ? &tier->nano_per_million : NULL, &price->nano_per_million};
    if (!is_in_range(prices.model) || (tier && !is_in_range(prices.tier)))
        return false;

    unsigned __int128 sum = 0;
    uint32_t unpriced = 0;
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        int64_t count = usage_vector_count(usage, which);
        if (count == 0) /* most classes of most calls */
            continue;
        int64_t nano_per_million = price_in(&prices, which);
        if (nano_per_million != FIELD_UNSET)
            sum += product(which, count, nano_per_million);
        else if (which != USAGE_REQUESTS)
            unpriced |= 1u << which;
    }
    return finish(sum, unpriced, out_cost);
}

/* The dearest of the classes under one bound; FIELD_UNSET when none has a price. */
static int64_t
dearest_under(const struct prices *prices, enum usage_class bound)
{
    int64_t dearest = FIELD_UNSET; /* the lowest int64_t: any price is above it */
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        int64_t price = bound_of(which) == bound ? price_in(prices, which) : FIELD_UNSET;
        dearest = price > dearest ? price : dearest;
    }
    return dearest;
}

/* Bounds that cover several classes, in the first of them. */
static struct usage_vector
joined_bounds(const struct usage_vector *bound)
{
    struct usage_vector joined = {0};
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        enum usage_class covers = bound_of(which);
        int64_t sum = usage_vector_count(&joined, covers) + usage_vector_count(bound, which);
        usage_vector_set(&joined, covers, sum);
    }
    return joined;
}

static unsigned __int128
most_at(const struct prices *prices, const struct usage_vector *bound, uint32_t *unpriced)
{
    unsigned __int128 sum = 0;
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        int64_t count = usage_vector_count(bound, which);
        if (count == 0) /* most classes of most calls */
            continue;
        int64_t dearest = dearest_under(prices, which);
        if (dearest != FIELD_UNSET)
            sum += product(which, count, dearest);
        else if (which != USAGE_REQUESTS)
            *unpriced |= 1u << which;
    }
    return sum;
}

bool
price_cost_worst_case(const struct model_price *price, const struct usage_vector *bound,
                      struct price_cost *out_cost)
{
    if (!is_countable(bound))
        return false;
    if (!price || price->free)
        return cost_without_prices(price, bound, out_cost);

    /* The whole bound at the model's price, and at each tier that it reaches: shorter prompts may be dearer.
     */
    struct usage_vector joined = joined_bounds(bound);
    struct prices prices = {NULL, &price->nano_per_million};
    if (!is_in_range(prices.model))
        return false;
    uint32_t unpriced = 0;
    unsigned __int128 most = most_at(&prices, &joined, &unpriced);
    for (size_t i = 0; i < price->tiers.count; i++) {
        const struct price_tier *tier = &price->tiers.items[i];
        if (tier->above_prompt_tokens >= usage_vector_prompt_tokens(bound))
            continue;
        prices.tier = &tier->nano_per_million;
        if (!is_in_range(prices.tier))
            return false;
        unsigned __int128 at_tier = most_at(&prices, &joined, &unpriced);
        most = at_tier > most ? at_tier : most;
    }
    return finish(most, unpriced, out_cost);
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
