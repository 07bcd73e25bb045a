/* What an account should have on loan, and the use that it follows from. */
#include <criterion/criterion.h>

#include "api/types/lease_terms.h"
#include "gateway/decide/lease_ask.h"
#include "gateway/decide/lease_use.h"
#include "tests/unit/gateway/decide/random_sequence.h"

#define SIZE(...) lease_ask_size(&(struct lease_demand){__VA_ARGS__})
#define PLENTY 1000000

Test(lease_ask, is_for_the_next_seconds_of_use)
{
    cr_assert_eq(SIZE(.per_second = 100, .hold = 10, .remaining = PLENTY, .replicas = 1), 500);
    cr_assert_eq(SIZE(.per_second = 1000, .hold = 10, .remaining = PLENTY, .replicas = 1), 5000);
}

Test(lease_ask, is_one_call_when_little_is_used_and_nothing_when_nothing_is)
{
    cr_assert_eq(SIZE(.per_second = 1, .hold = 10, .remaining = PLENTY, .replicas = 1), 10);
    cr_assert_eq(SIZE(.per_second = 0, .hold = 0, .remaining = PLENTY, .replicas = 1), 0);
}

Test(lease_ask, shrinks_to_one_call_with_what_is_left)
{
    cr_assert_eq(SIZE(.per_second = 100, .hold = 10, .remaining = 600, .replicas = 1), 300);
    cr_assert_eq(SIZE(.per_second = 100, .hold = 10, .remaining = 600, .replicas = 10), 30);
    cr_assert_eq(SIZE(.per_second = 100, .hold = 10, .remaining = 0, .replicas = 1), 10);
}

Test(lease_ask, stays_in_bounds_whatever_the_use)
{
    cr_assert_eq(SIZE(.per_second = INT64_MAX, .hold = INT64_MAX, .remaining = INT64_MAX, .replicas = 1),
                 LEASE_MAX_AMOUNT);
}

Test(lease_ask, never_falls_when_use_or_rest_grows_and_never_rises_with_replicas)
{
    struct random_sequence random = {3};
    for (int i = 0; i < 100000; i++) {
        struct lease_demand demand = {
            .per_second = random_below(&random, 10000),
            .hold = random_below(&random, 1000),
            .remaining = random_below(&random, 100000),
            .replicas = 1 + random_below(&random, 12),
        };
        struct lease_demand busier = demand, richer = demand, crowded = demand;
        busier.per_second += random_below(&random, 1000);
        richer.remaining += random_below(&random, 1000);
        crowded.replicas += 1;

        int64_t size = lease_ask_size(&demand);
        cr_assert_geq(size, demand.hold);
        cr_assert_leq(size, demand.hold > demand.remaining / 2 ? demand.hold : demand.remaining / 2);
        cr_assert_geq(lease_ask_size(&busier), size);
        cr_assert_geq(lease_ask_size(&richer), size);
        cr_assert_leq(lease_ask_size(&crowded), size);
    }
}

Test(lease_use, follows_what_is_taken_and_forgets_it_after_two_stretches)
{
    struct lease_use use = {0};
    for (int64_t now_ms = 100000; now_ms < 110000; now_ms += 100)
        lease_use_take(&use, 10, now_ms);

    cr_assert_eq(lease_use_per_second(&use, 109999), 100);
    cr_assert_eq(lease_use_largest(&use, 109999), 10);
    cr_assert_eq(lease_use_per_second(&use, 114999), 50);
    cr_assert_eq(lease_use_per_second(&use, 120000), 0);
    cr_assert_eq(lease_use_largest(&use, 120000), 0);
}

Test(lease_use, counts_what_was_used_not_what_was_held)
{
    struct lease_use use = {0};
    lease_use_take(&use, 1000, 100000);
    lease_use_give_back(&use, 900);

    cr_assert_eq(lease_use_per_second(&use, 100000), 20);
    cr_assert_eq(lease_use_largest(&use, 100000), 1000);
    lease_use_give_back(&use, 900);
    cr_assert_eq(lease_use_per_second(&use, 100000), 0);
}

Test(lease_use, adds_up_the_largest_amounts_without_overflow)
{
    struct lease_use use = {0};
    lease_use_take(&use, INT64_MAX, 100000);
    lease_use_take(&use, INT64_MAX, 100000);

    cr_assert_eq(lease_use_per_second(&use, 100000),
                 INT64_MAX / LEASE_USE_STRETCH_MS * 1000 +
                     INT64_MAX % LEASE_USE_STRETCH_MS * 1000 / LEASE_USE_STRETCH_MS);
}
