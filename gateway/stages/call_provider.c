/* Asks a target, tries again or elsewhere as long as the client has seen nothing, and passes the answer on.
 *
 * The decisions are pure (decide/retry, decide/balance, decide/circuit_breaker); here are their order, the
 * clock and the back-pressure between the two sides. How a call ends is call_provider_finish.c. */
#include "gateway/stages/call_provider.h"

#include "gateway/call_budget.h"
#include "gateway/call_in_flight.h"
#include "gateway/live_config.h"
#include "gateway/route.h"
#include "gateway/stages/recall_answer.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/net/http_server.h"
#include "lib/net/loop.h"
#include "lib/net/sse.h"

/* A provider that said [DONE] and keeps the message open is not waited for longer. */
enum { WAIT_FOR_END_MS = 250, TRY_ARENA_BYTES = 4096 };

static void start_try(struct calling *calling);
static void start_next_try(void *owner);
static void take_next_try(struct calling *calling);
static void on_hold_answer(void *owner);
static void on_head(void *owner, const struct http_response_head *head);
static void on_body(void *owner, struct text content);
static void on_end(void *owner, enum upstream_end end, const struct error *why);

static struct calling *
calling_of(struct exchange *exchange)
{
    return exchange_own(exchange, &stage_call_provider, sizeof(struct calling));
}

static int64_t
now_ms_of(const struct exchange *exchange)
{
    return loop_now_ms(exchange->gateway->site.loop);
}

/* The next target, from the fallback when the targets have none left. */
static bool
take_target(struct exchange *exchange)
{
    int64_t now_ms = now_ms_of(exchange);
    const struct live_target *target = route_take(exchange->route, now_ms, id_random_u64());
    if (!target && !exchange->route->is_on_fallback) {
        route_fall_back(exchange->route);
        target = route_take(exchange->route, now_ms, id_random_u64());
    }
    if (target)
        exchange->target = target;
    return target != NULL;
}

static enum stage_result
ask(struct exchange *exchange)
{
    struct calling *calling = calling_of(exchange);
    calling->exchange = exchange;
    calling->deadline_ms = exchange->timing.now_ms + exchange->config->config.deadlines.total;
    calling->try_arena = exchange->arena;
    if (!take_target(exchange))
        return exchange_refuse(exchange, REFUSE_NO_TARGET,
                               REFUSAL_DETAIL(.message = TEXT("No target of this model can be asked now.")));
    const struct call_usage most = calling_bounded_usage(calling);
    if (!call_in_flight_note(exchange, &most)) {
        route_report(exchange->route, BREAKER_UNKNOWN, now_ms_of(exchange));
        return call_in_flight_refuse(exchange);
    }
    start_try(calling);
    return STAGE_WAIT;
}

static struct upstream_deadlines
deadlines_of(const struct calling *calling)
{
    const struct gateway_deadlines *deadlines = &calling->exchange->config->config.deadlines;
    int64_t left_ms = calling->deadline_ms - now_ms_of(calling->exchange);
    return (struct upstream_deadlines){.connect_ms = deadlines->connect,
                                       .first_byte_ms = deadlines->first_byte,
                                       .gap_ms = deadlines->gap,
                                       .total_ms = left_ms > 0 ? left_ms : 1};
}

static void
start_try(struct calling *calling)
{
    struct exchange *exchange = calling->exchange;
    const struct live_target *target = exchange->target;
    const struct trace_context upstream_trace = trace_context_from(TEXT(""));
    calling->request = (struct provider_request){
        .asked = &exchange->request,
        .provider = target->provider,
        .target = target->target,
        .credential = target->credential,
        .origin = target->origin,
        .max_output_tokens = exchange->max_output_tokens,
        .include_usage = exchange->request.stream,
        .traceparent = trace_context_print(calling->try_arena, &upstream_trace),
        .client_headers = &http_call_head(exchange->call)->headers,
        .deadlines = deadlines_of(calling),
    };
    answer_init(&calling->answer, calling->try_arena);
    calling->is_past_done = false;
    calling->has_failed = false;
    exchange->has_reached = true;
    exchange->timing.sent_us = clock_now_us();
    exchange->attempts++;
    calling->target_attempts++;
    const struct upstream_events events = {on_head, on_body, on_end, calling};
    calling->running =
        target->speaks->start(calling->try_arena, &exchange->gateway->site, &calling->request, &events);
}

static void
on_head(void *owner, const struct http_response_head *head)
{
    struct calling *calling = owner;
    const struct exchange *exchange = calling->exchange;
    const struct answer_hopes hopes = {.strips_usage =
                                           exchange->request.stream && !exchange->request.wants_usage,
                                       .tools_arena = exchange->request.offers_tools ? exchange->arena : NULL,
                                       .unix_ms = exchange->timing.unix_ms};
    answer_begin(&calling->answer, calling->try_arena, head, &hopes);
}

static void
pass_on(struct calling *calling)
{
    struct exchange *exchange = calling->exchange;
    struct text bytes = answer_out(&calling->answer);
    recall_answer_keep(exchange, bytes);
    if (!exchange->reply.is_client_gone && bytes.length > 0) {
        if (!exchange->reply.is_started)
            calling_start_reply(calling);
        exchange->reply.streamed_bytes += bytes.length;
        if (!http_call_send(exchange->call, bytes) && calling->running)
            calling->running->provider->pause(calling->running, true);
    }
    answer_taken(&calling->answer);
}

static void
start_timer(struct calling *calling, int64_t delay_ms)
{
    if (!calling->timer)
        calling->timer = loop_timer_new(calling->exchange->gateway->site.loop, calling->exchange->arena,
                                        start_next_try, calling);
    loop_timer_start(calling->timer, delay_ms);
}

static void
on_body(void *owner, struct text content)
{
    struct calling *calling = owner;
    struct answer *answer = &calling->answer;
    answer_feed(answer, content);
    pass_on(calling);
    if (answer->kind != ANSWER_STREAM)
        return;
    if (sse_reader_failed(answer->stream.reader)) {
        calling->running->provider->cancel(calling->running);
        on_end(calling, UPSTREAM_BROKEN, NULL);
    } else if (answer->stream.is_done && !calling->is_past_done) {
        calling->is_past_done = true;
        start_timer(calling, WAIT_FOR_END_MS);
    }
}

static enum call_failure
judge(struct calling *calling, enum upstream_end end)
{
    switch (end) {
    case UPSTREAM_COMPLETE:
        if (!answer_is_whole(&calling->answer))
            return CALL_FAILURE_SERVER;
        return calling->answer.kind == ANSWER_ERROR ? retry_classify_status(calling->answer.status)
                                                    : CALL_FAILURE_NONE;
    case UPSTREAM_CONNECT_FAILED:
        return CALL_FAILURE_CONNECT;
    case UPSTREAM_TIMEOUT:
        return CALL_FAILURE_TIMEOUT;
    case UPSTREAM_CUT:
    case UPSTREAM_BROKEN:
    case UPSTREAM_CANCELLED:
        break;
    }
    return CALL_FAILURE_SERVER;
}

static struct retry_verdict
decide(struct calling *calling, enum call_failure failure)
{
    const struct exchange *exchange = calling->exchange;
    const struct gateway_model *model = exchange->model->model;
    int64_t now_ms = now_ms_of(exchange);
    const struct retry_question question = {
        .failure = failure,
        .client_has_bytes = exchange->reply.is_started,
        .has_next_target =
            route_has_other(exchange->route, retry_falls_back(&model->fallback_on, failure), now_ms),
        .target_attempts = calling->target_attempts,
        .total_attempts = exchange->attempts,
        .max_total_attempts = model->max_attempts,
        .retry_after_ms = calling->answer.retry_after_ms,
        .time_left_ms = calling->deadline_ms - now_ms,
        .retry = &model->retry,
        .random = id_random_u64(),
    };
    return retry_decide(&question);
}

/* Tells the breaker, and, of a rate limit, when the target wants to be asked again. */
static void
report(struct calling *calling, enum call_failure failure)
{
    struct exchange *exchange = calling->exchange;
    int64_t now_ms = now_ms_of(exchange);
    struct circuit_breaker *breaker = &exchange->target->health->breaker;
    route_report(exchange->route, retry_breaker_result(failure), now_ms);
    if (failure == CALL_FAILURE_RATE_LIMITED && calling->answer.retry_after_ms > 0)
        circuit_breaker_rest(breaker, now_ms, calling->answer.retry_after_ms);
}

static void
on_failure(struct calling *calling, enum call_failure failure, const struct error *why)
{
    struct exchange *exchange = calling->exchange;
    struct retry_verdict verdict = decide(calling, failure);
    report(calling, failure);
    if (exchange->reply.is_started) {
        calling_finish_cut(calling,
                           failure == CALL_FAILURE_TIMEOUT ? REFUSE_UPSTREAM_TIMEOUT : REFUSE_UPSTREAM_CUT);
        return;
    }
    calling_note_failed(calling, failure);
    if (verdict.action == RETRY_GIVE_UP) {
        calling_finish_failed(calling, why);
        return;
    }
    if (calling->failed.usage.source != USAGE_NONE) {
        call_budget_settle(exchange->budget, &calling->failed.usage, exchange->target);
        calling->holds_anew = true;
    }
    if (verdict.action == RETRY_NEXT_TARGET) {
        route_drop(exchange->route, exchange->target);
        calling->target_attempts = 0;
    }
    start_timer(calling, verdict.delay_ms);
}

static void
on_end(void *owner, enum upstream_end end, const struct error *why)
{
    struct calling *calling = owner;
    calling->running = NULL;
    if (calling->timer)
        loop_timer_stop(calling->timer);

    enum call_failure failure = judge(calling, end);
    if (calling->exchange->reply.is_client_gone) {
        report(calling, failure);
        if (failure == CALL_FAILURE_CONNECT)
            calling_note_failed(calling, failure);
        calling_finish_gone(calling, failure == CALL_FAILURE_NONE);
    } else if (failure == CALL_FAILURE_NONE) {
        report(calling, failure);
        calling_finish_whole(calling);
    } else {
        on_failure(calling, failure, why);
    }
}

static void
free_try_arena(void *arena)
{
    arena_free(arena);
}

/* What the last try left behind is dropped before the next one: a large body is not kept once for each. */
static void
renew_try_arena(struct calling *calling)
{
    if (calling->try_arena != calling->exchange->arena) {
        arena_reset(calling->try_arena);
        return;
    }
    calling->try_arena = arena_new(TRY_ARENA_BYTES);
    arena_defer(calling->exchange->arena, free_try_arena, calling->try_arena);
}

static void
start_next_try(void *owner)
{
    struct calling *calling = owner;
    struct exchange *exchange = calling->exchange;
    if (calling->is_past_done && calling->running) {
        calling->running->provider->cancel(calling->running);
        on_end(calling, UPSTREAM_COMPLETE, NULL);
        return;
    }
    if (calling->holds_anew) {
        enum lender_answer answer = call_budget_hold(exchange->budget, on_hold_answer, calling);
        if (answer == LENDER_WAITS)
            return;
        calling->holds_anew = answer != LENDER_HELD;
    }
    take_next_try(calling);
}

static void
on_hold_answer(void *owner)
{
    struct calling *calling = owner;
    enum lender_answer answer = call_budget_take_answer(calling->exchange->budget);
    if (answer == LENDER_WAITS)
        return;
    calling->holds_anew = answer != LENDER_HELD;
    take_next_try(calling);
}

static void
take_next_try(struct calling *calling)
{
    struct exchange *exchange = calling->exchange;
    if (calling->holds_anew) { /* and cannot: what failed was the last try */
        calling_finish_failed(calling, NULL);
        return;
    }
    bool is_same = calling->target_attempts > 0;
    bool is_taken = is_same ? route_take_again(exchange->route, exchange->target, now_ms_of(exchange))
                            : take_target(exchange);
    if (!is_taken && is_same) {
        route_drop(exchange->route, exchange->target);
        calling->target_attempts = 0;
        is_taken = take_target(exchange);
    }
    if (!is_taken) {
        call_budget_cancel(exchange->budget); /* held for a try that is not made; what failed is settled */
        calling_finish_failed(calling, NULL);
        return;
    }
    if (exchange->has_reached)
        try_record_write(exchange, &calling->failed);
    renew_try_arena(calling);
    const struct call_usage most = calling_bounded_usage(calling);
    (void)!call_in_flight_note(exchange, &most); /* without room the note of the last try stays */
    start_try(calling);
}

static void
client_gone(struct exchange *exchange)
{
    struct calling *calling = calling_of(exchange);
    if (calling->running && exchange->config->config.client_gone == CLIENT_GONE_DRAIN) {
        calling->running->provider->pause(calling->running, false);
        return; /* on_end finishes */
    }
    if (calling->timer)
        loop_timer_stop(calling->timer);
    call_budget_leave(exchange->budget);
    if (calling->running) {
        calling->running->provider->cancel(calling->running);
        calling->running = NULL;
        route_report(exchange->route, BREAKER_UNKNOWN, now_ms_of(exchange));
    }
    calling_finish_gone(calling, false);
}

static void
writable(struct exchange *exchange)
{
    struct calling *calling = calling_of(exchange);
    if (calling->running)
        calling->running->provider->pause(calling->running, false);
}

const struct stage stage_call_provider = {
    .name = "call_provider",
    .on_request = ask,
    .on_client_gone = client_gone,
    .on_writable = writable,
};
