/* Sorting answers by their head, then feeding each kind to what watches it. */
#include "gateway/answer.h"

#include "gateway/decide/retry_after.h"
#include "gateway/decide/token_bound.h"
#include "lib/base/arena.h"
#include "lib/net/http1.h"
#include "lib/net/sse.h"

enum { OK_LOWEST = 200, OK_BEYOND = 300, FIRST_BODY_BYTES = 4096 };

struct passed_header {
    struct text theirs;
    struct text ours;
};

static const struct passed_header passed[] = {
    {TEXT("content-type"), TEXT("content-type")},
    {TEXT("openai-processing-ms"), TEXT("openai-processing-ms")},
    {TEXT("openai-version"), TEXT("openai-version")},
    {TEXT("x-request-id"), TEXT("x-upstream-request-id")},
};
_Static_assert(COUNT_OF(passed) <= ANSWER_MAX_HEADERS, "one place for each");

void
answer_init(struct answer *answer, struct arena *arena)
{
    *answer = (struct answer){.retry_after_ms = RETRY_AFTER_NONE};
    answer->body.arena = arena;
    answer->out.arena = arena;
    answer->held.arena = arena;
}

static bool
is_event_stream(const struct http_headers *headers)
{
    struct text type = http_headers_find(headers, TEXT("content-type"));
    return text_equals_ignore_case(text_trim(text_cut(&type, ';')), TEXT("text/event-stream"));
}

static void
copy_headers(struct answer *answer, struct arena *arena, const struct http_headers *headers)
{
    for (size_t i = 0; i < COUNT_OF(passed); i++) {
        struct text value = http_headers_find(headers, passed[i].theirs);
        if (!text_is_empty(value))
            answer->headers[answer->header_count++] =
                (struct http_header){passed[i].ours, text_copy(arena, value)};
    }
}

static void
choose_kind(struct answer *answer, struct arena *arena, const struct http_response_head *head,
            bool strips_usage)
{
    if (head->status < OK_LOWEST || head->status >= OK_BEYOND) {
        answer->kind = ANSWER_ERROR;
    } else if (is_event_stream(&head->headers)) {
        answer->kind = ANSWER_STREAM;
        openai_stream_init(&answer->stream, arena, strips_usage);
    } else {
        answer->kind = ANSWER_WHOLE;
        openai_usage_finder_init(&answer->finder, arena);
        bool is_known =
            head->body_kind == HTTP_BODY_LENGTH && head->content_length <= ANSWER_MAX_COLLECTED_BYTES;
        buffer_init(&answer->body, arena, is_known ? (size_t)head->content_length : FIRST_BODY_BYTES);
    }
}

void
answer_begin(struct answer *answer, struct arena *arena, const struct http_response_head *head,
             const struct answer_hopes *hopes)
{
    struct text coding = http_headers_find(&head->headers, TEXT("content-encoding"));
    answer->status = head->status;
    answer->is_until_close = head->body_kind == HTTP_BODY_UNTIL_CLOSE;
    answer->is_coded = !text_is_empty(coding) && !text_equals_ignore_case(coding, TEXT("identity"));
    copy_headers(answer, arena, &head->headers);
    choose_kind(answer, arena, head, hopes->strips_usage);
    openai_tools_init(&answer->tools, hopes->tools_arena);
    if (answer->kind == ANSWER_STREAM && hopes->tools_arena)
        answer->stream.tools = &answer->tools;
    if (answer->kind == ANSWER_ERROR)
        answer->retry_after_ms =
            retry_after_parse(http_headers_find(&head->headers, TEXT("retry-after")),
                              http_headers_find(&head->headers, TEXT("retry-after-ms")), hopes->unix_ms);
}

static void
feed_whole(struct answer *answer, struct text content)
{
    if (answer->kind == ANSWER_LARGE) {
        openai_usage_finder_feed(&answer->finder, content);
        buffer_add_text(&answer->out, content);
        return;
    }
    buffer_add_text(&answer->body, content);
    if (answer->body.length <= ANSWER_MAX_COLLECTED_BYTES)
        return;
    answer->kind = ANSWER_LARGE;
    openai_usage_finder_feed(&answer->finder, buffer_text(&answer->body));
    answer->out = answer->body;
    answer->body = (struct buffer){.arena = answer->out.arena};
}

void
answer_feed(struct answer *answer, struct text content)
{
    answer->content_bytes += (int64_t)content.length;
    if (answer->kind == ANSWER_STREAM) {
        openai_stream_feed(&answer->stream, content, &answer->out, &answer->held);
    } else if (answer->kind == ANSWER_ERROR) {
        answer->is_cut_error =
            answer->is_cut_error || answer->body.length + content.length > ANSWER_MAX_ERROR_BYTES;
        if (!answer->is_cut_error)
            buffer_add_text(&answer->body, content);
    } else {
        feed_whole(answer, content);
    }
}

struct text
answer_out(const struct answer *answer)
{
    return buffer_text(&answer->out);
}

void
answer_taken(struct answer *answer)
{
    answer->out.length = 0;
}

/* Nobody said how long it would be: a JSON text that ends where its outermost object ends. */
static bool
closes_what_it_opened(struct answer *answer)
{
    if (answer->kind == ANSWER_WHOLE)
        openai_usage_finder_feed(&answer->finder, buffer_text(&answer->body));
    return answer->content_bytes > 0 && answer->finder.depth == 0;
}

bool
answer_is_whole(struct answer *answer)
{
    if (answer->is_coded)
        return false;
    /* Without its last event nobody can tell a finished stream from one whose sender died politely. */
    if (answer->kind == ANSWER_STREAM)
        return answer->stream.is_done && !sse_reader_failed(answer->stream.reader);
    if (answer->kind != ANSWER_ERROR && answer->is_until_close)
        return closes_what_it_opened(answer);
    return answer->kind != ANSWER_NONE;
}

struct call_usage
answer_usage(const struct answer *answer)
{
    struct call_usage usage = {.source = USAGE_NONE};
    if (answer->kind == ANSWER_STREAM)
        return answer->stream.usage;
    bool is_found = answer->kind == ANSWER_WHOLE
                        ? openai_usage_find(answer->body.arena, buffer_text(&answer->body), &usage)
                        : answer->kind == ANSWER_LARGE && openai_usage_finder_read(&answer->finder, &usage);
    return is_found ? usage : (struct call_usage){.source = USAGE_NONE};
}

struct text_list
answer_tools(struct answer *answer)
{
    if (answer->tools.arena && answer->kind == ANSWER_WHOLE)
        openai_tools_take_answer(&answer->tools, buffer_text(&answer->body));
    return answer->tools.names;
}

int64_t
answer_count_tokens(const struct answer *answer)
{
    if (answer->kind == ANSWER_STREAM)
        return answer->stream.content_events;
    return token_bound_estimate((size_t)answer->content_bytes, 0);
}
