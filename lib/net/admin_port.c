/* Readiness is not health: whoever answers is alive, but may not be ready. */
#include "lib/net/admin_port.h"

#include "lib/base/buffer.h"
#include "lib/net/http_server.h"

enum {
    MAX_BODY_BYTES = 1024,
    MAX_CONNECTIONS = 256,
    TIMEOUT_MS = 10000,
    IDLE_MS = 120000,
    METRICS_BYTES = 32768
};

static void
reply(struct http_call *call, int status, const char *type, struct text body)
{
    const struct http_header headers[] = {{TEXT("content-type"), text_of(type)},
                                          {TEXT("cache-control"), TEXT("no-store")}};
    const struct http_reply_head head = {status, headers, COUNT_OF(headers)};
    http_call_reply(call, &head, body);
}

static void
reply_ready(const struct admin_answers *answers, struct http_call *call)
{
    struct text words = {0};
    bool is_ready = answers->is_ready(answers->owner, http_call_arena(call), &words);
    reply(call, is_ready ? 200 : 503, "text/plain", words);
}

static void
reply_metrics(const struct admin_answers *answers, struct http_call *call)
{
    struct buffer text;
    buffer_init(&text, http_call_arena(call), METRICS_BYTES);
    answers->print_metrics(answers->owner, http_call_arena(call), &text);
    reply(call, 200, "text/plain; version=0.0.4; charset=utf-8", buffer_text(&text));
}

static void
on_request(void *owner, struct http_call *call)
{
    const struct http_request_head *head = http_call_head(call);
    bool is_read = text_equals(head->method, TEXT("GET")) || text_equals(head->method, TEXT("HEAD"));
    if (!is_read)
        reply(call, 405, "text/plain", TEXT("GET only\n"));
    else if (text_equals(head->path, TEXT("/healthz")))
        reply(call, 200, "text/plain", TEXT("ok\n"));
    else if (text_equals(head->path, TEXT("/readyz")))
        reply_ready(owner, call);
    else if (text_equals(head->path, TEXT("/metrics")))
        reply_metrics(owner, call);
    else
        reply(call, 404, "text/plain", TEXT("Here are /healthz, /readyz and /metrics.\n"));
}

static void
on_client_gone(void *owner, struct http_call *call)
{
    (void)owner;
    http_call_abandon(call);
}

static void
on_nothing(void *owner, struct http_call *call)
{
    (void)owner;
    (void)call;
}

bool
admin_port_open(struct arena *arena, const struct admin_place *place, struct admin_answers *answers,
                struct http_server **out_server, struct error *err)
{
    const struct http_server_options options = {.loop = place->loop,
                                                .address = place->address,
                                                .port = place->port,
                                                .max_body_bytes = MAX_BODY_BYTES,
                                                .max_connections = MAX_CONNECTIONS,
                                                .head_timeout_ms = TIMEOUT_MS,
                                                .body_timeout_ms = TIMEOUT_MS,
                                                .idle_timeout_ms = IDLE_MS,
                                                .write_timeout_ms = TIMEOUT_MS};
    const struct http_server_events events = {.on_request = on_request,
                                              .on_writable = on_nothing,
                                              .on_client_gone = on_client_gone,
                                              .on_done = on_nothing,
                                              .owner = answers};
    return http_server_start(arena, &options, &events, out_server, err);
}
