/* Which bytes are UTF-8. Decodes nothing: whoever only checks or copies does not need code points. */
#include "lib/base/utf8.h"

#include <stdbool.h>

static bool
is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The second byte's bounds carry all the exceptions: RFC 3629 §4, UTF8-3 and UTF8-4. */
static bool
second_fits(unsigned char lead, unsigned char second)
{
    switch (lead) {
    case 0xE0:
        return second >= 0xA0 && second <= 0xBF; /* below: overlong */
    case 0xED:
        return second >= 0x80 && second <= 0x9F; /* above: surrogates */
    case 0xF0:
        return second >= 0x90 && second <= 0xBF; /* below: overlong */
    case 0xF4:
        return second >= 0x80 && second <= 0x8F; /* above: beyond U+10FFFF */
    default:
        return is_continuation(second);
    }
}

size_t
utf8_character_length(const char *bytes, size_t length)
{
    if (length == 0)
        return 0;
    const unsigned char *at = (const unsigned char *)bytes;
    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xC2 || at[0] > 0xF4)
        return 0;

    size_t wanted = at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    if (length < wanted || !second_fits(at[0], at[1]))
        return 0;
    for (size_t i = 2; i < wanted; i++)
        if (!is_continuation(at[i]))
            return 0;
    return wanted;
}

struct text
utf8_at_most(struct text text, size_t bytes)
{
    size_t end = 0, next;
    while (end < text.length && (next = utf8_character_length(text.bytes + end, text.length - end)) > 0 &&
           end + next <= bytes)
        end += next;
    return text_slice(text, 0, end);
}
