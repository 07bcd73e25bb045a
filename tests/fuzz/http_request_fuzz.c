/* Request heads: the verdict is the same wherever the bytes are cut, and an accepted head written out again
 * from what was read of it is accepted and says the same. */
#include <assert.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
static enum http_parse
parse_copy(struct arena *arena, struct text bytes, struct http_request_head *head, size_t *out_length);
static void check_cuts(struct arena *arena, struct text bytes, enum http_parse whole, size_t head_length);
static void check_head(const struct http_request_head *head);
static void check_written_again(struct arena *arena, const struct http_request_head *head);
static void check_equal(const struct http_request_head *a, const struct http_request_head *b);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct text text = {(const char *)bytes, length};
    struct http_request_head head;
    size_t head_length = 0;

    enum http_parse parsed = parse_copy(arena, text, &head, &head_length);
    check_cuts(arena, text, parsed, head_length);
    if (parsed == HTTP_PARSE_DONE) {
        check_head(&head);
        check_written_again(arena, &head);
    }
    return 0;
}

/* From a copy of exactly this length, so that the sanitizer sees a byte read beyond it. */
static enum http_parse
parse_copy(struct arena *arena, struct text bytes, struct http_request_head *head, size_t *out_length)
{
    struct http_refusal refusal = {0};
    enum http_parse parsed = http_request_parse(text_copy(arena, bytes), head, out_length, &refusal);
    assert((parsed == HTTP_PARSE_WRONG) == (refusal.status >= 400 && refusal.status <= 505));
    assert((parsed == HTTP_PARSE_WRONG) == (refusal.reason != NULL));
    return parsed;
}

static void
check_cuts(struct arena *arena, struct text bytes, enum http_parse whole, size_t head_length)
{
    scoped_arena struct arena *copies = arena_new(arena_size_bytes(arena));
    struct http_request_head *head = arena_alloc(arena, sizeof(*head));
    size_t step = bytes.length / 100 + 1;

    for (size_t cut = 0; cut < bytes.length; cut += step) {
        size_t cut_length = 0;
        enum http_parse parsed = parse_copy(copies, text_slice(bytes, 0, cut), head, &cut_length);
        arena_reset(copies);
        if (whole == HTTP_PARSE_DONE)
            assert(parsed == (cut < head_length ? HTTP_PARSE_MORE : HTTP_PARSE_DONE));
        else
            assert(parsed == whole || parsed == HTTP_PARSE_MORE);
        assert(parsed != HTTP_PARSE_DONE || cut_length == head_length);
    }
}

/* What everybody behind the parser relies on. */
static void
check_head(const struct http_request_head *head)
{
    assert(head->body_kind != HTTP_BODY_UNTIL_CLOSE);
    assert(head->headers.count <= HTTP_MAX_HEADERS);
    for (size_t i = 0; i < head->headers.count; i++) {
        assert(head->headers.items[i].name.length > 0);
        assert(http_header_value_is_safe(head->headers.items[i].value));
    }

    size_t lengths = http_headers_count_of(&head->headers, TEXT("content-length"));
    size_t encodings = http_headers_count_of(&head->headers, TEXT("transfer-encoding"));
    assert(lengths + encodings <= 1);
    assert((head->body_kind == HTTP_BODY_CHUNKED) == (encodings == 1));
    assert(head->body_kind != HTTP_BODY_LENGTH || lengths == 1);
    assert(http_headers_count_of(&head->headers, TEXT("host")) <= 1);
    assert(head->is_http10 || http_headers_count_of(&head->headers, TEXT("host")) == 1);
    assert(head->path.length + head->query.length <= head->target.length);
}

static void
check_written_again(struct arena *arena, const struct http_request_head *head)
{
    struct buffer out;
    buffer_init(&out, arena, 0);
    buffer_print(&out, "%.*s %.*s HTTP/1.%c\r\n", TEXT_ARG(head->method), TEXT_ARG(head->target),
                 head->is_http10 ? '0' : '1');
    for (size_t i = 0; i < head->headers.count; i++) {
        buffer_add_text(&out, head->headers.items[i].name);
        buffer_add_string(&out, ":");
        buffer_add_text(&out, head->headers.items[i].value);
        buffer_add_string(&out, "\r\n");
    }
    buffer_add_string(&out, "\r\n");

    struct http_request_head *again = arena_alloc(arena, sizeof(*again));
    size_t length = 0;
    enum http_parse parsed = parse_copy(arena, buffer_text(&out), again, &length);
    assert(parsed == HTTP_PARSE_DONE && length == out.length);
    check_equal(head, again);
}

static void
check_equal(const struct http_request_head *a, const struct http_request_head *b)
{
    assert(text_equals(a->method, b->method) && text_equals(a->target, b->target));
    assert(text_equals(a->path, b->path) && text_equals(a->query, b->query) &&
           text_equals(a->upgrade, b->upgrade));
    assert(a->body_kind == b->body_kind && a->content_length == b->content_length);
    assert(a->keep_alive == b->keep_alive && a->expects_continue == b->expects_continue);
    assert(a->is_http10 == b->is_http10 && a->headers.count == b->headers.count);
    for (size_t i = 0; i < a->headers.count; i++) {
        assert(text_equals(a->headers.items[i].name, b->headers.items[i].name));
        assert(text_equals(a->headers.items[i].value, b->headers.items[i].value));
    }
}
