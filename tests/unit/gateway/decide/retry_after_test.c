/* Seconds, milliseconds and the three date forms; nonsense is nothing. */
#include <criterion/criterion.h>

#include "gateway/decide/retry_after.h"

#define NOON_MS INT64_C(784111777000) /* Sun, 06 Nov 1994 08:49:37 GMT */

static int64_t
parse(const char *retry_after, const char *retry_after_ms)
{
    return retry_after_parse(text_of(retry_after), text_of(retry_after_ms), NOON_MS - 5000);
}

Test(retry_after, reads_seconds)
{
    cr_assert_eq(parse("12", ""), 12000);
    cr_assert_eq(parse(" 0 ", ""), 0);
    cr_assert_eq(parse("1.5", ""), 1500);
}

Test(retry_after, prefers_milliseconds)
{
    cr_assert_eq(parse("12", "250"), 250);
    cr_assert_eq(parse("", "0.9"), 0);
    cr_assert_eq(parse("3", "soon"), 3000);
    cr_assert_eq(parse("3", "0"), 0);
}

Test(retry_after, reads_all_three_date_forms)
{
    cr_assert_eq(parse("Sun, 06 Nov 1994 08:49:37 GMT", ""), 5000);
    cr_assert_eq(parse("Sunday, 06-Nov-94 08:49:37 GMT", ""), 5000);
    cr_assert_eq(parse("Sun Nov  6 08:49:37 1994", ""), 5000);
}

Test(retry_after, takes_a_date_in_the_past_as_now)
{
    cr_assert_eq(parse("Sun, 06 Nov 1993 08:49:37 GMT", ""), 0);
}

Test(retry_after, bounds_what_a_server_can_ask_for)
{
    cr_assert_eq(parse("99999999999999999999999", ""), RETRY_AFTER_LONGEST_MS);
    cr_assert_eq(parse("", "1e300"), RETRY_AFTER_LONGEST_MS);
    cr_assert_eq(parse("Sun, 06 Nov 2094 08:49:37 GMT", ""), RETRY_AFTER_LONGEST_MS);
}

Test(retry_after, reads_nonsense_as_nothing)
{
    static const char *const nonsense[] = {"",
                                           "soon",
                                           "-1",
                                           "0x10",
                                           "12 s",
                                           "Sun, 31 Feb 1994 08:49:37 GMT",
                                           "Sun, 06 Nov 1994 08:49:37 CET",
                                           "Sun,",
                                           ", GMT",
                                           "Sun, 06 Nov 1994 8:49:37 GMT",
                                           "Sun, 06 nov 1994 08:49:37 GMT",
                                           "Sun Nov  6 08:49:37 94",
                                           "Sun, 06 Nov 1994 08-49-37 GMT",
                                           "Sun, 06-Nov-1 08:49:37 GMT",
                                           "Sun, 06-Nov-19940 08:49:37 GMT",
                                           "Sun, 06 N 1994 08:49:37 GMT",
                                           "Sun, 06 anF 1994 08:49:37 GMT",
                                           "Sun, 06 Nov 1994 0a:49:37 GMT"};
    for (size_t i = 0; i < COUNT_OF(nonsense); i++)
        cr_assert_eq(parse(nonsense[i], ""), RETRY_AFTER_NONE, "%s", nonsense[i]);
}
