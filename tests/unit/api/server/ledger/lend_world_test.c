/* Lending and holding together, with one, three and ten gateways. */
#include <criterion/criterion.h>

#include "tests/unit/api/server/ledger/lend_world.h"

#define CENT INT64_C(10000000) /* nano-USD */

static const size_t fleets[] = {1, 3, 10};

static int64_t
admitted_of_1000(int64_t limit, int64_t size, size_t gateways, uint64_t seed)
{
    struct world *world = world_begin(limit, gateways, seed);
    int64_t admitted = 0;
    for (int i = 0; i < 1000; i++)
        admitted += world_call(world, (size_t)random_below(&world->random, (int64_t)gateways), size);
    world_end(world);
    return admitted;
}

Test(lend_world, a_thousand_calls_of_ten_cents_on_five_dollars_admit_exactly_fifty)
{
    for (size_t i = 0; i < COUNT_OF(fleets); i++)
        for (uint64_t seed = 1; seed <= 40; seed++)
            cr_assert_eq(admitted_of_1000(500 * CENT, 10 * CENT, fleets[i], seed), 50, "%zu gateways",
                         fleets[i]);
}

Test(lend_world, admit_as_many_calls_as_fit_when_they_do_not_fit_evenly)
{
    for (size_t i = 0; i < COUNT_OF(fleets); i++)
        for (uint64_t seed = 1; seed <= 40; seed++) {
            cr_assert_eq(admitted_of_1000(505 * CENT, 10 * CENT, fleets[i], seed), 50);
            cr_assert_eq(admitted_of_1000(500 * CENT, 7 * CENT + 3, fleets[i], seed), 71);
            cr_assert_eq(admitted_of_1000(9 * CENT, 10 * CENT, fleets[i], seed), 0);
        }
}

/* All gateways are busy for a while, then all traffic is one gateway's. */
static int64_t
spent_by_one(size_t gateways, uint64_t seed, int64_t limit, int64_t size)
{
    struct world *world = world_begin(limit, gateways, seed);
    for (int i = 0; i < 4000; i++) {
        world->now_ms += 25;
        bool is_early = i < 400;
        size_t gateway = is_early ? (size_t)random_below(&world->random, (int64_t)gateways) : 0;
        if (world_call(world, gateway, size))
            world_settle(world, 0, size / 2 + random_below(&world->random, size / 2));
        world_deliver(world, 3);
        for (size_t g = 0; i % 40 == 0 && g < gateways; g++)
            world_return(world, g);
    }
    int64_t spent = world->spent;
    world_end(world);
    return spent;
}

Test(lend_world, one_gateway_reaches_nearly_all_of_the_limit_when_the_others_fall_idle)
{
    for (size_t i = 0; i < COUNT_OF(fleets); i++)
        for (uint64_t seed = 1; seed <= 20; seed++) {
            int64_t limit = 10000 * CENT, size = 10 * CENT;
            int64_t spent = spent_by_one(fleets[i], seed, limit, size);
            cr_assert_geq(spent, limit - size, "%zu gateways spent %lld", fleets[i], (long long)spent);
        }
}
