/* The clock: goes forward, and stands still when told to. */
#include "lib/base/clock.h"

#include <criterion/criterion.h>

Test(clock, monotonic_time_never_goes_back)
{
    int64_t before = clock_now_us();
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_now_us();
        cr_assert_geq(now, before);
        before = now;
    }
}

Test(clock, wall_time_is_in_this_century)
{
    cr_assert_gt(clock_unix_ms(), INT64_C(1700000000000)); /* 2023 */
    cr_assert_lt(clock_unix_ms(), INT64_C(4102444800000)); /* 2100 */
}

Test(clock, stands_where_it_was_frozen_until_set_again)
{
    clock_freeze(5000, 1700000000123);
    cr_assert_eq(clock_now_ms(), 5000);
    cr_assert_eq(clock_now_us(), 5000000);
    cr_assert_eq(clock_unix_ms(), 1700000000123);
    clock_freeze(6000, 1700000001123);
    cr_assert_eq(clock_now_ms(), 6000);
    cr_assert_eq(clock_unix_ms(), 1700000001123);
}

Test(clock, wall_time_stands_alone_while_durations_go_on)
{
    int64_t before = clock_now_us();
    clock_freeze_unix(1700000000123);
    while (clock_now_us() == before)
        ;
    cr_assert_eq(clock_unix_ms(), 1700000000123);
}
