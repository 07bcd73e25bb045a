/* How a call to a provider ends: whole, with the provider's error, without an answer, cut in the middle, or
 * without a client. Each decides reply, outcome and usage, then lets the pipeline go on. */
#include "gateway/stages/call_provider.h"

#include "gateway/call_bounds.h"
#include "gateway/decide/retry_after.h"
#include "gateway/decide/token_bound.h"
#include "gateway/live_config.h"
#include "gateway/stages/recall_answer.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/net/http_server.h"
#include "lib/net/sse.h"

static void
add_success_headers(struct calling *calling)
{
    struct exchange *exchange = calling->exchange;
    const struct answer *answer = &calling->answer;
    for (size_t i = 0; i < answer->header_count; i++)
        exchange_add_header(exchange, answer->headers[i].name, answer->headers[i].value);
    if (answer->kind == ANSWER_STREAM) {
        exchange_add_header(exchange, TEXT("cache-control"), TEXT("no-store"));
        exchange_add_header(exchange, TEXT("x-accel-buffering"), TEXT("no"));
    }
    exchange_add_header(exchange, TEXT("x-weir-decision"), TEXT("allowed"));
    exchange_add_standing_headers(exchange);
    exchange->reply.status = answer->status;
}

void
calling_start_reply(struct calling *calling)
{
    struct exchange *exchange = calling->exchange;
    add_success_headers(calling);
    const struct http_reply_head head = {exchange->reply.status, exchange->reply.headers,
                                         exchange->reply.header_count};
    exchange->timing.first_byte_us = clock_now_us();
    exchange->reply.is_started = true;
    http_call_start_reply(exchange->call, &head);
}

/* What passed through, when the provider's own count did not come. */
static struct call_usage
counted_usage(const struct calling *calling)
{
    const struct exchange *exchange = calling->exchange;
    const struct model_request *asked = &exchange->request;
    return (struct call_usage){
        .source = USAGE_COUNTED,
        .vector =
            {
                .input_tokens = token_bound_estimate(asked->prompt_bytes, asked->message_count),
                .output_tokens =
                    asked->endpoint == MODEL_ENDPOINT_EMBEDDINGS ? 0 : answer_count_tokens(&calling->answer),
                .requests = 1,
            },
    };
}

struct call_usage
calling_bounded_usage(const struct calling *calling)
{
    const struct exchange *exchange = calling->exchange;
    int64_t most = call_bounds_output_tokens(exchange);
    return (struct call_usage){
        .source = USAGE_BOUNDED,
        .vector =
            {
                .input_tokens = call_bounds_input_tokens(calling->exchange),
                .output_tokens = most < USAGE_COUNT_MAX ? most : USAGE_COUNT_MAX,
                .requests = 1,
            },
    };
}

/* An error is an answer that nobody bills, unless it says that work was broken off; what came to no answer
 * may have been worked on. */
static bool
may_be_billed(const struct calling *calling, enum call_failure failure)
{
    if (failure == CALL_FAILURE_CONNECT)
        return false;
    return calling->answer.kind != ANSWER_ERROR || failure == CALL_FAILURE_TIMEOUT;
}

void
calling_note_failed(struct calling *calling, enum call_failure failure)
{
    struct exchange *exchange = calling->exchange;
    exchange->has_reached = failure != CALL_FAILURE_CONNECT;
    calling->has_failed = true;
    calling->failed = (struct failed_try){
        .target = exchange->target,
        .number = exchange->attempts,
        .failure = failure,
        .is_answered = calling->answer.kind == ANSWER_ERROR,
        .sent_us = exchange->timing.sent_us,
        .ended_us = clock_now_us(),
    };
    if (may_be_billed(calling, failure))
        calling->failed.usage = calling_bounded_usage(calling);
}

static void
set_usage(struct calling *calling)
{
    struct call_usage *usage = &calling->exchange->usage;
    *usage = answer_usage(&calling->answer);
    if (usage->source == USAGE_NONE && calling->answer.kind != ANSWER_NONE &&
        calling->answer.kind != ANSWER_ERROR)
        *usage = counted_usage(calling);
    calling->exchange->called_tools = answer_tools(&calling->answer);
}

/* The provider's own words about this request; of its words about our credentials the client learns nothing.
 */
static void
pass_error_on(struct calling *calling)
{
    struct exchange *exchange = calling->exchange;
    const struct answer *answer = &calling->answer;
    add_success_headers(calling);
    if (answer->retry_after_ms != RETRY_AFTER_NONE) {
        exchange_add_int_header(exchange, TEXT("retry-after"), (answer->retry_after_ms + 999) / 1000);
        exchange_add_int_header(exchange, TEXT("retry-after-ms"), answer->retry_after_ms);
    }
    exchange->reply.body = buffer_text(&answer->body);
    exchange->outcome.kind = CALL_UPSTREAM_ERROR;
    exchange->outcome.code = TEXT("upstream_error");
}

static void
finish_error(struct calling *calling)
{
    struct exchange *exchange = calling->exchange;
    const struct answer *answer = &calling->answer;
    struct text provider = exchange->target->target->provider;
    if (answer->status == 401 || answer->status == 403) {
        struct text message =
            text_format(exchange->arena,
                        "Provider %.*s refused the key that %.*s/%.*s has for it (status %d). "
                        "Its owner must renew it.",
                        TEXT_ARG(provider), TEXT_ARG(exchange->gateway->workspace),
                        TEXT_ARG(exchange->gateway->environment), answer->status);
        exchange_refuse(exchange, REFUSE_UPSTREAM_CREDENTIAL, REFUSAL_DETAIL(.message = message));
    } else if (answer->status < 400 || answer->is_coded || answer->is_cut_error || answer->body.length == 0) {
        struct text message =
            text_format(exchange->arena, "Provider %.*s answered status %d, which cannot be passed on.",
                        TEXT_ARG(provider), answer->status);
        exchange_refuse(exchange, REFUSE_UPSTREAM_FAILED, REFUSAL_DETAIL(.message = message));
    } else {
        pass_error_on(calling);
    }
    exchange_resume(exchange);
}

static void
end_stream(struct calling *calling)
{
    struct answer *answer = &calling->answer;
    openai_stream_end(&answer->stream, &answer->held);
    recall_answer_keep_last(calling->exchange, buffer_text(&answer->held));
}

void
calling_finish_whole(struct calling *calling)
{
    struct exchange *exchange = calling->exchange;
    struct answer *answer = &calling->answer;
    if (answer->kind == ANSWER_ERROR) {
        finish_error(calling);
        return;
    }
    if (!exchange->reply.is_started)
        add_success_headers(calling);
    if (answer->kind == ANSWER_STREAM)
        end_stream(calling);
    exchange->reply.body = buffer_text(answer->kind == ANSWER_WHOLE ? &answer->body : &answer->held);
    exchange->outcome.kind = CALL_COMPLETED;
    set_usage(calling);
    exchange_resume(exchange);
}

void
calling_finish_cut(struct calling *calling, enum refusal_kind kind)
{
    struct exchange *exchange = calling->exchange;
    const struct refusal *refusal = refusal_get(kind);
    bool has_told = calling->answer.kind == ANSWER_STREAM && calling->answer.stream.has_error;
    exchange->reply.is_cut = true;
    exchange->outcome.kind = has_told ? CALL_UPSTREAM_ERROR : refusal->outcome;
    exchange->outcome.code = text_of(refusal->code);
    set_usage(calling);
    if (calling->answer.kind == ANSWER_STREAM && !has_told) {
        struct buffer json, event;
        buffer_init(&json, exchange->arena, 512);
        buffer_init(&event, exchange->arena, 512);
        refusal_print(
            refusal,
            REFUSAL_DETAIL(.message =
                               TEXT("The provider's answer ended early. What came so far is not whole.")),
            exchange_id(exchange), &json);
        sse_write(&event, TEXT(""), buffer_text(&json));
        exchange->reply.body = buffer_text(&event);
    }
    exchange_resume(exchange);
}

void
calling_finish_failed(struct calling *calling, const struct error *why)
{
    struct exchange *exchange = calling->exchange;
    enum call_failure failure = calling->failed.failure;
    exchange->usage = calling->failed.usage;
    if (calling->answer.kind == ANSWER_ERROR && failure != CALL_FAILURE_TIMEOUT) {
        finish_error(calling);
        return;
    }
    bool is_timeout = failure == CALL_FAILURE_TIMEOUT;
    const char *reason = why && why->kind != ERROR_NONE ? why->message
                         : is_timeout                   ? "no answer in time"
                                                        : "no usable answer";
    struct text message = text_format(
        exchange->arena, "No target of %.*s answered; the last of %d tries was provider %.*s: %s.",
        TEXT_ARG(exchange->request.model), exchange->attempts, TEXT_ARG(exchange->target->target->provider),
        reason);
    exchange_refuse(exchange, is_timeout ? REFUSE_UPSTREAM_TIMEOUT : REFUSE_UPSTREAM_FAILED,
                    REFUSAL_DETAIL(.message = message));
    exchange_resume(exchange);
}

void
calling_finish_gone(struct calling *calling, bool is_whole)
{
    struct exchange *exchange = calling->exchange;
    const struct answer *answer = &calling->answer;
    bool is_kept = is_whole && (answer->kind == ANSWER_WHOLE || answer->kind == ANSWER_STREAM);
    if (is_kept && !exchange->reply.is_started) /* for who asks the same again (recall_answer) */
        add_success_headers(calling);
    if (is_kept && answer->kind == ANSWER_WHOLE)
        exchange->reply.body = buffer_text(&answer->body);
    else if (is_kept)
        end_stream(calling);
    if (calling->has_failed)
        exchange->usage = calling->failed.usage;
    else
        set_usage(calling);
    if (!calling->has_failed && exchange->usage.source == USAGE_NONE && calling->answer.kind == ANSWER_NONE)
        exchange->usage = calling_bounded_usage(calling);
    exchange->outcome.kind = CALL_CLIENT_GONE;
    exchange->outcome.code = TEXT("client_gone");
    exchange_resume(exchange);
}
