/* JSON string escapes for whoever writes JSON: buffer.c into memory, log.c into its lines.
 *
 * Escapes only what must be: quotes, backslashes and control characters, each as RFC 8785 3.2.2.2 has it, so
 * that what is hashed can be made again by others' code. Everything else stays UTF-8. */
#include "lib/base/json_escape.h"

#include <stdbool.h>
#include <stdint.h>

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

/* Whether all eight bytes are ASCII that needs no escape: no high bit, nothing below 0x20, no quote, no
 * backslash. The subtractions borrow into a byte's high bit exactly when it is too small or, after the XOR,
 * zero; high bits that were there before are caught by the word itself. */
static bool
is_plain_word(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101U;
    uint64_t quotes = word ^ ones * '"';
    uint64_t slashes = word ^ ones * '\\';
    uint64_t found = word | (word - ones * 0x20) | (quotes - ones) | (slashes - ones);
    return (found & ones * 0x80) == 0;
}

static bool
are_plain(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return is_plain_word(word);
}

/* The same of sixteen bytes at once. As signed numbers those with a high bit are below 0x20 too. */
static bool
are_sixteen_plain(const char *bytes)
{
    typedef signed char sixteen __attribute__((vector_size(16)));
    sixteen of;
    memcpy(&of, bytes, sizeof(of));
    sixteen found = (of < 0x20) | (of == '"') | (of == '\\');
    uint64_t halves[2];
    memcpy(halves, &found, sizeof(halves));
    return (halves[0] | halves[1]) == 0;
}

/* What is shorter than a word, filled up with what is in it. */
static bool
is_short_plain(struct text text)
{
    uint64_t word = 0x6161616161616161U;
    if (text.length >= sizeof(uint32_t)) {
        memcpy(&word, text.bytes, sizeof(uint32_t));
        memcpy((char *)&word + sizeof(uint32_t), text.bytes + text.length - sizeof(uint32_t),
               sizeof(uint32_t));
    } else if (text.length > 0) {
        const char bytes[] = {text.bytes[0], text.bytes[text.length / 2], text.bytes[text.length - 1]};
        memcpy(&word, bytes, sizeof(bytes));
    }
    return is_plain_word(word);
}

/* The last ones overlap what was looked at already, so that no loop runs over single bytes. */
bool
json_escape_is_plain(struct text text)
{
    if (text.length < sizeof(uint64_t))
        return is_short_plain(text);
    if (text.length < 16) {
        char both[16];
        memcpy(both, text.bytes, sizeof(uint64_t));
        memcpy(both + sizeof(uint64_t), text.bytes + text.length - sizeof(uint64_t), sizeof(uint64_t));
        return are_sixteen_plain(both);
    }
    for (size_t at = 0; at + 16 < text.length; at += 16)
        if (!are_sixteen_plain(text.bytes + at))
            return false;
    return are_sixteen_plain(text.bytes + text.length - 16);
}

/* The length of the run that is written as it is. */
static size_t
plain_length(struct text text)
{
    size_t at = 0;
    while (text.length - at >= sizeof(uint64_t) && are_plain(text.bytes + at))
        at += sizeof(uint64_t);
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
    case '\b':
        return TEXT("\\b");
    case '\f':
        return TEXT("\\f");
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
