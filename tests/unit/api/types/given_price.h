/* A price worked with by hand. */
#pragma once

#include "api/types/price.h"

static struct price_tier given_tier;

/* 3.00 a million in, 0.30 read, 3.75 written, 15.00 out; above 1,000 tokens 6.00 in and 22.50 out. */
static inline struct model_price
a_price(void)
{
    struct model_price price;
    schema_set_defaults(&model_price_schema, &price);
    schema_set_defaults(&price_tier_schema, &given_tier);
    price.nano_per_million.input = 3000000000;
    price.nano_per_million.cache_read = 300000000;
    price.nano_per_million.cache_write = 3750000000;
    price.nano_per_million.output = 15000000000;
    price.nano_per_million.reasoning = 15000000000;
    given_tier.above_prompt_tokens = 1000;
    given_tier.nano_per_million.input = 6000000000;
    given_tier.nano_per_million.output = 22500000000;
    price.tiers = (struct price_tier_list){&given_tier, 1};
    return price;
}
