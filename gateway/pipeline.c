/* The life of a request. Down the list on the way in, up on the way out; the reply goes out when its record
 * is kept. */
#include "gateway/pipeline.h"

#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/net/http_server.h"
#include "lib/net/loop.h"

/* clang-format off */
static const struct stage *const stages[] = {
    &stage_record_usage,    /* first in, last out: counts every outcome        */
    &stage_check_service,   /* can we serve at all                         503 */
    &stage_find_endpoint,   /* what is called                          404 405 */
    &stage_identify_caller, /* who is asking                               401 */
    &stage_read_purpose,    /* what for: run, end user, tags               400 */
    &stage_list_models,     /* what they may call: answered here           404 */
    &stage_read_request,    /* what they ask, in neutral form      400 413 415 */
    &stage_check_model,     /* may they ask this model                 403 404 */
    &stage_check_maxima,    /* how much may one call ask                   400 */
    &stage_recall_answer,   /* have they asked the same before     400 409 422 */
    &stage_take_limits,     /* requests, tokens, calls at once             429 */
    &stage_choose_route,    /* which targets, in which order               503 */
    &stage_hold_budget,     /* the most that it can cost           403 429 503 */
    &stage_call_provider,   /* ask, retry, fall back                   502 504 */
};
/* clang-format on */

static void send_reply(void *owner, bool is_written);

/* Every entered stage's on_done, deepest first. The first stage's, and so the last to run, gives the record
 * to the journal; the reply's end waits for that. */
static void
finish_reply(struct exchange *exchange)
{
    exchange->hold.on_written = send_reply;
    exchange->hold.owner = exchange;
    while (exchange->depth > 0) {
        const struct stage *stage = stages[--exchange->depth];
        if (stage->on_done)
            stage->on_done(exchange);
    }
}

static void
walk_down(struct exchange *exchange)
{
    while (exchange->depth < COUNT_OF(stages)) {
        const struct stage *stage = stages[exchange->depth++]; /* entered: its on_done will run */
        if (!stage->on_request)
            continue;

        enum stage_result result = stage->on_request(exchange);
        if (result == STAGE_WAIT)
            return;
        if (result == STAGE_ANSWERED)
            break;
    }
    finish_reply(exchange);
}

static void
unref_config(void *config)
{
    live_config_unref(config);
}

void
exchange_begin(struct gateway *gateway, struct http_call *call)
{
    struct arena *arena = http_call_arena(call);
    struct exchange *exchange = arena_alloc(arena, sizeof(*exchange));
    exchange->arena = arena;
    exchange->gateway = gateway;
    exchange->call = call;
    exchange->timing = (struct exchange_timing){.started_us = http_call_started_us(call),
                                                .unix_ms = clock_unix_ms(),
                                                .now_ms = loop_now_ms(gateway->site.loop)};
    exchange->max_output_tokens = MODEL_REQUEST_NO_MAXIMUM;
    if (gateway->config) {
        exchange->config = live_config_ref(gateway->config);
        arena_defer(arena, unref_config, exchange->config);
    }
    http_call_set_state(call, exchange);
    walk_down(exchange);
}

void
exchange_resume(struct exchange *exchange)
{
    if (exchange->reply.status > 0 || exchange->reply.is_client_gone)
        finish_reply(exchange);
    else
        walk_down(exchange);
}

void
exchange_client_gone(struct exchange *exchange)
{
    exchange->reply.is_client_gone = true;
    if (exchange->depth == 0)
        return; /* its record is on its way to the journal: send_reply ends the call */
    const struct stage *waiting = stages[exchange->depth - 1];
    if (waiting->on_client_gone)
        waiting->on_client_gone(exchange);
}

void
exchange_writable(struct exchange *exchange)
{
    if (exchange->depth > 0 && stages[exchange->depth - 1]->on_writable)
        stages[exchange->depth - 1]->on_writable(exchange);
}

static void
send_reply(void *owner, bool is_written)
{
    struct exchange *exchange = owner;
    const struct exchange_reply *reply = &exchange->reply;
    if (reply->is_client_gone || !is_written) {
        http_call_abandon(exchange->call);
        return;
    }
    if (!reply->is_started) {
        const struct http_reply_head head = {reply->status, reply->headers, reply->header_count};
        http_call_reply(exchange->call, &head, reply->body);
        return;
    }
    if (!text_is_empty(reply->body))
        http_call_send(exchange->call, reply->body);
    if (reply->is_cut)
        http_call_abandon(exchange->call);
    else
        http_call_end_reply(exchange->call);
}
