/* Mantissa and exponent as integers; rounding happens on decimal digits. */
#include "api/prices/price_number.h"

#include "lib/document/json_lex.h"

enum {
    UNIT_EXPONENT = 15,       /* nano-USD per million units: 10^-15 USD a unit */
    DOUBLE_DIGITS = 15,       /* DBL_DIG: decimals of so many digits survive a double */
    MANTISSA_DIGITS = 19,     /* fit a uint64_t */
    EXPONENT_ENOUGH = 100000, /* beyond any price; further digits of an exponent change nothing */
};

/* value = digits * 10^exponent */
struct decimal {
    uint64_t digits;
    int exponent;
    int digit_count; /* of `digits`; 0 for zero */
    bool is_cut;     /* digits other than 0 did not fit */
};

static void
add_digit(struct decimal *decimal, int digit)
{
    bool is_leading_zero = decimal->digit_count == 0 && digit == 0;
    if (is_leading_zero)
        return;
    if (decimal->digit_count == MANTISSA_DIGITS) {
        decimal->is_cut = decimal->is_cut || digit != 0;
        decimal->exponent++;
        return;
    }
    decimal->digits = decimal->digits * 10 + (uint64_t)digit;
    decimal->digit_count++;
}

static int
read_exponent(struct text written)
{
    bool is_negative = written.length > 0 && written.bytes[0] == '-';
    int exponent = 0;
    for (size_t i = 0; i < written.length; i++)
        if (written.bytes[i] >= '0' && written.bytes[i] <= '9' && exponent < EXPONENT_ENOUGH)
            exponent = exponent * 10 + (written.bytes[i] - '0');
    return is_negative ? -exponent : exponent;
}

static void
drop_trailing_zeros(struct decimal *decimal)
{
    while (decimal->digit_count > 0 && decimal->digits % 10 == 0) {
        decimal->digits /= 10;
        decimal->exponent++;
        decimal->digit_count--;
    }
}

/* Of a number of JSON's grammar without sign. */
static struct decimal
read_decimal(struct text written)
{
    struct decimal decimal = {0};
    bool is_fraction = false;
    for (size_t i = 0; i < written.length; i++) {
        char byte = written.bytes[i];
        if (byte == 'e' || byte == 'E') {
            decimal.exponent += read_exponent(text_slice(written, i + 1, written.length));
            break;
        }
        if (byte == '.') {
            is_fraction = true;
            continue;
        }
        add_digit(&decimal, byte - '0');
        decimal.exponent -= is_fraction;
    }
    drop_trailing_zeros(&decimal);
    return decimal;
}

/* Half up, which is what the nearest is: the digits cut away are a double's error, far from half. */
static void
round_to_double_digits(struct decimal *decimal)
{
    uint64_t cut = 0;
    while (decimal->digit_count > DOUBLE_DIGITS) {
        cut = decimal->digits % 10;
        decimal->digits /= 10;
        decimal->exponent++;
        decimal->digit_count--;
    }
    decimal->digits += cut >= 5;
    drop_trailing_zeros(decimal);
}

static void
round_up_to_unit(struct decimal *decimal)
{
    bool is_inexact = false;
    for (; decimal->exponent < -UNIT_EXPONENT && decimal->digits > 0; decimal->exponent++) {
        is_inexact = is_inexact || decimal->digits % 10 != 0;
        decimal->digits /= 10;
    }
    decimal->digits += is_inexact;
    if (decimal->exponent < -UNIT_EXPONENT)
        decimal->exponent = -UNIT_EXPONENT;
}

/* False above PRICE_MAX_NANO_PER_MILLION. */
static bool
to_unit(const struct decimal *decimal, int64_t *out_nano_per_million)
{
    uint64_t value = decimal->digits;
    for (int i = decimal->exponent + UNIT_EXPONENT; i > 0; i--)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    if (value > PRICE_MAX_NANO_PER_MILLION)
        return false;
    *out_nano_per_million = (int64_t)value;
    return true;
}

enum price_number
price_number_read(struct text written, int64_t *out_nano_per_million)
{
    if (written.length > PRICE_NUMBER_MAX_BYTES || !json_lex_is_number(written))
        return PRICE_NUMBER_NONE;
    bool is_negative = written.bytes[0] == '-';
    struct decimal decimal = read_decimal(is_negative ? text_slice(written, 1, written.length) : written);
    if (decimal.digit_count == 0)
        return PRICE_NUMBER_ZERO;
    if (is_negative)
        return PRICE_NUMBER_NEGATIVE;

    bool is_exact = !decimal.is_cut && decimal.exponent >= -UNIT_EXPONENT;
    if (!is_exact && decimal.digit_count <= DOUBLE_DIGITS)
        return PRICE_NUMBER_TOO_FINE;
    if (!is_exact) {
        round_to_double_digits(&decimal);
        round_up_to_unit(&decimal);
    }
    if (!to_unit(&decimal, out_nano_per_million))
        return PRICE_NUMBER_TOO_LARGE;
    return is_exact ? PRICE_NUMBER_EXACT : PRICE_NUMBER_ROUNDED;
}
