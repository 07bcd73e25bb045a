/* Server-sent events, written (WHATWG HTML 9.2.6). */
#include <assert.h>

#include "lib/net/sse.h"

static struct text take_line(struct text *rest);

void
sse_write(struct buffer *out, struct text type, struct text data)
{
    assert(text_find_byte(type, '\n') < 0 &&
           text_find_byte(type, '\r') < 0); /* would begin a field of its own */

    buffer_reserve(out, type.length + data.length + 32);
    if (type.length > 0) {
        buffer_add_text(out, TEXT("event: "));
        buffer_add_text(out, type);
        buffer_add_byte(out, '\n');
    }
    struct text rest = data;
    do {
        buffer_add_text(out, TEXT("data: "));
        buffer_add_text(out, take_line(&rest));
        buffer_add_byte(out, '\n');
    } while (rest.bytes);
    buffer_add_byte(out, '\n');
}

/* What stands before the next CR, LF or CR LF; *rest becomes what stands after it, with bytes NULL at the
 * end. */
static struct text
take_line(struct text *rest)
{
    size_t end = 0;
    while (end < rest->length && rest->bytes[end] != '\n' && rest->bytes[end] != '\r')
        end++;

    struct text line = {rest->bytes, end};
    if (end == rest->length) {
        *rest = (struct text){0};
        return line;
    }
    bool is_crlf = rest->bytes[end] == '\r' && end + 1 < rest->length && rest->bytes[end + 1] == '\n';
    size_t next = end + (is_crlf ? 2 : 1);
    *rest = (struct text){rest->bytes + next, rest->length - next};
    return line;
}
