/* Line and column while a reader moves forward through text. */
#include "lib/document/parse_place.h"

#include <assert.h>
#include <stdarg.h>

#include "lib/base/error.h"

void
parse_place_start(struct parse_place *place, struct text text, struct text file)
{
    place->place = (struct document_place){.file = file, .line = 1, .column = 1};
    place->at = text.bytes;
}

/* Eight bytes at once: each one is ASCII, and none ends a line. */
static bool
is_plain_word(const char *at)
{
    const uint64_t each = 0x0101010101010101u;
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    uint64_t without = word ^ each * '\n';                    /* a line's end is 0 now */
    uint64_t zeros = (without - each) & ~without & each << 7; /* never misses one */
    return !(zeros | (word & each << 7));
}

struct document_place
parse_place_move(struct parse_place *place, const char *to)
{
    assert(to >= place->at);
    int line = place->place.line, column = place->place.column; /* kept in registers: every byte comes by */
    const char *at = place->at;
    for (; (size_t)(to - at) >= sizeof(uint64_t) && is_plain_word(at); at += sizeof(uint64_t))
        column += (int)sizeof(uint64_t);
    for (; at < to; at++) {
        bool is_start_of_character = ((unsigned char)*at & 0xc0) != 0x80;
        column += is_start_of_character;
        if (*at == '\n') {
            line++;
            column = 1;
        }
    }
    place->at = to;
    place->place.line = line;
    place->place.column = column;
    return place->place;
}

bool
parse_place_fail(const struct document_place *place, struct error *err, const char *format, ...)
{
    char message[sizeof(err->message)];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    return error_set(err, ERROR_INVALID, "%.*s%s%d:%d: %s", TEXT_ARG(place->file),
                     place->file.length ? ":" : "", place->line, place->column, message);
}
