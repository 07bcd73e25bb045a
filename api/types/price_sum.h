/* What price_cost.c and price_ceiling.c share: sums of count times price, in 10^-18 USD. Nobody else includes
 * it. */
#pragma once

#include "api/types/price_cost.h"

/* Prices are in 10^-15 USD a unit, and a thousandth of a unit is the smallest counted. With counts of at most
 * 10^12 and prices of at most 10^18 all classes together stay below 2^115. */
#define ATTO_PER_NANO 1000000000u

/* A class is charged at the price of the tier that the prompt reaches, or, where the tier says nothing of it,
 * at the model's. */
struct price_pair {
    const struct price_per_million *tier; /* NULL: the model's own apply */
    const struct price_per_million *model;
};

/* FIELD_UNSET when neither has a price. */
static inline int64_t
price_pair_of_class(const struct price_pair *pair, enum usage_class which)
{
    int64_t price = pair->tier ? price_of_class(pair->tier, which) : FIELD_UNSET;
    return price == FIELD_UNSET ? price_of_class(pair->model, which) : price;
}

/* Of those that are reckoned with. */
static inline bool
price_sum_can_take(int64_t nano_per_million)
{
    return nano_per_million == FIELD_UNSET || (uint64_t)nano_per_million <= PRICE_MAX_NANO_PER_MILLION;
}

static inline unsigned __int128
price_sum_product(enum usage_class which, int64_t count, int64_t nano_per_million)
{
    bool is_in_ms = which == USAGE_INPUT_TIME || which == USAGE_OUTPUT_TIME;
    unsigned __int128 cost = (unsigned __int128)count * (uint64_t)nano_per_million;
    return is_in_ms ? cost : cost * 1000;
}

/* Rounded up. False, and out_cost untouched: it does not fit. */
MUST_CHECK static inline bool
price_sum_finish(unsigned __int128 sum, uint32_t unpriced, struct price_cost *out_cost)
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
