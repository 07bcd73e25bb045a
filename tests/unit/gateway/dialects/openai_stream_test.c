/* A stream cut at every byte: the same bytes for the client, the same usage for the account. */
#include <criterion/criterion.h>

#include "gateway/dialects/openai_stream.h"
#include "lib/base/arena.h"

#define CONTENT                                                                                              \
    "data: {\"choices\":[{\"delta\":{\"content\":\"the \\\"usage\\\" of it\"}}],\"usage\":null}\n\n"
#define USAGE                                                                                                \
    "data: {\"choices\": [ ],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"total_tokens\":13,"    \
    "\"prompt_tokens_details\":{\"cached_tokens\":3},\"completion_tokens_details\":{\"reasoning_tokens\":1}" \
    "}}\n\n"
#define FILTERS "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n"
#define COMMENT ": ping\n\n"
#define DONE "data: [DONE]\n\n"

struct seen {
    struct arena *arena;
    struct openai_stream stream;
    struct buffer out, held;
};

static struct seen
given_stream(bool strips_usage)
{
    struct seen seen = {.arena = arena_new(0)};
    openai_stream_init(&seen.stream, seen.arena, strips_usage);
    buffer_init(&seen.out, seen.arena, 0);
    buffer_init(&seen.held, seen.arena, 0);
    return seen;
}

static void
feed(struct seen *seen, struct text bytes)
{
    openai_stream_feed(&seen->stream, bytes, &seen->out, &seen->held);
}

Test(openai_stream, takes_out_the_usage_chunk_wherever_it_is_cut)
{
    static const struct text whole = TEXT(FILTERS CONTENT COMMENT CONTENT USAGE DONE);
    for (size_t cut = 0; cut <= whole.length; cut++) {
        struct seen seen = given_stream(true);

        feed(&seen, text_slice(whole, 0, cut));
        feed(&seen, text_slice(whole, cut, whole.length));
        openai_stream_end(&seen.stream, &seen.held);

        cr_assert(text_equals(buffer_text(&seen.out), TEXT(FILTERS CONTENT COMMENT CONTENT)), "cut at %zu",
                  cut);
        cr_assert(text_equals(buffer_text(&seen.held), TEXT(DONE)));
        cr_assert(seen.stream.is_done);
        cr_assert_eq(seen.stream.content_events, 2);
        cr_assert_eq(seen.stream.usage.source, USAGE_PROVIDER);
        cr_assert_eq(seen.stream.usage.vector.input_tokens, 6);
        cr_assert_eq(seen.stream.usage.vector.cache_read_tokens, 3);
        cr_assert_eq(seen.stream.usage.vector.output_tokens, 3);
        cr_assert_eq(seen.stream.usage.vector.reasoning_tokens, 1);
        arena_free(seen.arena);
    }
}

Test(openai_stream, leaves_the_usage_chunk_to_a_client_that_asked)
{
    struct seen seen = given_stream(false);

    feed(&seen, TEXT(CONTENT USAGE DONE));

    cr_assert(text_equals(buffer_text(&seen.out), TEXT(CONTENT USAGE)));
    cr_assert_eq(usage_vector_tokens(&seen.stream.usage.vector), 13);
    arena_free(seen.arena);
}

Test(openai_stream, passes_on_what_it_cannot_read)
{
    struct seen seen = given_stream(true);

    feed(&seen, TEXT("data: {broken\n\nevent: x\ndata: 1\n\n"));

    cr_assert(text_equals(buffer_text(&seen.out), TEXT("data: {broken\n\nevent: x\ndata: 1\n\n")));
    arena_free(seen.arena);
}

Test(openai_stream, notices_an_error_event)
{
    struct seen seen = given_stream(true);

    feed(&seen, TEXT("data: {\"error\":{\"message\":\"overloaded\"}}\n\n"));

    cr_assert(seen.stream.has_error);
    cr_assert_not(seen.stream.is_done);
    arena_free(seen.arena);
}
