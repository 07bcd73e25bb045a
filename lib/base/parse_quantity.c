/* Kubernetes resource quantities to thousandths (k8s.io/apimachinery/pkg/api/resource, without a sign: no
 * amount we read is negative). As in Kubernetes, what is finer than a thousandth is rounded up. */
#include "lib/base/parse.h"

enum { LONGEST_QUANTITY = 64, HIGHEST_EXPONENT = 99, MILLI_EXPONENT = 3 };

/* mantissa * 10^exponent * 2^shift */
struct quantity {
    uint64_t mantissa;
    int exponent;
    unsigned shift;
};

static bool take_mantissa(struct text *rest, struct quantity *quantity);
static bool take_digit(char byte, bool is_fraction, struct quantity *quantity);
static bool read_suffix(struct text suffix, struct quantity *quantity);
static bool read_exponent(struct text digits, int *out_exponent);
static bool round_up_to_int64(const struct quantity *quantity, int64_t *out_value);

bool
parse_quantity_milli(struct text text, int64_t *out_milli)
{
    struct quantity quantity = {.exponent = MILLI_EXPONENT};
    struct text rest = text;
    if (text.length > LONGEST_QUANTITY || !take_mantissa(&rest, &quantity) || !read_suffix(rest, &quantity))
        return false;
    return round_up_to_int64(&quantity, out_milli);
}

/* Digits with at most one point among them: "1", "1.5", ".5", "5.". */
static bool
take_mantissa(struct text *rest, struct quantity *quantity)
{
    size_t at = 0;
    size_t digit_count = 0;
    bool is_fraction = false;
    for (; at < rest->length; at++) {
        char byte = rest->bytes[at];
        if (byte == '.' && !is_fraction) {
            is_fraction = true;
        } else if (byte >= '0' && byte <= '9') {
            digit_count++;
            if (!take_digit(byte, is_fraction, quantity))
                return false;
        } else {
            break;
        }
    }
    *rest = text_slice(*rest, at, rest->length);
    return digit_count > 0;
}

static bool
take_digit(char byte, bool is_fraction, struct quantity *quantity)
{
    uint64_t value = (uint64_t)(byte - '0');
    if (quantity->mantissa > (UINT64_MAX - value) / 10)
        return byte == '0' && is_fraction; /* trailing zeros of a fraction say nothing */
    quantity->mantissa = quantity->mantissa * 10 + value;
    quantity->exponent -= is_fraction ? 1 : 0;
    return true;
}

static bool
read_suffix(struct text suffix, struct quantity *quantity)
{
    static const struct {
        struct text name;
        int exponent;
        unsigned shift;
    } suffixes[] = {
        {{"", 0}, 0, 0},    {{"n", 1}, -9, 0},  {{"u", 1}, -6, 0},  {{"m", 1}, -3, 0},
        {{"k", 1}, 3, 0},   {{"M", 1}, 6, 0},   {{"G", 1}, 9, 0},   {{"T", 1}, 12, 0},
        {{"P", 1}, 15, 0},  {{"E", 1}, 18, 0},  {{"Ki", 2}, 0, 10}, {{"Mi", 2}, 0, 20},
        {{"Gi", 2}, 0, 30}, {{"Ti", 2}, 0, 40}, {{"Pi", 2}, 0, 50}, {{"Ei", 2}, 0, 60},
    };
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        if (text_equals(suffix, suffixes[i].name)) {
            quantity->exponent += suffixes[i].exponent;
            quantity->shift = suffixes[i].shift;
            return true;
        }
    }
    int exponent = 0;
    if (suffix.bytes[0] != 'e' && suffix.bytes[0] != 'E')
        return false;
    if (!read_exponent(text_slice(suffix, 1, suffix.length), &exponent))
        return false;
    quantity->exponent += exponent;
    return true;
}

static bool
read_exponent(struct text digits, int *out_exponent)
{
    bool has_sign = digits.length > 0 && (digits.bytes[0] == '-' || digits.bytes[0] == '+');
    uint64_t value = 0;
    if (!parse_uint64(text_slice(digits, has_sign ? 1 : 0, digits.length), HIGHEST_EXPONENT, &value))
        return false;
    *out_exponent = has_sign && digits.bytes[0] == '-' ? -(int)value : (int)value;
    return true;
}

static bool
round_up_to_int64(const struct quantity *quantity, int64_t *out_value)
{
    /* 2^64 * 2^60: the shift cannot overflow. */
    unsigned __int128 value = (unsigned __int128)quantity->mantissa << quantity->shift;
    for (int i = 0; i < quantity->exponent && value > 0; i++) {
        value *= 10;
        if (value > INT64_MAX)
            return false;
    }
    for (int i = 0; i > quantity->exponent && value > 0; i--)
        value = (value + 9) / 10; /* rounding up each time is rounding up once */
    if (value > INT64_MAX)
        return false;
    *out_value = (int64_t)value;
    return true;
}
