/* What a call holds before it is sent: never too little, and not a token more than its bounds say. */
#include "gateway/decide/budget_need.h"

#include <criterion/criterion.h>

#include "gateway/decide/maximum.h"
#include "lib/base/compiler.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/gateway/decide/random_sequence.h"

TestSuite(budget_need, .init = given_arena, .fini = end_arena);

#define CALLING(PRICES, INPUT, ANSWERS)                                                                      \
    .ceilings = ceilings_of(prices, PRICES), .ceiling_count = (PRICES), .input_tokens = (INPUT),             \
    .answers = (ANSWERS)

static const struct price_ceiling *const *
ceilings_of(const struct model_price *const *prices, size_t count)
{
    const struct price_ceiling **ceilings = arena_alloc_array(arena, count, sizeof(*ceilings));
    for (size_t i = 0; i < count; i++)
        ceilings[i] = prices[i] ? price_ceiling_new(arena, prices[i]) : NULL;
    return ceilings;
}

/* 1 USD and 2 USD a million tokens: 1,000 and 2,000 nano-USD a token. */
static struct model_price
price_of(int64_t input, int64_t output)
{
    struct model_price price = {0};
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        price_set_class(&price.nano_per_million, which, FIELD_UNSET);
    price_set_class(&price.nano_per_million, USAGE_INPUT, input);
    price_set_class(&price.nano_per_million, USAGE_OUTPUT, output);
    return price;
}

static int64_t
need_of(enum budget_unit unit, const struct budget_call *call, int64_t output_tokens)
{
    int64_t amount = -1;
    cr_assert(budget_need(unit, call, output_tokens, &amount));
    return amount;
}

Test(budget_need, is_the_worst_case_in_the_budgets_unit)
{
    const struct model_price price = price_of(INT64_C(1000000000), INT64_C(2000000000));
    const struct model_price *prices[] = {&price};
    const struct budget_call call = {CALLING(1, 100, 3)};
    cr_assert_eq(need_of(BUDGET_UNIT_USD, &call, 10), 100 * 1000 + 30 * 2000);
    cr_assert_eq(need_of(BUDGET_UNIT_TOKENS, &call, 10), 130);
}

Test(budget_need, is_that_of_the_dearest_target)
{
    const struct model_price cheap = price_of(INT64_C(1000000000), INT64_C(2000000000));
    const struct model_price dear = price_of(INT64_C(5000000000), INT64_C(1000000000));
    const struct model_price free = {.free = true};
    const struct model_price *prices[] = {&cheap, &dear, &free};
    const struct budget_call call = {CALLING(3, 100, 1)};
    cr_assert_eq(need_of(BUDGET_UNIT_USD, &call, 10), 100 * 5000 + 10 * 1000);
    cr_assert_eq(need_of(BUDGET_UNIT_USD, &call, 1000), 100 * 1000 + 1000 * 2000);
}

Test(budget_need, is_nothing_of_what_is_free)
{
    const struct model_price free = {.free = true};
    const struct model_price *prices[] = {&free};
    cr_assert_eq(need_of(BUDGET_UNIT_USD, &(struct budget_call){CALLING(1, 100, 1)}, 10), 0);
}

Test(budget_need, has_no_number_without_a_price)
{
    const struct model_price known = price_of(INT64_C(1000000000), INT64_C(2000000000));
    const struct model_price half = price_of(INT64_C(1000000000), FIELD_UNSET);
    const struct model_price *prices[] = {&known, NULL};
    int64_t amount = 7;
    cr_assert_not(budget_need(BUDGET_UNIT_USD, &(struct budget_call){CALLING(2, 100, 1)}, 10, &amount));
    cr_assert_eq(amount, 7);
    cr_assert(budget_need(BUDGET_UNIT_TOKENS, &(struct budget_call){CALLING(2, 100, 1)}, 10, &amount));
    cr_assert_eq(budget_need_unpriced(&(struct budget_call){CALLING(2, 100, 1)}), 1);
    cr_assert_eq(budget_need_unpriced(&(struct budget_call){CALLING(1, 100, 1)}), 1, "all have one");
    prices[1] = &half;
    cr_assert_eq(budget_need_unpriced(&(struct budget_call){CALLING(2, 100, 1)}), 1);
    cr_assert_eq(budget_need_unpriced(&(struct budget_call){CALLING(2, 100, 0)}), 2,
                 "embeddings have no answer");
}

Test(budget_need, counts_audio_as_if_all_were_and_needs_its_price)
{
    struct model_price price = price_of(INT64_C(1000000000), INT64_C(2000000000));
    const struct model_price *prices[] = {&price};
    struct budget_call call = {CALLING(1, 100, 1), .hears = true, .speaks = true};
    int64_t amount;
    cr_assert_not(budget_need(BUDGET_UNIT_USD, &call, 10, &amount));
    cr_assert_eq(budget_need_unpriced(&call), 0);
    price_set_class(&price.nano_per_million, USAGE_AUDIO_INPUT, INT64_C(40000000000));
    price_set_class(&price.nano_per_million, USAGE_AUDIO_OUTPUT, INT64_C(80000000000));
    call.ceilings = ceilings_of(prices, 1);
    cr_assert_eq(need_of(BUDGET_UNIT_USD, &call, 10), 100 * (1000 + 40000) + 10 * (2000 + 80000));
}

Test(budget_need, has_no_number_beyond_what_can_be_counted)
{
    const struct model_price price = price_of(PRICE_MAX_NANO_PER_MILLION, PRICE_MAX_NANO_PER_MILLION);
    const struct model_price *prices[] = {&price};
    int64_t amount;
    cr_assert_not(
        budget_need(BUDGET_UNIT_USD, &(struct budget_call){CALLING(1, 1, 1)}, USAGE_COUNT_MAX, &amount));
    cr_assert_not(
        budget_need(BUDGET_UNIT_TOKENS, &(struct budget_call){CALLING(1, 1, 2)}, USAGE_COUNT_MAX, &amount));
    cr_assert_not(
        budget_need(BUDGET_UNIT_TOKENS, &(struct budget_call){CALLING(1, 1, 1024)}, INT64_MAX, &amount));
}

Test(budget_need, affords_the_longest_answer_that_fits_and_no_longer)
{
    const struct model_price price = price_of(INT64_C(1000000000), INT64_C(2000000000));
    const struct model_price *prices[] = {&price};
    const struct budget_call call = {CALLING(1, 100, 2)};
    cr_assert_eq(budget_need_affords(BUDGET_UNIT_USD, &call, 500, 100 * 1000 + 2 * 2000 * 40), 40);
    cr_assert_eq(budget_need_affords(BUDGET_UNIT_USD, &call, 500, 100 * 1000 + 2 * 2000 * 41 - 1), 40);
    cr_assert_eq(budget_need_affords(BUDGET_UNIT_USD, &call, 30, INT64_MAX), 30);
    cr_assert_eq(budget_need_affords(BUDGET_UNIT_USD, &call, 500, 100 * 1000), 0);
    cr_assert_eq(budget_need_affords(BUDGET_UNIT_USD, &call, 500, 100 * 1000 - 1), -1);
    cr_assert_eq(budget_need_affords(BUDGET_UNIT_TOKENS, &call, 500, 121), 10);
}

Test(budget_need, of_what_it_affords_is_never_above_the_amount)
{
    struct random_sequence random = {2026};
    for (int i = 0; i < 2000; i++) {
        struct model_price price = price_of(1 + random_below(&random, INT64_C(90000000000)),
                                            1 + random_below(&random, INT64_C(90000000000)));
        const struct model_price *prices[] = {&price};
        const struct budget_call call = {
            CALLING(1, random_below(&random, 100000), 1 + random_below(&random, 4))};
        int64_t amount = random_below(&random, INT64_C(20000000000)), most = random_below(&random, 100000);
        int64_t output = budget_need_affords(BUDGET_UNIT_USD, &call, most, amount);
        if (output >= 0)
            cr_assert_leq(need_of(BUDGET_UNIT_USD, &call, output), amount);
        if (output < most)
            cr_assert_gt(need_of(BUDGET_UNIT_USD, &call, output + 1), amount);
    }
}
