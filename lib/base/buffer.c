/* A growing byte buffer in an arena: doubles when full, in place when nothing was allocated after it. */
#include "lib/base/buffer.h"

#include <assert.h>
#include <stdarg.h>

#include "lib/base/arena.h"
#include "lib/base/json_escape.h"

enum { SMALLEST_BYTES = 64 };

static void grow(struct buffer *buffer, size_t more);

void
buffer_init(struct buffer *buffer, struct arena *arena, size_t capacity)
{
    *buffer = (struct buffer){.arena = arena, .capacity = capacity};
    if (capacity > 0)
        buffer->bytes = arena_alloc_raw(arena, capacity);
}

char *
buffer_reserve(struct buffer *buffer, size_t more)
{
    if (more > buffer->capacity - buffer->length || !buffer->bytes)
        grow(buffer, more);
    return buffer->bytes + buffer->length;
}

/* Apart, so that the usual way is a few instructions wherever it is used. Not "cold": then gcc would copy for
 * least size, byte after byte. */
__attribute__((noinline)) static void
grow(struct buffer *buffer, size_t more)
{
    assert(more <= SIZE_MAX / 4);
    size_t wanted = buffer->length + more;
    size_t larger = buffer->capacity * 2 > SMALLEST_BYTES ? buffer->capacity * 2 : SMALLEST_BYTES;
    if (larger < wanted)
        larger = wanted;
    if (!arena_extend(buffer->arena, buffer->bytes, buffer->capacity, larger)) {
        char *moved = arena_alloc_raw(buffer->arena, larger);
        if (buffer->bytes)
            memcpy(moved, buffer->bytes, buffer->length);
        buffer->bytes = moved;
    }
    buffer->capacity = larger;
}

void
buffer_grew(struct buffer *buffer, size_t by)
{
    assert(by <= buffer->capacity - buffer->length);
    buffer->length += by;
}

void
buffer_add(struct buffer *buffer, const void *bytes, size_t length)
{
    if (length == 0)
        return;
    memcpy(buffer_reserve(buffer, length), bytes, length);
    buffer->length += length;
}

void
buffer_add_text(struct buffer *buffer, struct text text)
{
    buffer_add(buffer, text.bytes, text.length);
}

void
buffer_add_string(struct buffer *buffer, const char *string)
{
    buffer_add_text(buffer, text_of(string));
}

void
buffer_add_byte(struct buffer *buffer, char byte)
{
    *buffer_reserve(buffer, 1) = byte;
    buffer->length++;
}

static size_t
count_digits(uint64_t value)
{
    size_t count = 1;
    for (; value >= 10000; value /= 10000)
        count += 4;
    return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

void
buffer_add_int(struct buffer *buffer, int64_t value)
{
    char *at = buffer_reserve(buffer, BUFFER_INT_BYTES);
    buffer->length += (size_t)(buffer_put_int(at, value) - at);
}

/* Four digits a wide division, and none of them is moved: records are full of numbers. */
char *
buffer_put_int(char *at, int64_t value)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
        "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (value < 0)
        *at++ = '-';
    char *end = at + count_digits(rest), *digit = end;
    for (; rest >= 10000; rest /= 10000) {
        uint32_t four = (uint32_t)(rest % 10000);
        digit -= 4;
        memcpy(digit, pairs + four / 100 * 2, 2);
        memcpy(digit + 2, pairs + four % 100 * 2, 2);
    }
    for (; rest >= 10; rest /= 100) {
        digit -= 2;
        memcpy(digit, pairs + rest % 100 * 2, 2);
    }
    if (digit > at)
        *--digit = (char)('0' + rest);
    return end;
}

void
buffer_print(struct buffer *buffer, const char *format, ...)
{
    char *place = buffer_reserve(buffer, SMALLEST_BYTES);
    size_t room = buffer->capacity - buffer->length;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(place, room, format, arguments);
    va_end(arguments);
    assert(length >= 0); /* only a broken format string fails */

    if ((size_t)length >= room) {
        place = buffer_reserve(buffer, (size_t)length + 1);
        va_start(arguments, format);
        (void)vsnprintf(place, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    buffer->length += (size_t)length;
}

void
buffer_add_json_string(struct buffer *buffer, struct text value)
{
    char *at = buffer_reserve(buffer, value.length + 2);
    if (json_escape_is_plain(value)) {
        at[0] = '"';
        if (value.length > 0)
            memcpy(at + 1, value.bytes, value.length);
        at[value.length + 1] = '"';
        buffer->length += value.length + 2;
        return;
    }
    char scratch[JSON_ESCAPE_BYTES];
    buffer_add_byte(buffer, '"');
    for (struct text rest = value; rest.length > 0;)
        buffer_add_text(buffer, json_escape_next(&rest, scratch));
    buffer_add_byte(buffer, '"');
}

struct text
buffer_text(const struct buffer *buffer)
{
    return (struct text){buffer->bytes, buffer->length};
}
