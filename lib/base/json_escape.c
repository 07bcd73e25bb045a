/* JSON string escapes for whoever writes JSON: buffer.c into memory, log.c into its lines.
 *
 * Escapes only what must be: quotes, backslashes and control characters. Everything else stays UTF-8. */
#include "lib/base/json_escape.h"

#include "lib/base/utf8.h"

static size_t plain_length(struct text text);
static struct text escape_of(char byte, char scratch[JSON_ESCAPE_BYTES]);

struct text
json_escape_next(struct text *rest, char scratch[JSON_ESCAPE_BYTES])
{
    size_t plain = plain_length(*rest);
    size_t taken = plain > 0 ? plain : 1;
    struct text piece = text_slice(*rest, 0, taken);
    *rest = text_slice(*rest, taken, rest->length);
    return plain > 0 || piece.length == 0 ? piece : escape_of(piece.bytes[0], scratch);
}

/* The length of the run that is written as it is. */
static size_t
plain_length(struct text text)
{
    size_t at = 0;
    while (at < text.length) {
        unsigned char byte = (unsigned char)text.bytes[at];
        if (byte < 0x20 || byte == '"' || byte == '\\')
            break;
        size_t length = byte < 0x80 ? 1 : utf8_character_length(text.bytes + at, text.length - at);
        if (length == 0)
            break;
        at += length;
    }
    return at;
}

static struct text
escape_of(char byte, char scratch[JSON_ESCAPE_BYTES])
{
    switch (byte) {
    case '"':
        return TEXT("\\\"");
    case '\\':
        return TEXT("\\\\");
    case '\n':
        return TEXT("\\n");
    case '\r':
        return TEXT("\\r");
    case '\t':
        return TEXT("\\t");
    default:
        break;
    }
    if ((unsigned char)byte >= 0x20)
        return TEXT("\xEF\xBF\xBD"); /* U+FFFD */
    (void)snprintf(scratch, JSON_ESCAPE_BYTES, "\\u%04x", (unsigned)byte);
    return (struct text){scratch, 6};
}
