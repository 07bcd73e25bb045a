/* Chunked bodies: the verdict, the content and the length are the same whole, byte by byte and in pieces
 * whose sizes the input picks; and the content in chunks of our own is read back. */
#include <assert.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/http1.h"

struct body_verdict {
    enum http_parse parsed;
    size_t used;
    struct buffer content;
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
static struct body_verdict read_in_pieces(struct arena *arena, struct text bytes, size_t piece_bytes);
static void check_equal(const struct body_verdict *a, const struct body_verdict *b);
static void check_written_again(struct arena *arena, struct text content);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct text text = {(const char *)bytes, length};

    struct body_verdict whole = read_in_pieces(arena, text, length + 1);
    struct body_verdict by_byte = read_in_pieces(arena, text, 1);
    struct body_verdict by_piece = read_in_pieces(arena, text, length > 0 ? bytes[length - 1] % 32 + 2u : 2);
    check_equal(&whole, &by_byte);
    check_equal(&whole, &by_piece);
    if (whole.parsed == HTTP_PARSE_DONE)
        check_written_again(arena, buffer_text(&whole.content));
    return 0;
}

static struct body_verdict
read_in_pieces(struct arena *arena, struct text bytes, size_t piece_bytes)
{
    struct body_verdict verdict = {.parsed = HTTP_PARSE_MORE};
    struct http_body body;
    http_body_init(&body, HTTP_BODY_CHUNKED, 0);
    buffer_init(&verdict.content, arena, 64);

    while (verdict.parsed == HTTP_PARSE_MORE && verdict.used < bytes.length) {
        /* A copy of exactly this length, so that the sanitizer sees a byte read beyond it. */
        struct text piece = text_copy(arena, text_slice(bytes, verdict.used, verdict.used + piece_bytes));
        struct http_refusal refusal = {0};
        size_t used = 0;
        struct text run = {0};
        verdict.parsed = http_body_next(&body, piece, &used, &run, &refusal);
        if (verdict.parsed == HTTP_PARSE_WRONG) {
            assert(refusal.status == 400 && refusal.reason);
            break;
        }
        assert(used > 0 && used <= piece.length && run.length <= used);
        verdict.used += used;
        buffer_add_text(&verdict.content, run);
    }
    return verdict;
}

static void
check_equal(const struct body_verdict *a, const struct body_verdict *b)
{
    assert(a->parsed == b->parsed);
    if (a->parsed == HTTP_PARSE_WRONG)
        return;
    assert(a->used == b->used);
    assert(text_equals(buffer_text(&a->content), buffer_text(&b->content)));
}

static void
check_written_again(struct arena *arena, struct text content)
{
    struct buffer out;
    buffer_init(&out, arena, 64);
    while (content.length > 0) {
        struct text chunk = text_slice(content, 0, 7);
        content = text_slice(content, chunk.length, content.length);
        buffer_print(&out, "%zx\r\n", chunk.length);
        buffer_add_text(&out, chunk);
        buffer_add_string(&out, "\r\n");
    }
    buffer_add_string(&out, "0\r\n\r\n");

    struct body_verdict again = read_in_pieces(arena, buffer_text(&out), out.length);
    assert(again.parsed == HTTP_PARSE_DONE && again.used == out.length);
}
