/* Text to whole numbers and JSON numbers, strictly. Times and durations are in parse_time.c, quantities in
 * parse_quantity.c. */
#include "lib/base/parse.h"

#include <math.h>

enum { LONGEST_NUMBER = 511 };

static bool is_json_number(struct text text);
static size_t digits_from(struct text text, size_t from);

bool
parse_int64(struct text text, int64_t *out_value)
{
    bool is_negative = text.length > 0 && text.bytes[0] == '-';
    uint64_t highest = is_negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    uint64_t magnitude = 0;
    if (!parse_uint64(is_negative ? text_slice(text, 1, text.length) : text, highest, &magnitude))
        return false;
    if (is_negative && magnitude == 0)
        return false; /* "-0" is not how anybody writes a whole number */
    *out_value = is_negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

bool
parse_uint64(struct text text, uint64_t highest, uint64_t *out_value)
{
    if (text.length == 0 || (text.bytes[0] == '0' && text.length > 1))
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        if (byte < '0' || byte > '9')
            return false;
        uint64_t digit = (uint64_t)(byte - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value > highest)
        return false;
    *out_value = value;
    return true;
}

bool
parse_double(struct text text, double *out_value)
{
    char number[LONGEST_NUMBER + 1]; /* strtod wants a NUL */
    if (text.length > LONGEST_NUMBER || !is_json_number(text))
        return false;
    memcpy(number, text.bytes, text.length);
    number[text.length] = '\0';
    double value = strtod(number, NULL);
    if (isinf(value))
        return false;
    *out_value = value;
    return true;
}

/* RFC 8259 §6: [minus] int [frac] [exp]. */
static bool
is_json_number(struct text text)
{
    size_t at = text.length > 0 && text.bytes[0] == '-' ? 1 : 0;
    size_t end = digits_from(text, at);
    if (end == at || (text.bytes[at] == '0' && end > at + 1))
        return false;
    at = end;
    if (at < text.length && text.bytes[at] == '.') {
        end = digits_from(text, at + 1);
        if (end == at + 1)
            return false;
        at = end;
    }
    if (at < text.length && (text.bytes[at] == 'e' || text.bytes[at] == 'E')) {
        at++;
        if (at < text.length && (text.bytes[at] == '+' || text.bytes[at] == '-'))
            at++;
        end = digits_from(text, at);
        if (end == at)
            return false;
        at = end;
    }
    return at == text.length;
}

/* Where the run of digits that starts at `from` ends. */
static size_t
digits_from(struct text text, size_t from)
{
    size_t at = from;
    while (at < text.length && text.bytes[at] >= '0' && text.bytes[at] <= '9')
        at++;
    return at;
}
