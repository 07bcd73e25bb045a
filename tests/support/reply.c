/* Reads replies with the codec under test's own parser: its units have proven it. */
#include "tests/support/reply.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/http1.h"

static struct text
parse(struct text reply, struct http_response_head *out_head)
{
    struct http_refusal refusal;
    size_t length;
    enum http_parse parsed = http_response_parse(reply, false, out_head, &length, &refusal);
    assert(parsed == HTTP_PARSE_DONE);
    return text_slice(reply, length, reply.length);
}

int
reply_status(struct text reply)
{
    struct http_response_head head;
    parse(reply, &head);
    return head.status;
}

struct text
reply_header(struct arena *arena, struct text reply, const char *name)
{
    struct http_response_head head;
    parse(reply, &head);
    return text_copy(arena, http_headers_find(&head.headers, text_of(name)));
}

static bool
read_body(struct text reply, struct buffer *out)
{
    struct http_response_head head;
    struct text rest = parse(reply, &head);
    struct http_body body;
    http_body_init(&body, head.body_kind, head.content_length);
    enum http_parse parsed = HTTP_PARSE_MORE;
    for (bool moves = true; parsed == HTTP_PARSE_MORE && moves;) {
        struct text content;
        struct http_refusal refusal;
        size_t used;
        parsed = http_body_next(&body, rest, &used, &content, &refusal);
        buffer_add_text(out, content);
        rest = text_slice(rest, used, rest.length);
        moves = used > 0;
    }
    return parsed == HTTP_PARSE_DONE || head.body_kind == HTTP_BODY_NONE;
}

struct text
reply_body(struct arena *arena, struct text reply)
{
    struct buffer out;
    buffer_init(&out, arena, 1024);
    read_body(reply, &out);
    return buffer_text(&out);
}

bool
reply_is_whole(struct text reply)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct buffer out;
    buffer_init(&out, arena, 1024);
    return read_body(reply, &out);
}

bool
reply_has(struct text reply, const char *words)
{
    return text_find(reply, text_of(words)) >= 0;
}
