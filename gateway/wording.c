/* Pure printing, for refusals only: never on the way of a call that passes. */
#include "gateway/wording.h"

#include "lib/base/arena.h"

enum { LONGEST_NUMBER = 32, MINUTE_SECONDS = 60 };

struct text
wording_number(struct arena *arena, int64_t number)
{
    char *end = (char *)arena_alloc_raw(arena, LONGEST_NUMBER) + LONGEST_NUMBER;
    char *at = end;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    size_t digits = 0;
    do {
        if (digits > 0 && digits % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + left % 10);
        left /= 10;
        digits++;
    } while (left > 0);
    if (number < 0)
        *--at = '-';
    return (struct text){at, (size_t)(end - at)};
}

struct text
wording_wait(struct arena *arena, int64_t ms)
{
    int64_t seconds = ms <= 1000 ? 1 : (ms + 999) / 1000;
    if (seconds < 2 * MINUTE_SECONDS)
        return text_format(arena, "%lld s", (long long)seconds);
    return text_format(arena, "%lld min", (long long)((seconds + MINUTE_SECONDS - 1) / MINUTE_SECONDS));
}
