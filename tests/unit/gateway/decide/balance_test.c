/* Shares, ties, order; what is not usable is never chosen. */
#include <criterion/criterion.h>

#include "gateway/decide/balance.h"
#include "tests/unit/gateway/decide/random_sequence.h"

Test(balance, weighted_gives_exact_shares_in_every_round)
{
    struct balance_target targets[] = {
        {.weight = 5, .is_usable = true}, {.weight = 3, .is_usable = true}, {.weight = 2, .is_usable = true}};
    for (int round = 0; round < 20; round++) {
        int got[3] = {0};
        for (int i = 0; i < 10; i++)
            got[balance_choose(ROUTE_STRATEGY_WEIGHTED, targets, 3, 0)]++;
        cr_assert(got[0] == 5 && got[1] == 3 && got[2] == 2);
    }
}

Test(balance, weighted_spreads_a_share_instead_of_bunching_it)
{
    struct balance_target targets[] = {{.weight = 5, .is_usable = true}, {.weight = 5, .is_usable = true}};

    size_t first = balance_choose(ROUTE_STRATEGY_WEIGHTED, targets, 2, 0);

    cr_assert_neq(balance_choose(ROUTE_STRATEGY_WEIGHTED, targets, 2, 0), first);
}

Test(balance, weighted_gives_nothing_to_a_weight_of_zero)
{
    struct balance_target targets[] = {{.weight = 0, .is_usable = true}, {.weight = 1, .is_usable = true}};
    for (int i = 0; i < 20; i++)
        cr_assert_eq(balance_choose(ROUTE_STRATEGY_WEIGHTED, targets, 2, 0), 1);
}

Test(balance, least_busy_takes_the_target_with_fewest_calls)
{
    struct balance_target targets[] = {
        {.in_flight = 3, .is_usable = true}, {.in_flight = 0}, {.in_flight = 1, .is_usable = true}};

    cr_assert_eq(balance_choose(ROUTE_STRATEGY_LEAST_BUSY, targets, 3, 7), 2);
}

Test(balance, least_busy_breaks_ties_by_chance)
{
    struct balance_target targets[] = {
        {.in_flight = 1, .is_usable = true}, {.in_flight = 1}, {.in_flight = 1, .is_usable = true}};

    cr_assert_eq(balance_choose(ROUTE_STRATEGY_LEAST_BUSY, targets, 3, 0), 0);
    cr_assert_eq(balance_choose(ROUTE_STRATEGY_LEAST_BUSY, targets, 3, 1), 2);
    cr_assert_eq(balance_choose(ROUTE_STRATEGY_LEAST_BUSY, targets, 3, 2), 0);
}

Test(balance, priority_takes_the_first_that_is_usable)
{
    struct balance_target targets[] = {{.weight = 9}, {.is_usable = true}, {.is_usable = true}};

    cr_assert_eq(balance_choose(ROUTE_STRATEGY_PRIORITY, targets, 3, 0), 1);
}

Test(balance, says_so_when_none_is_usable)
{
    struct balance_target targets[] = {{.weight = 1}, {.weight = 2}};

    for (int strategy = 0; strategy <= ROUTE_STRATEGY_PRIORITY; strategy++) {
        cr_assert_eq(balance_choose((enum route_strategy)strategy, targets, 2, 5), BALANCE_NONE);
        cr_assert_eq(balance_choose((enum route_strategy)strategy, NULL, 0, 5), BALANCE_NONE);
    }
}

Test(balance, never_chooses_what_is_not_usable)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random_sequence random = {seed};
        struct balance_target targets[16];
        for (int i = 0; i < 16; i++)
            targets[i] = (struct balance_target){.weight = random_below(&random, 10),
                                                 .in_flight = random_below(&random, 4),
                                                 .is_usable = random_below(&random, 3) > 0};
        enum route_strategy strategy = (enum route_strategy)random_below(&random, 3);
        for (int i = 0; i < 50; i++) {
            size_t chosen = balance_choose(strategy, targets, 16, random_next(&random));
            cr_assert(chosen == BALANCE_NONE || targets[chosen].is_usable);
        }
    }
}
