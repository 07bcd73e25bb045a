/* What must hold for every price list and every call: over random ones, the same each run. */
#include <criterion/criterion.h>

#include "api/types/price_ceiling.h"
#include "tests/support/arena_fixture.h"

TestSuite(price_cost_property, .init = given_arena, .fini = end_arena);

enum { ROUNDS = 20000, MAX_COUNT = 400000 };

struct dice {
    uint64_t state;
};

/* xorshift64: any spread of numbers does, as long as it is the same tomorrow. */
static int64_t
throw_below(struct dice *dice, int64_t most)
{
    dice->state ^= dice->state << 13;
    dice->state ^= dice->state >> 7;
    dice->state ^= dice->state << 17;
    return (int64_t)(dice->state % (uint64_t)most);
}

/* Odd numbers, so that sums are no whole nano-dollars; a quarter has no price. */
static void
throw_prices(struct dice *dice, struct price_per_million *prices)
{
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        price_set_class(prices, which,
                        throw_below(dice, 4) == 0 ? FIELD_UNSET : 1 + throw_below(dice, 90000000001));
}

static struct model_price
throw_price(struct dice *dice, struct price_tier tiers[3])
{
    struct model_price price;
    schema_set_defaults(&model_price_schema, &price);
    throw_prices(dice, &price.nano_per_million);
    price.tiers = (struct price_tier_list){tiers, (size_t)throw_below(dice, 4)};
    int64_t above = 0;
    for (size_t i = 0; i < price.tiers.count; i++) {
        above += 1 + throw_below(dice, MAX_COUNT);
        tiers[i].above_prompt_tokens = above;
        throw_prices(dice, &tiers[i].nano_per_million);
    }
    return price;
}

static struct usage_vector
throw_usage(struct dice *dice, int64_t most)
{
    struct usage_vector used = {0};
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        if (throw_below(dice, 3) > 0)
            usage_vector_set(&used, which, throw_below(dice, most));
    return used;
}

/* Any call that the bound allows: shares of what may turn out as several classes, and less of everything. */
static struct usage_vector
throw_within(struct dice *dice, const struct usage_vector *bound)
{
    static const enum usage_class prompt[] = {USAGE_CACHE_READ, USAGE_CACHE_WRITE, USAGE_CACHE_WRITE_1H};
    struct usage_vector used = {0};
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        int64_t most = usage_vector_count(bound, which);
        usage_vector_set(&used, which, throw_below(dice, 3) == 0 ? most : throw_below(dice, most + 1));
    }
    for (size_t i = 0; i < COUNT_OF(prompt); i++) {
        int64_t moved = throw_below(dice, used.input_tokens + 1);
        moved = throw_below(dice, 3) == 0 ? used.input_tokens : moved;
        used.input_tokens -= moved;
        usage_vector_set(&used, prompt[i], usage_vector_count(&used, prompt[i]) + moved);
    }
    int64_t reasoned = throw_below(dice, used.output_tokens + 1);
    used.output_tokens -= reasoned;
    used.reasoning_tokens += reasoned;
    return used;
}

static int64_t
nano_of(const struct model_price *price, const struct usage_vector *used)
{
    struct price_cost cost;
    cr_assert(price_cost_of(price, used, &cost));
    return cost.nano_usd;
}

static int64_t
most_of(const struct model_price *price, const struct usage_vector *bound)
{
    struct price_bound bounds[USAGE_CLASS_COUNT];
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        bounds[which] = (struct price_bound){which, usage_vector_count(bound, which)};
    struct price_cost most;
    cr_assert(price_ceiling_cost(price_ceiling_new(arena, price), bounds, COUNT_OF(bounds), &most));
    return most.nano_usd;
}

Test(price_cost_property, nothing_within_the_bounds_costs_more_than_the_worst_case)
{
    struct dice dice = {0x5eed};
    for (int round = 0; round < ROUNDS; round++) {
        struct price_tier tiers[3];
        struct model_price price = throw_price(&dice, tiers);
        struct usage_vector bound = throw_usage(&dice, MAX_COUNT);
        struct usage_vector used = throw_within(&dice, &bound);
        cr_assert_leq(nano_of(&price, &used), most_of(&price, &bound), "round %d", round);
        arena_reset(arena);
    }
}

/* The bound is reached: a worst case that is merely large would pass the test above. */
Test(price_cost_property, the_worst_case_without_tiers_is_what_the_dearest_use_costs)
{
    struct dice dice = {0xfeed};
    for (int round = 0; round < ROUNDS; round++) {
        struct price_tier tiers[3];
        struct model_price price = throw_price(&dice, tiers);
        price.tiers.count = 0;
        struct usage_vector bound = {.input_tokens = throw_below(&dice, MAX_COUNT)};
        int64_t dearest = 0;
        for (enum usage_class which = USAGE_INPUT; which <= USAGE_CACHE_WRITE_1H; which++) {
            struct usage_vector used = {0};
            usage_vector_set(&used, which, bound.input_tokens);
            int64_t nano = nano_of(&price, &used);
            dearest = nano > dearest ? nano : dearest;
        }
        cr_assert_eq(most_of(&price, &bound), dearest, "round %d", round);
        arena_reset(arena);
    }
}

/* Rounded up each alone, the classes come to as much as together or to less than a nano-dollar each more. */
Test(price_cost_property, the_cost_of_a_call_is_the_sum_over_its_classes)
{
    struct dice dice = {0xadd};
    for (int round = 0; round < ROUNDS; round++) {
        struct price_tier tiers[3];
        struct model_price price = throw_price(&dice, tiers);
        price.tiers.count = 0;
        struct usage_vector used = throw_usage(&dice, MAX_COUNT);
        int64_t sum = 0;
        for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
            struct usage_vector alone = {0};
            usage_vector_set(&alone, which, usage_vector_count(&used, which));
            sum += nano_of(&price, &alone);
        }
        int64_t whole = nano_of(&price, &used);
        cr_assert(whole <= sum && sum < whole + USAGE_CLASS_COUNT, "round %d: %ld, %ld", round, (long)whole,
                  (long)sum);
    }
}

/* With prices of whole nano-dollars a unit nothing is rounded, and sums are equal. */
Test(price_cost_property, whole_prices_add_up_exactly)
{
    struct dice dice = {0xe8ac7};
    for (int round = 0; round < ROUNDS; round++) {
        struct price_tier tiers[3];
        struct model_price price = throw_price(&dice, tiers);
        price.tiers.count = 0;
        struct usage_vector used = throw_usage(&dice, MAX_COUNT);
        int64_t sum = 0;
        for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
            int64_t nano_per_unit = 1 + throw_below(&dice, 100000), count = usage_vector_count(&used, which);
            bool is_time = which == USAGE_INPUT_TIME || which == USAGE_OUTPUT_TIME;
            price_set_class(&price.nano_per_million, which, nano_per_unit * 1000000 * (is_time ? 1000 : 1));
            sum += nano_per_unit * count;
        }
        cr_assert_eq(nano_of(&price, &used), sum, "round %d", round);
    }
}

Test(price_cost_property, using_more_never_costs_less_within_a_tier)
{
    struct dice dice = {0x30e};
    for (int round = 0; round < ROUNDS; round++) {
        struct price_tier tiers[3];
        struct model_price price = throw_price(&dice, tiers);
        price.tiers.count = 0;
        struct usage_vector less = throw_usage(&dice, MAX_COUNT), more = less;
        enum usage_class which = (enum usage_class)throw_below(&dice, USAGE_CLASS_COUNT);
        usage_vector_set(&more, which, usage_vector_count(&more, which) + throw_below(&dice, 1000));
        cr_assert_leq(nano_of(&price, &less), nano_of(&price, &more), "round %d", round);
    }
}
