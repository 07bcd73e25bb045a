/* How much a threshold is: never a unit less than its percent, and no overflow. */
#include "api/server/ledger/alert_threshold.h"

#include <criterion/criterion.h>

#include "api/types/budget.h"

Test(alert_threshold, is_the_least_amount_that_is_so_many_percent)
{
    cr_assert_eq(alert_threshold(100, 80), 80);
    cr_assert_eq(alert_threshold(100, 100), 100);
    cr_assert_eq(alert_threshold(101, 50), 51);
    cr_assert_eq(alert_threshold(3, 50), 2);
    cr_assert_eq(alert_threshold(199, 99), 198);
}

Test(alert_threshold, of_little_or_nothing_is_at_least_one)
{
    cr_assert_eq(alert_threshold(0, 50), 1);
    cr_assert_eq(alert_threshold(1, 1), 1);
}

Test(alert_threshold, of_the_largest_amount_is_exact)
{
    cr_assert_eq(alert_threshold(BUDGET_MAX_AMOUNT, 100), BUDGET_MAX_AMOUNT);
    cr_assert_eq(alert_threshold(BUDGET_MAX_AMOUNT - 1, 1), BUDGET_MAX_AMOUNT / 100);
    for (int64_t percent = 1; percent <= 100; percent++) {
        __int128 least = alert_threshold(999999999999999999, percent);
        cr_assert(least * 100 >= (__int128)999999999999999999 * percent);
        cr_assert((least - 1) * 100 < (__int128)999999999999999999 * percent);
    }
}
