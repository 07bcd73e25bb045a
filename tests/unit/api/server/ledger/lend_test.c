/* What is lent, by examples and over random accounts. */
#include "api/server/ledger/lend.h"

#include <criterion/criterion.h>

#include "api/types/lease_terms.h"
#include "tests/unit/gateway/decide/random_sequence.h"

static struct lend_verdict
lend(struct lend_account account, int64_t wanted, int64_t at_least)
{
    return lend_decide(&account, &(struct lend_ask){wanted, at_least});
}

static void
expect(struct lend_verdict verdict, int64_t granted, int64_t left)
{
    cr_assert_eq(verdict.granted, granted, "%lld granted", (long long)verdict.granted);
    cr_assert_eq(verdict.left, left, "%lld left", (long long)verdict.left);
}

Test(lend, gives_what_is_wanted_while_there_is_plenty)
{
    expect(lend((struct lend_account){.limit = 1000, .settled = 100, .leased = 100, .replicas = 1}, 300, 10),
           300, 500);
}

Test(lend, gives_no_more_than_an_even_share_of_half_of_what_is_left)
{
    struct lend_account account = {.limit = 1000, .settled = 100, .leased = 100, .replicas = 4};
    expect(lend(account, 300, 10), 100, 700);
    expect(lend(account, 300, 0), 100, 700);
}

Test(lend, gives_what_a_call_needs_down_to_the_last_unit)
{
    struct lend_account account = {.limit = 1000, .settled = 900, .leased = 0, .replicas = 10};
    expect(lend(account, 300, 100), 100, 0);
    expect(lend(account, 300, 101), 0, 100);
    expect(lend(account, 300, 1), 5, 95);
}

Test(lend, cuts_to_a_multiple_of_what_a_call_needs)
{
    expect(lend((struct lend_account){.limit = 1000, .replicas = 1}, 900, 70), 490, 510);
}

Test(lend, gives_nothing_ahead_of_need_when_nothing_is_left)
{
    expect(lend((struct lend_account){.limit = 1000, .settled = 1000, .replicas = 1}, 300, 0), 0, 0);
}

Test(lend, has_nothing_left_when_the_limit_was_lowered_below_what_is_spent)
{
    expect(lend((struct lend_account){.limit = 100, .settled = 1000, .leased = 50, .replicas = 1}, 300, 1), 0,
           0);
    expect(lend(
               (struct lend_account){
                   .limit = INT64_MAX, .settled = INT64_MAX, .leased = INT64_MAX, .replicas = 1},
               300, 1),
           0, 0);
}

Test(lend, refuses_asks_that_are_none)
{
    struct lend_account account = {.limit = 1000, .replicas = 1};
    expect(lend(account, 0, 0), 0, 1000);
    expect(lend(account, -5, -5), 0, 1000);
}

Test(lend, never_lends_more_in_one_lease_than_gateways_can_add_up)
{
    struct lend_account account = {.limit = INT64_MAX, .replicas = 1};
    cr_assert_eq(lend(account, INT64_MAX, 0).granted, LEASE_MAX_AMOUNT);
    cr_assert_eq(lend(account, INT64_MAX, INT64_MAX).granted, 0);
}

Test(lend, never_exceeds_the_limit_and_never_gives_less_than_is_of_use)
{
    struct random_sequence random = {9};
    for (int i = 0; i < 500000; i++) {
        struct lend_account account = {
            .limit = random_below(&random, 100000),
            .settled = random_below(&random, 70000),
            .leased = random_below(&random, 70000),
            .replicas = 1 + random_below(&random, 20),
        };
        int64_t at_least = random_below(&random, 3000), wanted = random_below(&random, 30000);

        struct lend_verdict verdict = lend(account, wanted, at_least);

        int64_t free = account.limit - account.settled - account.leased;
        free = free > 0 ? free : 0;
        cr_assert_geq(verdict.granted, 0);
        cr_assert_eq(verdict.left, free - verdict.granted);
        cr_assert(verdict.granted == 0 || verdict.granted >= at_least);
        cr_assert(at_least == 0 || (verdict.granted > 0) == (at_least <= free));
        cr_assert_leq(verdict.granted, wanted > at_least ? wanted : at_least);
        cr_assert(verdict.granted <= at_least || verdict.granted * 2 * account.replicas <= free);
    }
}
