/* A provider's reply from any bytes, cut anywhere: the account does not depend on the cuts, and a stream
 * loses no byte that the client shall have.
 *
 * The first two bytes say how the rest is cut. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "api/types/usage_record.h"
#include "gateway/dialects/openai_stream.h"
#include "gateway/dialects/openai_tools.h"
#include "gateway/dialects/openai_usage.h"
#include "lib/base/arena.h"
#include "lib/net/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct result {
    struct openai_stream stream;
    struct buffer out, held;
    struct call_usage usage;
    bool has_usage;
    struct openai_tools *tools;
};

static struct result
run(struct arena *arena, struct text bytes, size_t piece, bool strips)
{
    struct result result = {0};
    struct openai_usage_finder finder;
    openai_stream_init(&result.stream, arena, strips);
    result.stream.tools = result.tools = arena_alloc(arena, sizeof(*result.tools));
    openai_tools_init(result.tools, arena);
    openai_usage_finder_init(&finder, arena);
    buffer_init(&result.out, arena, 0);
    buffer_init(&result.held, arena, 0);
    for (size_t at = 0; at < bytes.length; at += piece) {
        struct text part = text_slice(bytes, at, at + piece);
        openai_stream_feed(&result.stream, part, &result.out, &result.held);
        openai_usage_finder_feed(&finder, part);
    }
    openai_stream_end(&result.stream, &result.held);
    result.has_usage = openai_usage_finder_read(&finder, &result.usage);
    return result;
}

static void
expect_same(const struct result *a, const struct result *b)
{
    assert(a->has_usage == b->has_usage);
    assert(!a->has_usage || usage_vector_tokens(&a->usage.vector) == usage_vector_tokens(&b->usage.vector));
    assert(usage_vector_tokens(&a->stream.usage.vector) == usage_vector_tokens(&b->stream.usage.vector));
    assert(a->stream.content_events == b->stream.content_events);
    assert(a->stream.is_done == b->stream.is_done);
    assert(text_equals(text_join(a->tools->arena, &a->tools->names, TEXT("\n")),
                       text_join(b->tools->arena, &b->tools->names, TEXT("\n"))));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length < 2)
        return 0;
    struct arena *arena = arena_new(0);
    struct text rest = {(const char *)bytes + 2, length - 2};
    size_t piece = bytes[0] % 32 + 1;
    bool strips = bytes[1] & 1;

    struct result whole = run(arena, rest, rest.length + 1, strips);
    struct result cut = run(arena, rest, piece, strips);
    expect_same(&whole, &cut);

    struct result kept = run(arena, rest, piece, false);
    openai_tools_take_answer(kept.tools, rest);
    assert(kept.tools->names.count <= USAGE_MAX_TOOLS);
    struct call_usage from_end;
    openai_usage_find(arena, rest, &from_end);

    struct buffer joined;
    buffer_init(&joined, arena, rest.length);
    buffer_add_text(&joined, buffer_text(&kept.out));
    buffer_add_text(&joined, buffer_text(&kept.held));
    assert(text_starts_with(rest, buffer_text(&kept.out)));
    assert(joined.length <= rest.length);
    arena_free(arena);
    return 0;
}
