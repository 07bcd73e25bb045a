/* Text as (pointer, length): comparing, searching, cutting, and copies in an arena.
 *
 * Knows bytes and ASCII; the only thing it says about other characters is whether they are valid UTF-8. */
#include "lib/base/text.h"

#include <assert.h>
#include <stdarg.h>

#include "lib/base/arena.h"
#include "lib/base/utf8.h"

static bool is_blank(char byte);
static char lower(char byte);

struct text
text_of(const char *string)
{
    return (struct text){string, string ? strlen(string) : 0};
}

struct text
text_slice(struct text text, size_t from, size_t to)
{
    if (!text.bytes)
        return text;
    size_t end = to < text.length ? to : text.length;
    size_t start = from < end ? from : end;
    return (struct text){text.bytes + start, end - start};
}

bool
text_is_empty(struct text text)
{
    return text.length == 0;
}

bool
text_equals(struct text a, struct text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

bool
text_equals_ignore_case(struct text a, struct text b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++)
        if (a.bytes[i] != b.bytes[i] && lower(a.bytes[i]) != lower(b.bytes[i]))
            return false;
    return true;
}

int
text_compare(struct text a, struct text b)
{
    size_t shared = a.length < b.length ? a.length : b.length;
    int order = shared > 0 ? memcmp(a.bytes, b.bytes, shared) : 0;
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

bool
text_starts_with(struct text text, struct text prefix)
{
    return text.length >= prefix.length && text_equals(text_slice(text, 0, prefix.length), prefix);
}

bool
text_ends_with(struct text text, struct text suffix)
{
    return text.length >= suffix.length &&
           text_equals(text_slice(text, text.length - suffix.length, text.length), suffix);
}

ptrdiff_t
text_find(struct text text, struct text wanted)
{
    if (wanted.length == 0)
        return 0;
    if (wanted.length > text.length)
        return -1;
    const char *found = memmem(text.bytes, text.length, wanted.bytes, wanted.length);
    return found ? found - text.bytes : -1;
}

ptrdiff_t
text_find_byte(struct text text, char wanted)
{
    const char *found = text.length > 0 ? memchr(text.bytes, wanted, text.length) : NULL;
    return found ? found - text.bytes : -1;
}

struct text
text_trim(struct text text)
{
    size_t from = 0;
    size_t to = text.length;
    while (from < to && is_blank(text.bytes[from]))
        from++;
    while (to > from && is_blank(text.bytes[to - 1]))
        to--;
    return text_slice(text, from, to);
}

struct text
text_cut(struct text *rest, char separator)
{
    struct text whole = *rest;
    ptrdiff_t at = text_find_byte(whole, separator);
    if (at < 0) {
        *rest = (struct text){0};
        return whole;
    }
    *rest = text_slice(whole, (size_t)at + 1, whole.length);
    return text_slice(whole, 0, (size_t)at);
}

bool
text_is_utf8(struct text text)
{
    for (size_t at = 0; at < text.length;) {
        size_t length = utf8_character_length(text.bytes + at, text.length - at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

struct text
text_copy(struct arena *arena, struct text text)
{
    if (text.length == 0)
        return (struct text){text.bytes ? "" : NULL, 0};
    return (struct text){arena_copy(arena, text.bytes, text.length), text.length};
}

char *
text_c_string(struct arena *arena, struct text text)
{
    char *string = arena_alloc_raw(arena, text.length + 1);
    if (text.length > 0)
        memcpy(string, text.bytes, text.length);
    string[text.length] = '\0';
    return string;
}

struct text
text_format(struct arena *arena, const char *format, ...)
{
    char first_try[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(first_try, sizeof(first_try), format, arguments);
    va_end(arguments);
    assert(length >= 0); /* only a broken format string fails */

    char *bytes = arena_alloc_raw(arena, (size_t)length + 1);
    if ((size_t)length < sizeof(first_try)) {
        memcpy(bytes, first_try, (size_t)length + 1);
    } else {
        va_start(arguments, format);
        (void)vsnprintf(bytes, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    return (struct text){bytes, (size_t)length};
}

struct text
text_join(struct arena *arena, const struct text_list *list, struct text separator)
{
    size_t length = 0;
    for (size_t i = 0; i < list->count; i++)
        length += list->items[i].length + (i > 0 ? separator.length : 0);

    char *bytes = arena_alloc_raw(arena, length);
    char *at = bytes;
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0 && separator.length > 0)
            at = mempcpy(at, separator.bytes, separator.length);
        if (list->items[i].length > 0)
            at = mempcpy(at, list->items[i].bytes, list->items[i].length);
    }
    return (struct text){bytes, length};
}

static bool
is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static char
lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}
