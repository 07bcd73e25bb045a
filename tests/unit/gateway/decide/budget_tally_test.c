/* What a budget in Shadow mode would have refused, by what went through this gateway. */
#include "gateway/decide/budget_tally.h"

#include <criterion/criterion.h>

#include "tests/support/arena_fixture.h"

static struct budget_tally *tally;
static const struct lease_account_name november = {TEXT("month"), TEXT("retail/prod/ada"), TEXT("2026-11")};
static const struct lease_account_name december = {TEXT("month"), TEXT("retail/prod/ada"), TEXT("2026-12")};
static const struct lease_account_name bobs = {TEXT("month"), TEXT("retail/prod/bob"), TEXT("2026-11")};

static void
given_tally(void)
{
    given_arena();
    tally = budget_tally_new(arena);
}

TestSuite(budget_tally, .init = given_tally, .fini = end_arena);

Test(budget_tally, says_when_less_is_left_than_a_call_may_take)
{
    cr_assert_not(budget_tally_take(tally, &november, 100, 60));
    cr_assert(budget_tally_take(tally, &november, 100, 41));
    cr_assert_not(budget_tally_take(tally, &bobs, 100, 100), "another's");
}

Test(budget_tally, counts_what_calls_really_took)
{
    cr_assert_not(budget_tally_take(tally, &november, 100, 60));
    budget_tally_settle(tally, &november, 60, 10);
    cr_assert_not(budget_tally_take(tally, &november, 100, 90));
    cr_assert(budget_tally_take(tally, &november, 100, 1));
}

Test(budget_tally, begins_anew_with_a_window_and_forgets_what_ends_in_the_next)
{
    cr_assert_not(budget_tally_take(tally, &november, 100, 100));
    cr_assert_not(budget_tally_take(tally, &december, 100, 99));
    budget_tally_settle(tally, &november, 100, 0);
    cr_assert(budget_tally_take(tally, &december, 100, 2));
}

Test(budget_tally, says_nothing_of_more_accounts_than_it_keeps)
{
    for (int i = 0; i < BUDGET_TALLY_MAX_ACCOUNTS; i++) {
        const struct lease_account_name name = {TEXT("month"), text_format(arena, "r/p/%d", i),
                                                TEXT("2026-11")};
        cr_assert(budget_tally_take(tally, &name, 1, 2));
    }
    cr_assert_not(budget_tally_take(tally, &bobs, 1, 2));
    budget_tally_settle(tally, &bobs, 2, 1);
}
