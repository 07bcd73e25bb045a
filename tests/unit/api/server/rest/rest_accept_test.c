/* What an Accept header asks for. */
#include "api/server/rest/rest_accept.h"

#include <criterion/criterion.h>

static void
expect(const char *accept, unsigned formats, int wanted)
{
    enum rest_format chosen;
    bool is_there = rest_accept_choose(text_of(accept), formats, &chosen);
    cr_assert_eq(is_there, wanted >= 0, "%s", accept);
    if (is_there)
        cr_assert_eq((int)chosen, wanted, "%s", accept);
}

Test(rest_accept, without_a_wish_is_the_first_format)
{
    expect("", REST_HAS_JSON | REST_HAS_CSV, REST_JSON);
    expect("*/*", REST_HAS_JSON | REST_HAS_CSV, REST_JSON);
    expect("", REST_HAS_CSV, REST_CSV);
    expect("*/*", REST_HAS_CSV, REST_CSV);
}

Test(rest_accept, takes_what_is_wanted_most)
{
    expect("text/csv", REST_HAS_JSON | REST_HAS_CSV, REST_CSV);
    expect("application/json;q=0.5, text/csv", REST_HAS_JSON | REST_HAS_CSV, REST_CSV);
    expect("application/json, text/csv;q=0.9", REST_HAS_JSON | REST_HAS_CSV, REST_JSON);
    expect("text/*, */*;q=0.1", REST_HAS_JSON | REST_HAS_CSV, REST_CSV);
    expect("TEXT/CSV; charset=utf-8", REST_HAS_JSON | REST_HAS_CSV, REST_CSV);
    expect("text/html,application/xhtml+xml,*/*;q=0.8", REST_HAS_JSON | REST_HAS_CSV, REST_JSON);
}

Test(rest_accept, the_nearest_range_decides)
{
    expect("*/*, application/json;q=0", REST_HAS_JSON | REST_HAS_CSV, REST_CSV);
    expect("application/json;q=0.2, */*;q=0.9", REST_HAS_JSON | REST_HAS_CSV, REST_CSV);
    expect("application/json;q=0, */*", REST_HAS_JSON, -1);
}

Test(rest_accept, refuses_what_cannot_be_given)
{
    expect("text/csv", REST_HAS_JSON, -1);
    expect("application/json", REST_HAS_CSV, -1);
    expect("application/xml", REST_HAS_JSON | REST_HAS_CSV, -1);
    expect("application/jsonp", REST_HAS_JSON, -1);
    expect("application/json;q=0.000", REST_HAS_JSON, -1);
    expect("application/json;q=x", REST_HAS_JSON, -1);
    expect(";,;", REST_HAS_JSON | REST_HAS_CSV, -1);
}
