/* Clamp or refuse, Shadow, and what a request that says nothing gets. */
#include <criterion/criterion.h>

#include "gateway/decide/maximum.h"
#include "gateway/decide/token_bound.h"
#include "lib/schema/schema.h"

static const struct gateway_maximum clamp = {.amount = 100, .over = OVER_MAXIMUM_CLAMP};
static const struct gateway_maximum refuse = {.amount = 100, .over = OVER_MAXIMUM_REFUSE};
static const struct gateway_maximum none = {.amount = FIELD_UNSET};
static const struct gateway_maximum shadow = {.amount = 100, .from = {.mode = POLICY_MODE_SHADOW}};

Test(maximum, clamps_what_asks_for_more)
{
    struct maximum_verdict verdict = maximum_of_output(&clamp, 500);

    cr_assert(verdict.changed);
    cr_assert_eq(verdict.value, 100);
}

Test(maximum, refuses_what_asks_for_more_when_the_policy_says_so)
{
    cr_assert(maximum_of_output(&refuse, 101).refused);
    cr_assert_not(maximum_of_output(&refuse, 100).refused);
}

Test(maximum, sets_itself_on_a_request_that_does_not_say)
{
    struct maximum_verdict verdict = maximum_of_output(&refuse, MAXIMUM_NOT_ASKED);

    cr_assert_not(verdict.refused);
    cr_assert(verdict.changed);
    cr_assert_eq(verdict.value, 100);
}

Test(maximum, leaves_alone_what_asks_for_less)
{
    struct maximum_verdict verdict = maximum_of_output(&clamp, 99);

    cr_assert_not(verdict.changed);
    cr_assert_eq(verdict.value, 99);
}

Test(maximum, may_be_as_small_as_one)
{
    struct gateway_maximum one = {.amount = 1, .over = OVER_MAXIMUM_CLAMP};

    cr_assert_eq(maximum_of_output(&one, 2).value, 1);
}

Test(maximum, changes_nothing_when_there_is_none)
{
    struct maximum_verdict verdict = maximum_of_output(&none, MAXIMUM_NOT_ASKED);

    cr_assert_not(verdict.changed || verdict.refused);
    cr_assert_eq(verdict.value, MAXIMUM_NOT_ASKED);
}

Test(maximum, only_notes_in_shadow)
{
    struct maximum_verdict output = maximum_of_output(&shadow, 500), input = maximum_of_input(&shadow, 500);

    cr_assert(output.shadow_refused && input.shadow_refused);
    cr_assert_not(output.refused || output.changed || input.refused);
    cr_assert_eq(output.value, 500);
}

Test(maximum, refuses_a_prompt_that_is_too_long_even_under_clamp)
{
    cr_assert(maximum_of_input(&clamp, 101).refused);
    cr_assert_not(maximum_of_input(&clamp, 100).refused);
    cr_assert_not(maximum_of_input(&none, 1000000).refused);
}

Test(token_bound, is_never_below_one_token_a_byte)
{
    cr_assert_geq(token_bound_upper(1000, 3), 1000);
    cr_assert_leq(token_bound_estimate(1000, 3), token_bound_upper(1000, 3));
    cr_assert_eq(token_bound_estimate(4000, 0), 1000);
    cr_assert_eq(token_bound_estimate(4001, 0), 1001);
}
