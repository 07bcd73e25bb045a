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

/* The classes that a token of a bound may turn out to be stand side by side, the bound's own first. */
_Static_assert(USAGE_CACHE_READ == USAGE_INPUT + 1 && USAGE_CACHE_WRITE == USAGE_INPUT + 2 &&
                   USAGE_CACHE_WRITE_1H == USAGE_INPUT + 3 && USAGE_REASONING == USAGE_OUTPUT + 1,
               "what a bound covers is a run of classes");
static enum usage_class
last_under(enum usage_class bound)
{
    switch (bound) {
    case USAGE_INPUT:
        return USAGE_CACHE_WRITE_1H;
    case USAGE_OUTPUT:
        return USAGE_REASONING;
    default:
        return bound;
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
    uint64_t all = 0; /* no count is above the bits of all of them, and those are few of nearly every call */
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        all |= (uint64_t)usage_vector_count(usage, which);
    bool is_wrong = false;
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT && all > USAGE_COUNT_MAX; which++)
        is_wrong |= (uint64_t)usage_vector_count(usage, which) > USAGE_COUNT_MAX;
    return !is_wrong;
}

/* Of those that are reckoned with. */
static bool
is_in_range(int64_t price)
{
    return price == FIELD_UNSET || (uint64_t)price <= PRICE_MAX_NANO_PER_MILLION;
}

static bool
finish(unsigned __int128 sum, uint32_t unpriced, struct price_cost *out_cost)
{
    sum += ATTO_PER_NANO - 1;
    unsigned __int128 nano = sum <= UINT64_MAX /* 18 USD: the wide division is ten times as dear */
                                 ? (uint64_t)sum / ATTO_PER_NANO
                                 : sum / ATTO_PER_NANO;
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
    unsigned __int128 sum = 0;
    uint32_t unpriced = 0;
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        int64_t count = usage_vector_count(usage, which);
        if (count == 0) /* most classes of most calls */
            continue;
        int64_t nano_per_million = price_in(&prices, which);
        if (!is_in_range(nano_per_million))
            return false;
        if (nano_per_million != FIELD_UNSET)
            sum += product(which, count, nano_per_million);
        else if (which != USAGE_REQUESTS)
            unpriced |= 1u << which;
    }
    return finish(sum, unpriced, out_cost);
}

/* The dearest of the classes under one bound; FIELD_UNSET when none has a price. */
static bool
dearest_under(const struct prices *prices, enum usage_class bound, int64_t *out_price)
{
    int64_t dearest = FIELD_UNSET; /* the lowest int64_t: any price is above it */
    enum usage_class last = last_under(bound);
    for (enum usage_class which = bound; which <= last; which++) {
        int64_t price = price_in(prices, which);
        if (!is_in_range(price))
            return false;
        dearest = price > dearest ? price : dearest;
    }
    *out_price = dearest;
    return true;
}

/* Bounds that cover several classes, in the first of them. */
static struct usage_vector
joined_bounds(const struct usage_vector *bound)
{
    struct usage_vector joined = *bound;
    joined.input_tokens +=
        bound->cache_read_tokens + bound->cache_write_tokens + bound->cache_write_1h_tokens;
    joined.cache_read_tokens = joined.cache_write_tokens = joined.cache_write_1h_tokens = 0;
    joined.output_tokens += bound->reasoning_tokens;
    joined.reasoning_tokens = 0;
    return joined;
}

static bool
most_at(const struct prices *prices, const struct usage_vector *bound, unsigned __int128 *most,
        uint32_t *unpriced)
{
    unsigned __int128 sum = 0;
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        int64_t dearest, count = usage_vector_count(bound, which);
        if (count == 0) /* most classes of most calls */
            continue;
        if (!dearest_under(prices, which, &dearest))
            return false;
        if (dearest != FIELD_UNSET)
            sum += product(which, count, dearest);
        else if (which != USAGE_REQUESTS)
            *unpriced |= 1u << which;
    }
    *most = sum > *most ? sum : *most;
    return true;
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
    uint32_t unpriced = 0;
    unsigned __int128 most = 0;
    if (!most_at(&prices, &joined, &most, &unpriced))
        return false;
    for (size_t i = 0; i < price->tiers.count; i++) {
        const struct price_tier *tier = &price->tiers.items[i];
        if (tier->above_prompt_tokens >= usage_vector_prompt_tokens(bound))
            continue;
        prices.tier = &tier->nano_per_million;
        if (!most_at(&prices, &joined, &most, &unpriced))
            return false;
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
