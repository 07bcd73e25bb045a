/* One line on its way: sent, waited for, sent again. */
#include <assert.h>

#include "api/cli/batch/batch_retry.h"
#include "api/cli/batch/batch_run_private.h"
#include "lib/base/arena.h"
#include "lib/base/id.h"
#include "lib/base/utf8.h"
#include "lib/net/loop.h"

#define CONNECT_MS 10000
#define FIRST_BYTE_MS 900000 /* an answer that is not streamed says nothing until it is whole */
#define GAP_MS 60000

static void on_time(void *owner);
static void on_head(void *owner, const struct http_response_head *head);
static void on_body(void *owner, struct text content);
static void on_end(void *owner, enum upstream_end end, const struct error *why);
static void settle(void *owner);
static void attempt(struct batch_call *call);
static void give_back(struct batch_call *call);
static struct text request_bytes(struct batch_call *call);

void
batch_call_start(struct batch_call *call)
{
    struct batch_run *run = call->run;
    if (!call->timer) {
        call->timer = loop_timer_new(run->loop, run->arena, on_time, call);
        call->settle_task = loop_task_new(run->loop, run->arena, settle, call);
    }
    call->attempt = 0;
    call->body = batch_line_body(call->arena, &call->line, run->options.model);
    int64_t wait_ms = run->gate_until_ms - loop_now_ms(run->loop);
    loop_timer_start(call->timer, wait_ms > 0 ? wait_ms : 0);
}

void
batch_call_drop(struct batch_call *call)
{
    if (call->timer) {
        loop_timer_stop(call->timer);
        loop_task_cancel(call->settle_task);
    }
    if (call->exchange)
        upstream_call_cancel(call->exchange);
    call->exchange = NULL;
}

static void
on_time(void *owner)
{
    attempt(owner);
}

static void
attempt(struct batch_call *call)
{
    struct batch_run *run = call->run;
    bool is_doubted = call->status == 401;
    arena_free(call->attempt_arena);
    call->attempt_arena = arena_new(16384);
    buffer_init(&call->answer, call->attempt_arena, 4096);
    call->attempt++;
    call->status = 0;
    call->is_too_large = call->was_never_sent = false;
    call->request_id = call->retry_after = call->retry_after_ms = call->should_retry = (struct text){0};
    batch_run_authorization(run, is_doubted);
    if (run->is_stopping) {
        give_back(call);
        return;
    }
    const struct upstream_request request = {
        .origin = run->origin,
        .bytes = request_bytes(call),
        .deadlines = {.connect_ms = CONNECT_MS, .first_byte_ms = FIRST_BYTE_MS, .gap_ms = GAP_MS},
    };
    const struct upstream_events events = {
        .on_head = on_head, .on_body = on_body, .on_end = on_end, .owner = call};
    call->exchange = upstream_call_start(call->attempt_arena, run->pool, &request, &events);
}

/* Its line is for the next start: what waits for an attempt is dropped by a run that stops. */
static void
give_back(struct batch_call *call)
{
    loop_timer_start(call->timer, 0);
    batch_run_stop(call->run, call->run->end);
}

static struct text
request_bytes(struct batch_call *call)
{
    struct batch_run *run = call->run;
    struct buffer bytes;
    buffer_init(&bytes, call->attempt_arena, call->body.length + 1024);
    buffer_print(&bytes, "POST %.*s HTTP/1.1\r\nHost: %.*s\r\n", TEXT_ARG(run->target),
                 TEXT_ARG(upstream_origin_host_header(run->origin)));
    if (run->token.length > 0)
        buffer_print(&bytes, "Authorization: Bearer %.*s\r\n", TEXT_ARG(run->token));
    buffer_print(&bytes,
                 "Content-Type: application/json\r\nAccept: application/json\r\n"
                 "User-Agent: weir-batch/" WEIR_VERSION "\r\nContent-Length: %zu\r\n\r\n",
                 call->body.length);
    buffer_add_text(&bytes, call->body);
    return buffer_text(&bytes);
}

static void
on_head(void *owner, const struct http_response_head *head)
{
    struct batch_call *call = owner;
    struct arena *arena = call->attempt_arena;
    call->status = head->status;
    call->request_id = text_copy(arena, http_headers_find(&head->headers, TEXT("x-request-id")));
    call->retry_after = text_copy(arena, http_headers_find(&head->headers, TEXT("retry-after")));
    call->retry_after_ms = text_copy(arena, http_headers_find(&head->headers, TEXT("retry-after-ms")));
    call->should_retry = text_copy(arena, http_headers_find(&head->headers, TEXT("x-should-retry")));
}

static void
on_body(void *owner, struct text content)
{
    struct batch_call *call = owner;
    call->is_too_large = call->is_too_large || call->answer.length + content.length > BATCH_MAX_ANSWER_BYTES;
    if (!call->is_too_large)
        buffer_add_text(&call->answer, content);
}

static void
on_end(void *owner, enum upstream_end end, const struct error *why)
{
    struct batch_call *call = owner;
    call->exchange = NULL;
    if (end != UPSTREAM_COMPLETE) {
        call->status = 0; /* half an answer is none */
        call->was_never_sent = end == UPSTREAM_CONNECT_FAILED;
        call->why = text_copy(call->attempt_arena, text_of(why ? why->message : "the connection was cut"));
    }
    loop_task_post(call->settle_task);
}

static void
settle(void *owner)
{
    struct batch_call *call = owner;
    struct batch_run *run = call->run;
    const struct batch_outcome outcome = {.status = call->status,
                                          .was_never_sent = call->was_never_sent,
                                          .retry_after = call->retry_after,
                                          .retry_after_ms = call->retry_after_ms,
                                          .should_retry = call->should_retry};
    struct batch_verdict verdict = batch_retry_decide(&outcome, call->attempt, id_random_u64());
    switch (verdict.step) {
    case BATCH_STEP_ANSWERED:
        batch_run_finish(call, call->is_too_large ? "answer_too_large" : NULL,
                         TEXT("the answer has more than 15 MiB"));
        break;
    case BATCH_STEP_GIVE_UP:
        batch_run_finish(call, "no_answer", call->why);
        break;
    case BATCH_STEP_STOP: {
        struct error err = {0};
        error_set(&err, ERROR_DENIED, "the gateway does not know who calls (401): %.*s",
                  TEXT_ARG(utf8_at_most(buffer_text(&call->answer), 300)));
        batch_run_break(run, &err);
        give_back(call);
        break;
    }
    case BATCH_STEP_RETRY: {
        int64_t until = loop_now_ms(run->loop) + verdict.delay_ms;
        if (verdict.is_for_all && until > run->gate_until_ms)
            run->gate_until_ms = until;
        loop_timer_start(call->timer, verdict.delay_ms);
        if (run->is_stopping)
            give_back(call);
        break;
    }
    }
}
