/* Two clocks that run wrong in opposite directions, and messages that take as long as they like. */
#include "api/types/lease_terms.h"

#include <criterion/criterion.h>

#include "tests/unit/gateway/decide/random_sequence.h"

Test(lease_terms, end_a_lease_for_the_gateway_before_its_length_is_over)
{
    cr_assert_eq(lease_terms_expires_ms(1000, 60000), 55000);
    cr_assert_eq(lease_terms_expires_ms(1000, 1), 1000);
}

Test(lease_terms, allow_no_new_hold_near_the_end)
{
    cr_assert(lease_terms_may_hold(55000, 53999));
    cr_assert_not(lease_terms_may_hold(55000, 54000));
    cr_assert_not(lease_terms_may_hold(55000, 60000));
}

Test(lease_terms, let_the_api_wait_for_lease_call_and_both_clocks)
{
    cr_assert_eq(lease_terms_orphaned_ms(0, 60000, 0), 66000);
    cr_assert_eq(lease_terms_orphaned_ms(0, 60000, 600000), 792000);
    cr_assert_eq(lease_terms_orphaned_ms(5, 0, 0), 5);
}

/* True time in microseconds; a clock that is wrong by parts of a thousand shows more or less of it. */
Test(lease_terms, never_let_a_call_outlive_its_lease_whatever_clocks_and_messages_do)
{
    struct random_sequence random = {5};
    for (int i = 0; i < 200000; i++) {
        int64_t gateway_rate = 1000 + random_below(&random, 167) - 83;
        int64_t api_rate = 1000 + random_below(&random, 167) - 83;
        int64_t length_ms = LEASE_LAST_HOLD_MS * 2 + random_below(&random, LEASE_MAX_LENGTH_MS / 2);
        int64_t call_ms = random_below(&random, LEASE_MAX_CALL_MS);
        int64_t lent_us = random_below(&random, 10000000); /* true time from ask to loan */

        /* The last hold that is allowed, and a call that takes all the time it may. */
        int64_t last_hold_ms = lease_terms_expires_ms(0, length_ms) - LEASE_LAST_HOLD_MS - 1;
        cr_assert(lease_terms_may_hold(lease_terms_expires_ms(0, length_ms), last_hold_ms));
        int64_t call_ends_us = (last_hold_ms + call_ms) * 1000 * 1000 / gateway_rate;

        int64_t orphaned_us =
            lent_us + lease_terms_orphaned_ms(0, length_ms, call_ms) * 1000 * 1000 / api_rate;
        cr_assert_lt(call_ends_us, orphaned_us);
    }
}

/* Leases that were there before migration 5 got it as a number. */
Test(lease_terms, a_lease_that_does_not_say_how_long_its_calls_are_is_an_orphan_after_29_hours)
{
    cr_assert_eq(lease_terms_orphaned_ms(0, LEASE_LENGTH_MS, LEASE_MAX_CALL_MS), 104610000);
}
