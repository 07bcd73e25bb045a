/* Quantities: what Kubernetes accepts and its rounding, within 64 bits. */
#include <criterion/criterion.h>

#include "lib/base/parse.h"

Test(parse_quantity, reads_kubernetes_quantities_in_thousandths)
{
    static const struct {
        const char *text;
        int64_t milli;
    } cases[] = {
        {"0", 0},
        {"2", 2000},
        {"250m", 250},
        {"0.5", 500},
        {".5", 500},
        {"5.", 5000},
        {"1.5k", 1500000},
        {"1e3", 1000000},
        {"1E3", 1000000},
        {"1e+3", 1000000},
        {"1e-3", 1},
        {"100u", 1},
        {"1n", 1},
        {"1000000n", 1},
        {"1000001n", 2},
        {"1.0001", 1001},
        {"1Ki", 1024000},
        {"64Mi", 67108864000},
        {"1.5Gi", 1610612736000},
        {"1M", 1000000000},
        {"1G", 1000000000000},
        {"1T", 1000000000000000},
        {"9P", 9000000000000000000},
        {"8Pi", 9007199254740992000},
        {"1Ti", 1099511627776000},
        {"0Ei", 0},
        {"0E", 0},
        {"0e99", 0},
        {"9000000000000000000m", 9000000000000000000},
        {"18446744073709551615n", 18446744073710},
        {"007", 7000},
        {"9223372036854775.807", INT64_MAX},
        {"1.500000000000000000000000", 1500},
        {"0.000000000000000001", 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t milli = -7;
        cr_assert(parse_quantity_milli(text_of(cases[i].text), &milli), "%s", cases[i].text);
        cr_assert_eq(milli, cases[i].milli, "%s is %lld", cases[i].text, (long long)milli);
    }
}

Test(parse_quantity, refuses_overflow_signs_and_unknown_units)
{
    static const char *const refused[] = {
        "",
        ".",
        "m",
        "Mi",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1K",
        "1mi",
        "1MI",
        "1B",
        "1 Gi",
        "1e",
        "1e+",
        "1e1.5",
        "1e3k",
        "1Gib",
        "1.2.3",
        "1e100",
        "1e-100",
        "1e03",
        "9223372036854775.808",
        "1E",
        "8Ei",
        "9Pi",
        "10P",
        "9999999999999999999",
        "1e99",
        "67108864e99" /* 0 modulo 2^128 */,
        "0.00000000000000000000000000000000000000000000000000000000000000001",
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        int64_t milli = -7;
        cr_assert_not(parse_quantity_milli(text_of(refused[i]), &milli), "\"%s\" is %lld", refused[i],
                      (long long)milli);
        cr_assert_eq(milli, -7);
    }
}
