/* The built-in Echo provider: answers from the loop's timers, with the delays and errors its config asks for.
 *
 * Tells the same story as a provider over the network, deadlines included, so that limits, retries and
 * streams can be tried without one. What it says is decided in echo_reply.c. */
#include "gateway/providers/echo_reply.h"
#include "gateway/providers/provider.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/net/loop.h"

/* How much of a stream without delays goes out in one turn of the loop. */
#define BYTES_PER_TURN 16384

struct echo_call {
    struct provider_call call;
    struct provider_request request;
    struct upstream_events events;
    struct arena *arena;
    struct loop *loop;
    struct loop_timer *timer;
    struct echo_reply reply;
    struct buffer piece;     /* what on_body gets, used again each time */
    const char *out_of_time; /* what to say when the timer fires, NULL: go on */
    int64_t started_ms;
    bool has_head;
    bool is_paused;
    bool is_over; /* ended or cancelled: no callback any more */
};

static void on_time(void *owner);
static void wait_for(struct echo_call *call, int64_t delay_ms, int64_t deadline_ms, const char *which);
static void decide_reply(struct echo_call *call);
static void send_head(struct echo_call *call);
static void send_stream(struct echo_call *call);
static void send_body(struct echo_call *call, struct text body);
static void end(struct echo_call *call, enum upstream_end how, const struct error *why);

static struct provider_call *
echo_start(struct arena *arena, const struct provider_site *site, const struct provider_request *request,
           const struct upstream_events *events)
{
    struct echo_call *call = arena_alloc(arena, sizeof(*call));
    call->call.provider = &provider_echo;
    call->request = *request;
    call->events = *events;
    call->arena = arena;
    call->loop = site->loop;
    call->started_ms = loop_now_ms(site->loop);
    call->timer = loop_timer_new(site->loop, arena, on_time, call);
    wait_for(call, request->provider->echo.first_token_delay, request->deadlines.first_byte_ms, "first byte");
    return &call->call;
}

static void
echo_cancel(struct provider_call *provider_call)
{
    struct echo_call *call = (struct echo_call *)provider_call;
    call->is_over = true;
    loop_timer_stop(call->timer);
}

static void
echo_pause(struct provider_call *provider_call, bool paused)
{
    struct echo_call *call = (struct echo_call *)provider_call;
    if (call->is_over || call->is_paused == paused)
        return;
    call->is_paused = paused;
    if (paused)
        loop_timer_stop(call->timer);
    else
        loop_timer_start(call->timer, 0);
}

const struct provider provider_echo = {
    .name = "Echo",
    .start = echo_start,
    .cancel = echo_cancel,
    .pause = echo_pause,
};

static void
on_time(void *owner)
{
    struct echo_call *call = owner;
    if (call->out_of_time) {
        struct error why = {0};
        error_set(&why, ERROR_UNAVAILABLE, "provider %.*s: no %s in time",
                  TEXT_ARG(call->request.provider->name), call->out_of_time);
        end(call, UPSTREAM_TIMEOUT, &why);
        return;
    }
    if (!call->has_head) {
        decide_reply(call);
        send_head(call);
        if (call->is_over || call->is_paused)
            return;
    }
    if (call->reply.is_stream) {
        send_stream(call);
        return;
    }
    send_body(call, call->reply.body);
    if (!call->is_over)
        end(call, UPSTREAM_COMPLETE, NULL);
}

/* Starts the timer for the delay, or for the deadline when that comes first. 0 means no deadline. */
static void
wait_for(struct echo_call *call, int64_t delay_ms, int64_t deadline_ms, const char *which)
{
    call->out_of_time = NULL;
    if (deadline_ms > 0 && delay_ms > deadline_ms) {
        delay_ms = deadline_ms;
        call->out_of_time = which;
    }
    int64_t total_ms = call->request.deadlines.total_ms;
    int64_t left_ms = total_ms - (loop_now_ms(call->loop) - call->started_ms);
    if (total_ms > 0 && delay_ms > left_ms) {
        delay_ms = left_ms > 0 ? left_ms : 0;
        call->out_of_time = "end of the answer";
    }
    loop_timer_start(call->timer, delay_ms);
}

static void
decide_reply(struct echo_call *call)
{
    const struct echo_behaviour *behaviour = &call->request.provider->echo;
    if (behaviour->error_status > 0 && (int64_t)(id_random_u64() % 100) < behaviour->error_percent) {
        call->reply.status = (int)behaviour->error_status;
        call->reply.body = echo_reply_error(call->arena, call->reply.status);
        return;
    }
    static const enum echo_endpoint endpoints[] = {
        [MODEL_ENDPOINT_CHAT] = ECHO_CHAT,
        [MODEL_ENDPOINT_COMPLETIONS] = ECHO_COMPLETIONS,
        [MODEL_ENDPOINT_EMBEDDINGS] = ECHO_EMBEDDINGS,
    };
    const struct model_request *asked = call->request.asked;
    struct echo_ask ask = {
        .endpoint = endpoints[asked->endpoint],
        .body = asked->body,
        .model = call->request.target->model,
        .max_output_tokens =
            call->request.max_output_tokens < 0 ? ECHO_NO_MAXIMUM : call->request.max_output_tokens,
        .stream = asked->stream,
        .include_usage = call->request.include_usage,
        .reply_id = id_new(call->arena),
        .unix_seconds = clock_unix_ms() / 1000,
    };
    call->reply = echo_reply_to(call->arena, &ask);
}

static void
send_head(struct echo_call *call)
{
    struct http_response_head head = {.status = call->reply.status, .keep_alive = true};
    head.headers.items[head.headers.count++] = (struct http_header){
        TEXT("Content-Type"),
        call->reply.is_stream ? TEXT("text/event-stream; charset=utf-8") : TEXT("application/json"),
    };
    head.body_kind = call->reply.is_stream ? HTTP_BODY_CHUNKED : HTTP_BODY_LENGTH;
    head.content_length = call->reply.body.length;
    call->has_head = true;
    call->events.on_head(call->events.owner, &head);
}

/* One event a turn with a delay, as many as fit without. */
static void
send_stream(struct echo_call *call)
{
    int64_t delay_ms = call->request.provider->echo.token_delay;
    if (!call->piece.arena)
        buffer_init(&call->piece, call->arena, 1024);
    call->piece.length = 0;

    bool has_more = echo_stream_next(&call->reply.stream, &call->piece);
    while (has_more && delay_ms == 0 && call->piece.length < BYTES_PER_TURN)
        has_more = echo_stream_next(&call->reply.stream, &call->piece);
    if (call->piece.length > 0)
        send_body(call, buffer_text(&call->piece));
    if (call->is_over)
        return;
    if (!has_more)
        end(call, UPSTREAM_COMPLETE, NULL);
    else if (!call->is_paused)
        wait_for(call, delay_ms, call->request.deadlines.gap_ms, "next piece");
}

static void
send_body(struct echo_call *call, struct text body)
{
    call->events.on_body(call->events.owner, body);
}

static void
end(struct echo_call *call, enum upstream_end how, const struct error *why)
{
    call->is_over = true;
    loop_timer_stop(call->timer);
    call->events.on_end(call->events.owner, how, why);
}
