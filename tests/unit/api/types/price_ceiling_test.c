/* The most that a call may cost, worked out by hand. Over random prices: price_cost_property_test.c. */
#include "api/types/price_ceiling.h"

#include <criterion/criterion.h>

#include "tests/support/arena_fixture.h"
#include "tests/unit/api/types/given_price.h"

TestSuite(price_ceiling, .init = given_arena, .fini = end_arena);

/* 20.00 a million reasoned. */
static struct model_price
a_price_that_reasons(void)
{
    struct model_price price = a_price();
    price.nano_per_million.reasoning = 20000000000;
    return price;
}

static bool
ask(const struct model_price *price, int64_t input, int64_t output, struct price_cost *out_cost)
{
    const struct price_bound bounds[] = {{USAGE_INPUT, input}, {USAGE_OUTPUT, output}, {USAGE_REQUESTS, 1}};
    const struct price_ceiling *ceiling = price ? price_ceiling_new(arena, price) : NULL;
    return price_ceiling_cost(ceiling, bounds, COUNT_OF(bounds), out_cost);
}

static int64_t
most_of(const struct model_price *price, int64_t input, int64_t output)
{
    struct price_cost cost;
    cr_assert(ask(price, input, output, &cost));
    cr_assert_eq(cost.unpriced, 0);
    return cost.nano_usd;
}

static uint32_t
unpriced_of(const struct model_price *price, int64_t input, int64_t output)
{
    struct price_cost cost;
    cr_assert(ask(price, input, output, &cost));
    return cost.unpriced;
}

Test(price_ceiling, takes_each_token_for_the_dearest_that_it_may_be)
{
    struct model_price price = a_price_that_reasons();
    cr_assert_eq(most_of(&price, 1000, 10), 1000 * 3750 + 10 * 20000,
                 "all written to the cache, all reasoned");
    cr_assert_eq(most_of(&price, 1001, 10), 1001 * 6000 + 10 * 22500,
                 "above the tier's start others are dearer");
    price.nano_per_million.cache_write_1h = 9000000000;
    cr_assert_eq(most_of(&price, 1001, 0), 1001 * 9000);
}

Test(price_ceiling, holds_for_shorter_prompts_too_when_they_are_dearer)
{
    struct model_price price = a_price_that_reasons();
    given_tier.nano_per_million.output = given_tier.nano_per_million.reasoning = 1000000000;
    cr_assert_eq(most_of(&price, 1001, 1000000), INT64_C(1001) * 3750 + INT64_C(1000000) * 20000);
}

Test(price_ceiling, counts_audio_of_the_prompt_towards_a_tier)
{
    struct model_price price = a_price_that_reasons();
    price.nano_per_million.audio_input = 1000000000;
    const struct price_bound bounds[] = {{USAGE_AUDIO_INPUT, 600}, {USAGE_INPUT, 600}};
    struct price_cost cost;
    cr_assert(price_ceiling_cost(price_ceiling_new(arena, &price), bounds, 2, &cost));
    cr_assert_eq(cost.nano_usd, 600 * 1000 + 600 * 6000);
}

Test(price_ceiling, is_rounded_up_once)
{
    struct model_price price = a_price_that_reasons();
    schema_set_defaults(&price_per_million_schema, &price.nano_per_million);
    price.nano_per_million.input = 400000; /* 0.4 nano-USD a token */
    price.nano_per_million.output = 300000;
    price.tiers.count = 0;
    cr_assert_eq(most_of(&price, 1, 2), 1, "0.4 + 0.6");
    cr_assert_eq(most_of(&price, 2, 1), 2, "0.8 + 0.3");
}

Test(price_ceiling, names_what_has_no_price_at_all)
{
    struct model_price price = a_price_that_reasons(), echo = {.free = true};
    price.nano_per_million.output = price.nano_per_million.reasoning = FIELD_UNSET;
    cr_assert_eq(unpriced_of(&price, 1, 1), 1u << USAGE_OUTPUT, "a call as such needs none");
    cr_assert_eq(unpriced_of(&price, 1, 0), 0);
    cr_assert_eq(unpriced_of(&price, 1001, 1), 1u << USAGE_OUTPUT, "shorter prompts are of no tier");
    cr_assert_eq(unpriced_of(NULL, 1, 0), 1u << USAGE_INPUT | 1u << USAGE_REQUESTS);
    cr_assert_eq(unpriced_of(&echo, 1, 1), 0);
    cr_assert_eq(most_of(&echo, 1, 1), 0);
}

Test(price_ceiling, refuses_what_cannot_be_counted)
{
    struct model_price price = a_price_that_reasons();
    struct price_cost cost = {.nano_usd = 42};
    cr_assert_not(ask(&price, -1, 0, &cost));
    cr_assert_not(ask(&price, 0, USAGE_COUNT_MAX + 1, &cost));
    cr_assert_not(ask(NULL, -1, 0, &cost));
    price.nano_per_million.input = PRICE_MAX_NANO_PER_MILLION;
    cr_assert_not(ask(&price, 10000000, 0, &cost), "ten billion dollars do not fit");
    cr_assert_eq(cost.nano_usd, 42, "untouched");
}

Test(price_ceiling, refuses_a_price_out_of_range_wherever_it_would_be_reckoned_with)
{
    static const int64_t wrong[] = {-1, PRICE_MAX_NANO_PER_MILLION + 1, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct model_price price = a_price_that_reasons();
        struct price_cost cost;
        price.nano_per_million.cache_write = wrong[i];
        cr_assert_not(ask(&price, 1, 0, &cost), "it may be written");
        cr_assert(ask(&price, 0, 1, &cost));
        price = a_price_that_reasons();
        given_tier.nano_per_million.reasoning = wrong[i];
        cr_assert(ask(&price, 1000, 1, &cost));
        cr_assert_not(ask(&price, 1001, 1, &cost), "the tier is reached");
    }
}
