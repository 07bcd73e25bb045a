/* See the header. */
#include "gateway/providers/echo_tokens.h"

#include <stdbool.h>

#include "lib/base/utf8.h"

static bool is_blank(char byte);
static bool is_word(char byte);

struct text
echo_tokens_next(struct text *rest)
{
    size_t end = 0;
    while (end < rest->length && end < ECHO_TOKEN_MAX_BLANKS && is_blank(rest->bytes[end]))
        end++;

    size_t start = end;
    while (end < rest->length && end - start < ECHO_TOKEN_MAX_RUN && is_word(rest->bytes[end]))
        end++;
    if (end == start && end < rest->length && !is_blank(rest->bytes[end])) {
        size_t length = utf8_character_length(rest->bytes + end, rest->length - end);
        end += length > 0 ? length : 1;
    }
    struct text token = text_slice(*rest, 0, end);
    *rest = text_slice(*rest, end, rest->length);
    return token;
}

int64_t
echo_tokens_count(struct text text)
{
    int64_t count = 0;
    while (text.length > 0) {
        (void)echo_tokens_next(&text);
        count++;
    }
    return count;
}

struct text
echo_tokens_cut(struct text text, int64_t most, int64_t *out_count)
{
    struct text rest = text;
    int64_t count = 0;
    while (rest.length > 0 && count < most) {
        (void)echo_tokens_next(&rest);
        count++;
    }
    *out_count = count;
    return text_slice(text, 0, text.length - rest.length);
}

static bool
is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool
is_word(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}
