/* Any server that speaks OpenAI's HTTP API: OpenAI, Azure's /openai/v1, vLLM, Ollama, llama.cpp.
 *
 * The upstream request is written anew: our head, with nothing of the client's but an allow-list, and the
 * client's body with the edits spliced in. Never judges the answer. */
#include <assert.h>

#include "gateway/dialects/openai_request.h"
#include "gateway/endpoints.h"
#include "gateway/providers/provider.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/http_headers.h"

struct openai_call {
    struct provider_call base; /* first: what the pipeline holds */
    struct upstream_call *upstream;
};

/* What of a client's head a provider may see: what changes the answer, nothing that tells who asks. */
static const struct text forwarded[] = {TEXT("openai-beta"), TEXT("idempotency-key")};

enum { MAX_FORWARDED_BYTES = 256, FIXED_HEAD_BYTES = 512 };

static void
add_field(struct buffer *out, const char *name, struct text value)
{
    buffer_add_string(out, name);
    buffer_add_text(out, TEXT(": "));
    buffer_add_text(out, value);
    buffer_add_text(out, TEXT("\r\n"));
}

static void
add_forwarded(const struct provider_request *request, struct buffer *out)
{
    for (size_t i = 0; i < COUNT_OF(forwarded); i++) {
        struct text value = http_headers_find(request->client_headers, forwarded[i]);
        if (!text_is_empty(value) && value.length <= MAX_FORWARDED_BYTES)
            add_field(out, forwarded[i].bytes, value);
    }
}

static void
write_head(const struct provider_request *request, size_t body_bytes, struct buffer *out)
{
    buffer_add_text(out, TEXT("POST "));
    buffer_add_text(out, upstream_url_path(request->provider->base_url));
    buffer_add_string(out, endpoint_of(request->asked->endpoint)->provider_path);
    buffer_add_text(out, TEXT(" HTTP/1.1\r\n"));
    add_field(out, "Host", upstream_origin_host_header(request->origin));
    if (!text_is_empty(request->credential)) {
        buffer_add_text(out, TEXT("Authorization: Bearer "));
        buffer_add_text(out, request->credential);
        buffer_add_text(out, TEXT("\r\n"));
    }
    buffer_add_text(out, request->asked->stream ? TEXT("Accept: text/event-stream, application/json\r\n")
                                                : TEXT("Accept: application/json\r\n"));
    buffer_add_text(out, TEXT("Content-Type: application/json\r\nUser-Agent: weir/" WEIR_VERSION "\r\n"));
    add_field(out, "traceparent", request->traceparent);
    add_forwarded(request, out);
    buffer_add_text(out, TEXT("Content-Length: "));
    buffer_add_int(out, (int64_t)body_bytes);
    buffer_add_text(out, TEXT("\r\n\r\n"));
}

static size_t
most_head_bytes(const struct provider_request *request)
{
    return FIXED_HEAD_BYTES + request->provider->base_url.length +
           upstream_origin_host_header(request->origin).length + request->credential.length +
           request->traceparent.length +
           COUNT_OF(forwarded) * (MAX_FORWARDED_BYTES + sizeof("idempotency-key: \r\n"));
}

/* One allocation: the body is spliced behind a gap, then the head, which says how long the body became, is
 * written so that it ends where the body begins. */
static struct text
write_message(struct arena *arena, const struct provider_request *request)
{
    const struct openai_edits edits = {.model = request->target->model,
                                       .max_output_tokens = request->max_output_tokens,
                                       .include_usage = request->include_usage};
    size_t gap = most_head_bytes(request);
    struct buffer head, message;
    buffer_init(&head, arena, gap);
    buffer_init(&message, arena, gap + request->asked->body.length + openai_request_growth(&edits));
    buffer_reserve(&message, gap);
    buffer_grew(&message, gap);
    openai_request_write(request->asked, &edits, &message);

    write_head(request, message.length - gap, &head);
    assert(head.length <= gap);
    memcpy(message.bytes + gap - head.length, head.bytes, head.length);
    return text_slice(buffer_text(&message), gap - head.length, message.length);
}

static struct provider_call *
start(struct arena *arena, const struct provider_site *site, const struct provider_request *request,
      const struct upstream_events *events)
{
    struct openai_call *call = arena_alloc(arena, sizeof(*call));
    call->base.provider = &provider_openai;
    const struct upstream_request upstream = {
        .origin = request->origin, .bytes = write_message(arena, request), .deadlines = request->deadlines};
    call->upstream = upstream_call_start(arena, site->pool, &upstream, events);
    return &call->base;
}

static void
cancel(struct provider_call *call)
{
    upstream_call_cancel(((struct openai_call *)call)->upstream);
}

static void
pause_reading(struct provider_call *call, bool paused)
{
    upstream_call_pause(((struct openai_call *)call)->upstream, paused);
}

const struct provider provider_openai = {
    .name = "openai", .start = start, .cancel = cancel, .pause = pause_reading};
