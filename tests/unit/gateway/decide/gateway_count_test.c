/* Too few must never be believed for a moment's news; nothing is remembered for ever. */
#include "gateway/decide/gateway_count.h"

#include <criterion/criterion.h>

static struct gateway_count count;
static const int64_t long_after_ms = 10 * GATEWAY_COUNT_REMEMBERED_MS;

Test(gateway_count, is_one_when_nothing_was_told)
{
    cr_assert_eq(gateway_count_now(&count, 0, 0), 1);
}

Test(gateway_count, is_never_less_than_shall_be_there)
{
    cr_assert_eq(gateway_count_now(&count, 3, 0), 3);
    gateway_count_told(&count, 2, 0);
    cr_assert_eq(gateway_count_now(&count, 3, 0), 3);
}

Test(gateway_count, stays_as_it_was_told_however_long_nobody_says_anything)
{
    gateway_count_told(&count, 10, 0);
    cr_assert_eq(gateway_count_now(&count, 1, long_after_ms), 10);
}

Test(gateway_count, rises_at_once_and_falls_a_while_later)
{
    gateway_count_told(&count, 2, 0);
    gateway_count_told(&count, 10, 0);
    cr_assert_eq(gateway_count_now(&count, 1, 0), 10);
    gateway_count_told(&count, 1, 5);
    gateway_count_told(&count, 2, 6);
    cr_assert_eq(gateway_count_now(&count, 1, 4 + GATEWAY_COUNT_REMEMBERED_MS), 10);
    cr_assert_eq(gateway_count_now(&count, 1, 5 + GATEWAY_COUNT_REMEMBERED_MS), 2);
}

Test(gateway_count, forgets_who_was_only_seen)
{
    gateway_count_seen(&count, 5, 0);
    gateway_count_seen(&count, 3, 10);
    cr_assert_eq(gateway_count_now(&count, 1, 20), 5);
    cr_assert_eq(gateway_count_now(&count, 1, GATEWAY_COUNT_REMEMBERED_MS), 1);
    gateway_count_seen(&count, 3, GATEWAY_COUNT_REMEMBERED_MS);
    cr_assert_eq(gateway_count_now(&count, 1, GATEWAY_COUNT_REMEMBERED_MS), 3);
}
