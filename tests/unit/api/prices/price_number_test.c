/* Decimal and scientific text to nano-USD per million units, without a double between. */
#include <criterion/criterion.h>

#include "api/prices/price_number.h"

static void
expect_price(const char *written, enum price_number result, int64_t nano_per_million)
{
    int64_t read = -1;
    cr_assert_eq(price_number_read(text_of(written), &read), result, "%s", written);
    cr_assert_eq(read, nano_per_million, "%s: %ld", written, (long)read);
}

Test(price_number, is_exact_however_it_is_written)
{
    expect_price("1.5e-07", PRICE_NUMBER_EXACT, 150000000); /* 0.15 USD a million */
    expect_price("0.00000015", PRICE_NUMBER_EXACT, 150000000);
    expect_price("15E-8", PRICE_NUMBER_EXACT, 150000000);
    expect_price("0.0000001500000000000000000000000", PRICE_NUMBER_EXACT, 150000000);
    expect_price("1e-15", PRICE_NUMBER_EXACT, 1);
    expect_price("0.04", PRICE_NUMBER_EXACT, 40000000000000); /* an image */
    expect_price("1e+2", PRICE_NUMBER_EXACT, 100000000000000000);
    expect_price("8.39233e-08", PRICE_NUMBER_EXACT, 83923300);
    expect_price("1.41953125e-07", PRICE_NUMBER_EXACT, 141953125);
}

Test(price_number, loses_what_a_double_added)
{
    expect_price("1.3200000000000002e-07", PRICE_NUMBER_ROUNDED, 132000000);
    expect_price("3.0001999999999996e-07", PRICE_NUMBER_ROUNDED, 300020000);
    expect_price("0.0000029999900000000002", PRICE_NUMBER_ROUNDED, 2999990000);
    expect_price("9.499999999999999e-07", PRICE_NUMBER_ROUNDED, 950000000);
}

Test(price_number, that_a_double_cut_is_rounded_up)
{
    expect_price("0.0002833333333333333", PRICE_NUMBER_ROUNDED, 283333333334); /* 0.017 USD / 60 */
    expect_price("0.000033333333333333335", PRICE_NUMBER_ROUNDED, 33333333334);
}

Test(price_number, finer_than_the_unit_is_refused_unless_a_double_wrote_it)
{
    expect_price("1.5e-15", PRICE_NUMBER_TOO_FINE, -1);
    expect_price("1e-16", PRICE_NUMBER_TOO_FINE, -1);
    expect_price("8.33333333333e-05", PRICE_NUMBER_TOO_FINE, -1);
    expect_price("1e-999999999999999999999", PRICE_NUMBER_TOO_FINE, -1);
}

Test(price_number, of_nothing_or_less_is_told_apart)
{
    expect_price("0", PRICE_NUMBER_ZERO, -1);
    expect_price("0.0", PRICE_NUMBER_ZERO, -1);
    expect_price("-0.0", PRICE_NUMBER_ZERO, -1);
    expect_price("0e-99999999999999999", PRICE_NUMBER_ZERO, -1);
    expect_price("-1e-07", PRICE_NUMBER_NEGATIVE, -1);
}

Test(price_number, above_a_thousand_dollars_a_unit_is_refused)
{
    expect_price("1000", PRICE_NUMBER_EXACT, PRICE_MAX_NANO_PER_MILLION);
    expect_price("1000.000000000000001", PRICE_NUMBER_TOO_LARGE, -1);
    expect_price("1001", PRICE_NUMBER_TOO_LARGE, -1);
    expect_price("1e999999999999999999999", PRICE_NUMBER_TOO_LARGE, -1);
    expect_price("99999999999999999999999999999999", PRICE_NUMBER_TOO_LARGE, -1);
}

Test(price_number, is_one_of_jsons_or_none)
{
    static const char *const none[] = {
        "",       "1e",
        "+1",     ".5",
        "0x1p-3", "NaN",
        "1 ",     "1,5",
        "01",     "0.00000000000000000000000000000000000000000000000000000000000000000000001"};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        expect_price(none[i], PRICE_NUMBER_NONE, -1);
}
