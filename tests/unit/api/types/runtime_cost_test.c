/* What pods cost, worked out by hand, and whose calls bear it: over random hours, the same each run. */
#include "api/types/runtime_cost.h"

#include <criterion/criterion.h>

#include "tests/support/arena_fixture.h"
#include "tests/unit/gateway/decide/random_sequence.h"

TestSuite(runtime_cost, .init = given_arena, .fini = end_arena);

#define HOUR_MS INT64_C(3600000)
#define GIB INT64_C(1073741824)

/* 0.04 a core-hour, 0.005 a GiB-hour, 2.50 a GPU-hour. */
static struct price_card
a_card(void)
{
    static struct device_price gpu = {.resource = TEXT("nvidia.com/gpu"), .usd_per_hour = 2500000000};
    return (struct price_card){
        .usd_per_core_hour = 40000000, .usd_per_gib_hour = 5000000, .devices = {&gpu, 1}};
}

static int64_t
nano_of(const char *resource, int64_t amount)
{
    struct price_card card = a_card();
    int64_t nano = -1;
    cr_assert(runtime_price(&card, text_of(resource), amount, &nano));
    return nano;
}

Test(runtime_cost, of_an_hour_is_the_price_of_an_hour)
{
    cr_assert_eq(nano_of("cpu", runtime_cpu_amount(1000, HOUR_MS)), 40000000);
    cr_assert_eq(nano_of("memory", runtime_memory_amount(GIB, HOUR_MS)), 5000000);
    cr_assert_eq(nano_of("nvidia.com/gpu", runtime_device_amount(1, HOUR_MS)), 2500000000);
}

Test(runtime_cost, of_less_is_its_part)
{
    cr_assert_eq(nano_of("cpu", runtime_cpu_amount(250, 60000)), 166667); /* 40,000,000 / 4 / 60, up */
    cr_assert_eq(nano_of("memory", runtime_memory_amount(80 * GIB, 60000)), 6666667);
    cr_assert_eq(nano_of("nvidia.com/gpu", runtime_device_amount(8, 60000)), 333333334);
    cr_assert_eq(nano_of("cpu", 1), 1);
    cr_assert_eq(nano_of("cpu", 0), 0);
}

Test(runtime_cost, has_no_price_without_a_card_and_for_what_is_not_on_it)
{
    struct price_card card = a_card();
    int64_t nano = 77;
    cr_assert_not(runtime_price(NULL, TEXT("cpu"), 1, &nano));
    cr_assert_not(runtime_price(&card, TEXT("amd.com/gpu"), 1, &nano));
    cr_assert_not(runtime_price(&card, TEXT("cpu"), -1, &nano));
    cr_assert_eq(nano, 77);
}

Test(runtime_cost, beyond_what_anything_costs_is_none)
{
    struct price_card card = a_card();
    int64_t nano = 77;
    card.usd_per_core_hour = PRICE_CARD_MAX_NANO;
    cr_assert(runtime_price(&card, TEXT("cpu"), INT64_C(360000000000), &nano)); /* 100 core-hours */
    cr_assert_eq(nano, RUNTIME_MAX_COST_NANO);
    nano = 77;
    cr_assert_not(runtime_price(&card, TEXT("cpu"), INT64_C(360000000001), &nano));
    cr_assert_not(runtime_price(&card, TEXT("cpu"), INT64_MAX, &nano));
    cr_assert_eq(nano, 77);
}

Test(runtime_cost, is_paid_for_the_greater_of_asked_and_used)
{
    cr_assert_eq(runtime_billed(&(struct runtime_amount){.requested = 5, .used = 3}), 5);
    cr_assert_eq(runtime_billed(&(struct runtime_amount){.requested = 2, .used = 3}), 3);
}

Test(runtime_amount, is_rounded_up_to_its_unit_and_has_a_most)
{
    cr_assert_eq(runtime_memory_amount(1, 1), 1);
    cr_assert_eq(runtime_memory_amount(GIB, HOUR_MS), INT64_C(3774873600));
    cr_assert_eq(runtime_cpu_amount(-5, 1000), 0);
    cr_assert_eq(runtime_cpu_amount(INT64_MAX, HOUR_MS), RUNTIME_MAX_AMOUNT);
}

Test(runtime_allot, gives_shares_by_tokens_when_there_are_any)
{
    struct runtime_share shares[] = {{.tokens = 300, .requests = 1}, {.tokens = 100, .requests = 9}, {0}};
    cr_assert_eq(runtime_allot(1000, shares, 3), 0);
    cr_assert_eq(shares[0].nano, 750);
    cr_assert_eq(shares[1].nano, 250);
    cr_assert_eq(shares[2].nano, 0);
}

Test(runtime_allot, gives_shares_by_media_and_then_by_requests_when_there_are_none)
{
    struct runtime_share heard[] = {{.media_ms = 2000, .requests = 1}, {.media_ms = 6000, .requests = 1}};
    struct runtime_share asked[] = {{.requests = 2}, {.requests = 1}};
    cr_assert_eq(runtime_allot(1000, heard, 2), 0);
    cr_assert_eq(heard[0].nano, 250);
    cr_assert_eq(runtime_allot(1000, asked, 2), 0);
    cr_assert_eq(asked[0].nano, 666);
    cr_assert_eq(asked[1].nano, 334);
}

Test(runtime_allot, leaves_all_of_it_idle_when_nothing_was_served)
{
    struct runtime_share shares[] = {{0}, {.tokens = -4, .requests = -1}};
    cr_assert_eq(runtime_allot(1000, NULL, 0), 1000);
    cr_assert_eq(runtime_allot(1000, shares, 2), 1000);
    cr_assert_eq(shares[1].nano, 0);
}

Test(runtime_allot, comes_to_the_cost_to_the_nano_dollar_whoever_shares_it)
{
    struct random_sequence random = {11};
    for (int round = 0; round < 20000; round++) {
        struct runtime_share shares[12] = {0};
        size_t count = (size_t)random_below(&random, 12);
        int64_t cost = random_below(&random, INT64_C(1) << 62), sum = 0, served = 0;
        int64_t most = round % 2 == 0 ? 5 : INT64_C(1) << 60;
        for (size_t i = 0; i < count; i++) {
            shares[i].tokens = round % 3 == 0 ? 0 : random_below(&random, most);
            shares[i].requests = random_below(&random, 3);
            served += (shares[i].tokens > 0) + shares[i].requests;
        }
        int64_t idle = runtime_allot(cost, shares, count);
        for (size_t i = 0; i < count; i++) {
            cr_assert(shares[i].nano >= 0);
            sum += shares[i].nano;
        }
        cr_assert_eq(sum + idle, cost);
        cr_assert_eq(idle, served > 0 ? 0 : cost);
    }
}
