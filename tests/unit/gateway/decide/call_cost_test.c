/* What the usage record says of money, worked out by hand beside each test. */
#include <criterion/criterion.h>

#include "gateway/decide/call_cost.h"
#include "tests/support/arena_fixture.h"

TestSuite(call_cost, .init = given_arena, .fini = end_arena);

/* 0.15 a million in, 0.60 out: 150 and 600 nano-USD a token. */
static const struct model_price *
a_price(void)
{
    struct model_price *price = arena_alloc(arena, sizeof(*price));
    schema_set_defaults(&model_price_schema, price);
    price->nano_per_million.input = 150000000;
    price->nano_per_million.output = 600000000;
    return price;
}

static struct call_cost
cost_of(const struct model_price *price, struct usage_vector used)
{
    struct call_cost_memo memo = {0};
    return call_cost_of(&memo, price, &used);
}

#define USED(...) ((struct usage_vector){__VA_ARGS__})

Test(call_cost, is_what_was_used_at_the_targets_price)
{
    /* 10 at 150 + 5 at 600 */
    struct call_cost cost = cost_of(a_price(), USED(.input_tokens = 10, .output_tokens = 5, .requests = 1));

    cr_assert_eq(cost.nano_usd, 4500);
    cr_assert_eq(cost.unpriced, 0);
    cr_assert_eq(call_cost_unpriced(arena, &cost).count, 0);
}

Test(call_cost, is_reckoned_anew_of_other_use_and_at_another_price)
{
    const struct model_price *price = a_price(), *other = a_price();
    ((struct model_price *)(uintptr_t)other)->nano_per_million.input = 300000000;
    struct call_cost_memo memo = {0};
    struct price_cost cost = {0};

    cr_assert(call_cost_reckon(&memo, price, &USED(.input_tokens = 10), &cost) && cost.nano_usd == 1500);
    cr_assert(call_cost_reckon(&memo, price, &USED(.input_tokens = 10), &cost) && cost.nano_usd == 1500);
    cr_assert(call_cost_reckon(&memo, other, &USED(.input_tokens = 10), &cost) && cost.nano_usd == 3000);
    cr_assert_not(call_cost_reckon(&memo, other, &USED(.input_tokens = USAGE_COUNT_MAX + 1), &cost));
    cr_assert_not(call_cost_reckon(&memo, other, &USED(.input_tokens = USAGE_COUNT_MAX + 1), &cost));
    cr_assert(call_cost_reckon(&memo, other, &USED(.input_tokens = 20), &cost) && cost.nano_usd == 6000);
}

Test(call_cost, is_not_there_when_nothing_was_used)
{
    cr_assert_eq(cost_of(a_price(), USED(0)).nano_usd, FIELD_UNSET);
}

Test(call_cost, of_a_target_without_a_price_is_not_there_and_names_what_was_used)
{
    struct call_cost cost = cost_of(NULL, USED(.input_tokens = 3, .output_tokens = 1, .requests = 1));
    struct text_list unpriced = call_cost_unpriced(arena, &cost);

    cr_assert_eq(cost.nano_usd, FIELD_UNSET);
    cr_assert_eq(unpriced.count, 2);
    cr_assert(text_equals(unpriced.items[0], TEXT("input")));
    cr_assert(text_equals(unpriced.items[1], TEXT("output")));
}

Test(call_cost, of_a_free_model_is_nought)
{
    struct model_price free = {.free = true};

    struct call_cost cost = cost_of(&free, USED(.input_tokens = 3, .requests = 1));

    cr_assert_eq(cost.nano_usd, 0, "which is a cost: it was said that it is free");
    cr_assert_eq(cost.unpriced, 0);
}

Test(call_cost, of_what_has_a_price_stands_beside_the_names_of_what_has_none)
{
    /* 2 at 150; the price says nothing of cache writes */
    struct call_cost cost = cost_of(a_price(), USED(.input_tokens = 2, .cache_write_tokens = 7));
    struct text_list unpriced = call_cost_unpriced(arena, &cost);

    cr_assert_eq(cost.nano_usd, 300);
    cr_assert_eq(unpriced.count, 1);
    cr_assert(text_equals(unpriced.items[0], TEXT("cacheWrite")));
}

Test(call_cost, is_not_there_when_nothing_of_what_was_used_has_a_price)
{
    struct call_cost cost = cost_of(a_price(), USED(.cache_write_tokens = 7, .requests = 1));

    cr_assert_eq(cost.nano_usd, FIELD_UNSET);
    cr_assert_eq(cost.unpriced, 1u << USAGE_CACHE_WRITE);
}

Test(call_cost, above_what_a_ledger_takes_is_not_there)
{
    struct model_price price = *a_price();
    price.nano_per_million.output = PRICE_MAX_NANO_PER_MILLION; /* 1,000 USD a token */

    cr_assert_eq(cost_of(&price, USED(.output_tokens = 1000)).nano_usd, USAGE_COST_MAX_NANO);
    cr_assert_eq(cost_of(&price, USED(.output_tokens = 1001)).nano_usd, FIELD_UNSET);
}

Test(call_cost, of_counts_that_cannot_be_is_not_there)
{
    struct call_cost cost = cost_of(a_price(), USED(.input_tokens = -1, .output_tokens = 2));

    cr_assert_eq(cost.nano_usd, FIELD_UNSET);
    cr_assert_eq(cost.unpriced, 1u << USAGE_INPUT | 1u << USAGE_OUTPUT);
}
