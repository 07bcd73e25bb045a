/* What a call costs, to the nano-dollar, worked out by hand. Properties over random calls are
 * price_cost_property_test.c; providers' invoices are in tests/unit/api/prices. */
#include <criterion/criterion.h>

#include "api/types/price_cost.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/api/types/given_price.h"

TestSuite(price_cost, .init = given_arena, .fini = end_arena);

static struct price_cost
cost_of(const struct model_price *price, struct usage_vector used)
{
    struct price_cost cost;
    cr_assert(price_cost_of(price, &used, &cost));
    return cost;
}

#define USED(...) ((struct usage_vector){__VA_ARGS__})

Test(price_cost, is_each_class_at_its_own_price)
{
    struct model_price price = a_price();
    /* 100 * 3,000 + 50 * 300 + 10 * 3,750 + 20 * 15,000 nano-USD */
    struct price_cost cost = cost_of(&price, USED(.input_tokens = 100, .cache_read_tokens = 50,
                                                  .cache_write_tokens = 10, .output_tokens = 20));
    cr_assert_eq(cost.nano_usd, 300000 + 15000 + 37500 + 300000);
    cr_assert_eq(cost.unpriced, 0);
}

Test(price_cost, is_rounded_up_once_for_the_whole_call)
{
    struct model_price price = a_price();
    price.nano_per_million.input = 400000; /* 0.4 nano-USD a token */
    price.nano_per_million.output = 300000;
    cr_assert_eq(cost_of(&price, USED(0)).nano_usd, 0);
    cr_assert_eq(cost_of(&price, USED(.input_tokens = 1)).nano_usd, 1);
    cr_assert_eq(cost_of(&price, USED(.input_tokens = 1, .output_tokens = 2)).nano_usd, 1, "0.4 + 0.6");
    cr_assert_eq(cost_of(&price, USED(.input_tokens = 2, .output_tokens = 1)).nano_usd, 2, "0.8 + 0.3");
}

Test(price_cost, of_a_prompt_above_a_tiers_start_is_the_tiers_as_a_whole)
{
    struct model_price price = a_price();
    struct usage_vector at = USED(.input_tokens = 600, .cache_read_tokens = 400, .output_tokens = 10);
    cr_assert_eq(cost_of(&price, at).nano_usd, 600 * 3000 + 400 * 300 + 10 * 15000);
    at.input_tokens++; /* 1,001 with the cached ones; the tier says nothing of cache reads */
    cr_assert_eq(cost_of(&price, at).nano_usd, 601 * 6000 + 400 * 300 + 10 * 22500);
}

Test(price_cost, of_a_class_without_a_price_is_reported_and_not_free)
{
    struct model_price price = a_price();
    struct price_cost cost = cost_of(
        &price, USED(.input_tokens = 1, .cache_write_1h_tokens = 5, .audio_output_tokens = 1, .requests = 1));
    cr_assert_eq(cost.nano_usd, 3000);
    cr_assert_eq(cost.unpriced, 1u << USAGE_CACHE_WRITE_1H | 1u << USAGE_AUDIO_OUTPUT,
                 "a call as such is not");
    cr_assert(text_equals(price_cost_print_unpriced(arena, &cost), TEXT("cacheWrite1h, audioOutput")));
}

Test(price_cost, of_an_unknown_model_is_unpriced_and_of_a_free_one_is_nothing)
{
    struct model_price echo = {.free = true};
    struct usage_vector used = USED(.input_tokens = 3, .requests = 1);
    cr_assert_eq(cost_of(&echo, used).nano_usd, 0);
    cr_assert_eq(cost_of(&echo, used).unpriced, 0);
    cr_assert_eq(cost_of(NULL, used).unpriced, 1u << USAGE_INPUT | 1u << USAGE_REQUESTS);
}

Test(price_cost, of_seconds_is_billed_by_the_millisecond)
{
    struct model_price price = a_price();
    price.nano_per_million.input_seconds = 100000000000; /* 0.0001 a second */
    cr_assert_eq(cost_of(&price, USED(.input_ms = 1000)).nano_usd, 100000);
    cr_assert_eq(cost_of(&price, USED(.input_ms = 7350)).nano_usd, 735000);
    cr_assert_eq(cost_of(&price, USED(.input_ms = 1)).nano_usd, 100);
}

Test(price_cost, takes_requests_into_account_where_they_have_a_price)
{
    struct model_price price = a_price();
    price.nano_per_million.requests = 5000000000000; /* 0.005 a call */
    cr_assert_eq(cost_of(&price, USED(.requests = 1)).nano_usd, 5000000);
}

Test(price_cost, refuses_what_it_cannot_count)
{
    struct model_price price = a_price();
    struct price_cost cost = {.nano_usd = 42};
    struct usage_vector wrong[] = {USED(.output_tokens = -1), USED(.requests = USAGE_COUNT_MAX + 1)};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        cr_assert_not(price_cost_of(&price, &wrong[i], &cost));
    price.tiers.count = 0;
    price.nano_per_million.input = PRICE_MAX_NANO_PER_MILLION;
    struct usage_vector used = USED(.input_tokens = 9000000);
    cr_assert(price_cost_of(&price, &used, &cost));
    cr_assert_eq(cost.nano_usd, 9000000000000000000, "9 billion dollars still fit");
    used.input_tokens = USAGE_COUNT_MAX;
    cr_assert_not(price_cost_of(&price, &used, &cost));
    cr_assert_eq(cost.nano_usd, 9000000000000000000, "untouched");
}

Test(price_cost, refuses_a_price_out_of_range_wherever_it_would_be_reckoned_with)
{
    static const int64_t wrong[] = {-1, PRICE_MAX_NANO_PER_MILLION + 1, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct model_price price = a_price();
        struct price_cost cost;
        price.nano_per_million.cache_write = wrong[i];
        cr_assert_not(price_cost_of(&price, &USED(.cache_write_tokens = 1), &cost));
        cr_assert(price_cost_of(&price, &USED(.input_tokens = 1), &cost), "what was not used has no price");
    }
}

Test(price_cost, refuses_one_count_out_of_range_among_others)
{
    struct model_price price = a_price();
    struct price_cost cost;
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        struct usage_vector used = USED(.input_tokens = USAGE_COUNT_MAX - 1, .output_tokens = 1);
        usage_vector_set(&used, which, 1);
        usage_vector_set(&used, which, USAGE_COUNT_MAX + 1);
        cr_assert_not(price_cost_of(&price, &used, &cost));
        usage_vector_set(&used, which, INT64_MIN);
        cr_assert_not(price_cost_of(&price, &used, &cost));
    }
}

Test(price_cost, of_large_and_small_counts_together_is_exact)
{
    struct model_price price = a_price(); /* their bits together are above the largest count */
    price.tiers.count = 0;
    int64_t b = INT64_C(0x7fffffffff), c = INT64_C(1) << 38;
    struct usage_vector used =
        USED(.cache_read_tokens = USAGE_COUNT_MAX, .input_tokens = b, .output_tokens = c);
    cr_assert_eq(cost_of(&price, used).nano_usd, USAGE_COUNT_MAX * 300 + b * 3000 + c * 15000);
}
