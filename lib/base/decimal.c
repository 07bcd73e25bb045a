/* Money between decimal text and integer nano-units. Does no arithmetic: amounts are plain int64_t. */
#include "lib/base/decimal.h"

#include "lib/base/parse.h"

#define NANO UINT64_C(1000000000)
#define HIGHEST_WHOLE UINT64_C(9223372036)

enum { DECIMALS = 9, FEWEST_DECIMALS = 2, LONGEST_DECIMAL = 24 };

bool
decimal_parse_nano(struct text text, int64_t *out_nano)
{
    struct text fraction = text;
    struct text whole = text_cut(&fraction, '.');
    uint64_t units = 0;
    if (!parse_uint64(whole, HIGHEST_WHOLE, &units))
        return false;

    bool has_point = whole.length < text.length;
    if (has_point && (fraction.length == 0 || fraction.length > DECIMALS))
        return false;
    uint64_t nano = 0;
    for (size_t i = 0; i < DECIMALS; i++) {
        char digit = i < fraction.length ? fraction.bytes[i] : '0';
        if (digit < '0' || digit > '9')
            return false;
        nano = nano * 10 + (uint64_t)(digit - '0');
    }
    if (units == HIGHEST_WHOLE && nano > 0)
        return false;
    *out_nano = (int64_t)(units * NANO + nano);
    return true;
}

/* Backwards, at least so many; by hand, because each usage record has an amount. */
static char *
put_digits(char *end, uint64_t number, int least)
{
    for (; number > 0 || least > 0; number /= 10, least--)
        *--end = (char)('0' + number % 10);
    return end;
}

struct text
decimal_print_nano(struct arena *arena, int64_t nano)
{
    uint64_t magnitude = nano < 0 ? 0 - (uint64_t)nano : (uint64_t)nano;
    uint64_t fraction = magnitude % NANO;
    int decimals = DECIMALS;
    while (decimals > FEWEST_DECIMALS && fraction % 10 == 0) {
        fraction /= 10;
        decimals--;
    }
    char digits[LONGEST_DECIMAL];
    char *at = put_digits(digits + sizeof(digits), fraction, decimals);
    *--at = '.';
    at = put_digits(at, magnitude / NANO, 1);
    if (nano < 0)
        *--at = '-';
    return text_copy(arena, (struct text){at, (size_t)(digits + sizeof(digits) - at)});
}
