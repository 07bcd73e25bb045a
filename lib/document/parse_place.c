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

struct document_place
parse_place_move(struct parse_place *place, const char *to)
{
    assert(to >= place->at);
    for (; place->at < to; place->at++) {
        bool is_line_end = *place->at == '\n';
        bool is_start_of_character = ((unsigned char)*place->at & 0xc0) != 0x80;
        if (is_line_end) {
            place->place.line++;
            place->place.column = 1;
        } else if (is_start_of_character) {
            place->place.column++;
        }
    }
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
