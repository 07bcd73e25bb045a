#include "operator/objects/quantity.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"

static void
expect_canonical(const char *written, const char *expected)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct text canonical = quantity_canonical(arena, text_of(written));
    cr_expect(text_equals(canonical, text_of(expected)), "%s became %.*s, not %s", written,
              TEXT_ARG(canonical), expected);
}

/* Each pair as k8s.io/apimachinery/pkg/api/resource prints it. */
Test(quantity, decimal_amounts_take_the_largest_suffix_without_a_fraction)
{
    expect_canonical("1000m", "1");
    expect_canonical("1500m", "1500m");
    expect_canonical("0.5", "500m");
    expect_canonical("1.0", "1");
    expect_canonical("1000", "1k");
    expect_canonical("1500", "1500");
    expect_canonical("2000000", "2M");
    expect_canonical("0", "0");
    expect_canonical("0Gi", "0");
}

Test(quantity, binary_amounts_stay_binary)
{
    expect_canonical("1024Mi", "1Gi");
    expect_canonical("0.5Gi", "512Mi");
    expect_canonical("1536Mi", "1536Mi");
    expect_canonical("1023Mi", "1023Mi");
}

Test(quantity, a_binary_amount_below_1024_is_written_as_a_decimal_one)
{
    expect_canonical("0.5Ki", "512");
    expect_canonical("0.0001Ki", "103m");
}

Test(quantity, an_exponent_stays_an_exponent)
{
    expect_canonical("1e3", "1e3");
    expect_canonical("1000e0", "1e3");
    expect_canonical("5E3", "5e3");
    expect_canonical("1e-3", "1e-3");
}

Test(quantity, what_is_none_is_left_to_the_api_server)
{
    expect_canonical("lots", "lots");
    expect_canonical("", "");
}
