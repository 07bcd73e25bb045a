/* Opening, probing, closing, resting. */
#include <criterion/criterion.h>

#include "gateway/decide/circuit_breaker.h"
#include "tests/unit/gateway/decide/random_sequence.h"

static struct circuit_breaker
given_open_breaker(int64_t now_ms)
{
    struct circuit_breaker breaker = {0};
    for (int i = 0; i < BREAKER_FAILURES; i++)
        circuit_breaker_report(&breaker, circuit_breaker_ask(&breaker, now_ms), BREAKER_FAILURE, now_ms);
    return breaker;
}

Test(circuit_breaker, opens_after_failures_in_a_row)
{
    struct circuit_breaker breaker = given_open_breaker(0);

    cr_assert_eq(circuit_breaker_ask(&breaker, 0), BREAKER_REFUSED);
    cr_assert_eq(circuit_breaker_wait_ms(&breaker, 0), BREAKER_FIRST_OPEN_MS);
}

Test(circuit_breaker, stays_closed_when_a_success_comes_between)
{
    struct circuit_breaker breaker = {0};
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < BREAKER_FAILURES - 1; j++)
            circuit_breaker_report(&breaker, BREAKER_PASS, BREAKER_FAILURE, 0);
        circuit_breaker_report(&breaker, BREAKER_PASS, BREAKER_SUCCESS, 0);
    }
    cr_assert_eq(circuit_breaker_ask(&breaker, 0), BREAKER_PASS);
}

Test(circuit_breaker, opens_when_half_of_many_calls_fail)
{
    struct circuit_breaker breaker = {0};
    for (int i = 0; i < BREAKER_MIN_CALLS; i++)
        circuit_breaker_report(&breaker, BREAKER_PASS, i % 2 ? BREAKER_FAILURE : BREAKER_SUCCESS, 0);

    cr_assert_eq(circuit_breaker_ask(&breaker, 0), BREAKER_REFUSED);
}

Test(circuit_breaker, lets_one_probe_through_when_the_time_is_up)
{
    struct circuit_breaker breaker = given_open_breaker(0);

    cr_assert_eq(circuit_breaker_ask(&breaker, BREAKER_FIRST_OPEN_MS - 1), BREAKER_REFUSED);
    cr_assert_eq(circuit_breaker_ask(&breaker, BREAKER_FIRST_OPEN_MS), BREAKER_PROBE);
    cr_assert_eq(circuit_breaker_ask(&breaker, BREAKER_FIRST_OPEN_MS), BREAKER_REFUSED);
}

Test(circuit_breaker, closes_when_the_probe_succeeds)
{
    struct circuit_breaker breaker = given_open_breaker(0);
    enum breaker_permit probe = circuit_breaker_ask(&breaker, BREAKER_FIRST_OPEN_MS);

    circuit_breaker_report(&breaker, probe, BREAKER_SUCCESS, BREAKER_FIRST_OPEN_MS);

    cr_assert_eq(circuit_breaker_ask(&breaker, BREAKER_FIRST_OPEN_MS), BREAKER_PASS);
    cr_assert_eq(circuit_breaker_ask(&breaker, BREAKER_FIRST_OPEN_MS), BREAKER_PASS);
}

Test(circuit_breaker, waits_twice_as_long_when_the_probe_fails)
{
    struct circuit_breaker breaker = given_open_breaker(0);
    int64_t now_ms = BREAKER_FIRST_OPEN_MS;

    circuit_breaker_report(&breaker, circuit_breaker_ask(&breaker, now_ms), BREAKER_FAILURE, now_ms);

    cr_assert_eq(circuit_breaker_wait_ms(&breaker, now_ms), 2 * BREAKER_FIRST_OPEN_MS);
}

Test(circuit_breaker, never_waits_longer_than_its_longest)
{
    struct circuit_breaker breaker = given_open_breaker(0);
    int64_t now_ms = 0;
    for (int i = 0; i < 50; i++) {
        now_ms += circuit_breaker_wait_ms(&breaker, now_ms);
        circuit_breaker_report(&breaker, circuit_breaker_ask(&breaker, now_ms), BREAKER_FAILURE, now_ms);
        cr_assert_leq(circuit_breaker_wait_ms(&breaker, now_ms), BREAKER_LONGEST_OPEN_MS);
    }
    cr_assert_eq(circuit_breaker_wait_ms(&breaker, now_ms), BREAKER_LONGEST_OPEN_MS);
}

Test(circuit_breaker, probes_again_after_a_probe_that_was_cancelled)
{
    struct circuit_breaker breaker = given_open_breaker(0);
    enum breaker_permit probe = circuit_breaker_ask(&breaker, BREAKER_FIRST_OPEN_MS);

    circuit_breaker_report(&breaker, probe, BREAKER_UNKNOWN, BREAKER_FIRST_OPEN_MS);

    cr_assert_eq(circuit_breaker_ask(&breaker, BREAKER_FIRST_OPEN_MS), BREAKER_PROBE);
}

Test(circuit_breaker, is_not_moved_by_calls_from_before_it_opened)
{
    struct circuit_breaker breaker = given_open_breaker(0);

    circuit_breaker_report(&breaker, BREAKER_PASS, BREAKER_SUCCESS, 1);
    circuit_breaker_report(&breaker, BREAKER_PASS, BREAKER_FAILURE, 1);

    cr_assert_eq(circuit_breaker_wait_ms(&breaker, 1), BREAKER_FIRST_OPEN_MS - 1);
    cr_assert_eq(circuit_breaker_ask(&breaker, BREAKER_FIRST_OPEN_MS), BREAKER_PROBE);
}

Test(circuit_breaker, rests_as_long_as_the_target_asked_and_no_longer_than_the_bound)
{
    struct circuit_breaker breaker = {0};

    circuit_breaker_rest(&breaker, 0, 7000);
    cr_assert_eq(circuit_breaker_ask(&breaker, 6999), BREAKER_REFUSED);
    cr_assert_eq(circuit_breaker_ask(&breaker, 7000), BREAKER_PASS);

    circuit_breaker_rest(&breaker, 0, INT64_MAX / 2);
    cr_assert_eq(circuit_breaker_wait_ms(&breaker, 0), BREAKER_LONGEST_REST_MS);
}

Test(circuit_breaker, has_at_most_one_probe_and_always_comes_back)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct random_sequence random = {seed};
        struct circuit_breaker breaker = {0};
        int64_t now_ms = 0;
        int probes = 0;
        for (int i = 0; i < 2000; i++) {
            now_ms += random_below(&random, 500);
            enum breaker_permit permit = circuit_breaker_ask(&breaker, now_ms);
            probes += permit == BREAKER_PROBE;
            cr_assert_leq(probes, 1);
            if (permit == BREAKER_REFUSED)
                continue;
            circuit_breaker_report(&breaker, permit, (enum breaker_result)random_below(&random, 3), now_ms);
            probes = 0;
        }
        now_ms += BREAKER_LONGEST_REST_MS;
        cr_assert_neq(circuit_breaker_ask(&breaker, now_ms), BREAKER_REFUSED);
    }
}
