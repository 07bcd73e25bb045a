/* Response heads: the verdict is the same wherever the bytes are cut, and an accepted head written out again
 * from what was read of it is accepted and says the same. A first byte H before it: the request was a HEAD.
 */
#include <assert.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
static enum http_parse parse_copy(struct arena *arena, struct text bytes, bool to_head_request,
                                  struct http_response_head *head, size_t *out_length);
static void check_cuts(struct text bytes, bool to_head_request, enum http_parse whole, size_t head_length);
static void
check_written_again(struct arena *arena, const struct http_response_head *head, bool to_head_request);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return 0;
    scoped_arena struct arena *arena = arena_new(0);
    bool to_head_request = length > 1 && bytes[0] == 'H' && bytes[1] == 'H';
    struct text text = {(const char *)bytes + to_head_request, length - to_head_request};
    struct http_response_head head;
    size_t head_length = 0;

    enum http_parse parsed = parse_copy(arena, text, to_head_request, &head, &head_length);
    check_cuts(text, to_head_request, parsed, head_length);
    if (parsed == HTTP_PARSE_DONE)
        check_written_again(arena, &head, to_head_request);
    return 0;
}

static enum http_parse
parse_copy(struct arena *arena, struct text bytes, bool to_head_request, struct http_response_head *head,
           size_t *out_length)
{
    struct http_refusal refusal = {0};
    enum http_parse parsed =
        http_response_parse(text_copy(arena, bytes), to_head_request, head, out_length, &refusal);
    assert(refusal.status == (parsed == HTTP_PARSE_WRONG ? 502 : 0));
    assert((parsed == HTTP_PARSE_WRONG) == (refusal.reason != NULL));
    return parsed;
}

static void
check_cuts(struct text bytes, bool to_head_request, enum http_parse whole, size_t head_length)
{
    scoped_arena struct arena *copies = arena_new(bytes.length + 64);
    struct http_response_head head;
    size_t step = bytes.length / 100 + 1;

    for (size_t cut = 0; cut < bytes.length; cut += step) {
        size_t cut_length = 0;
        enum http_parse parsed =
            parse_copy(copies, text_slice(bytes, 0, cut), to_head_request, &head, &cut_length);
        arena_reset(copies);
        if (whole == HTTP_PARSE_DONE)
            assert(parsed == (cut < head_length ? HTTP_PARSE_MORE : HTTP_PARSE_DONE));
        else
            assert(parsed == whole || parsed == HTTP_PARSE_MORE);
    }
}

static void
check_written_again(struct arena *arena, const struct http_response_head *head, bool to_head_request)
{
    struct buffer out;
    buffer_init(&out, arena, 0);
    buffer_print(&out, "HTTP/1.1 %d %s\r\n", head->status, http_status_reason(head->status));
    for (size_t i = 0; i < head->headers.count; i++) {
        buffer_add_text(&out, head->headers.items[i].name);
        buffer_add_string(&out, ":");
        buffer_add_text(&out, head->headers.items[i].value);
        buffer_add_string(&out, "\r\n");
        assert(http_header_value_is_safe(head->headers.items[i].value));
    }
    buffer_add_string(&out, "\r\n");

    struct http_response_head *again = arena_alloc(arena, sizeof(*again));
    size_t length = 0;
    enum http_parse parsed = parse_copy(arena, buffer_text(&out), to_head_request, again, &length);
    assert(parsed == HTTP_PARSE_DONE && length == out.length);
    assert(again->status == head->status && again->headers.count == head->headers.count);
    assert(again->body_kind == head->body_kind && again->content_length == head->content_length);
    assert(!to_head_request || head->body_kind == HTTP_BODY_NONE);
    assert(head->body_kind != HTTP_BODY_UNTIL_CLOSE || !head->keep_alive);
}
