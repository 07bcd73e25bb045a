/* Requests, tokens and calls at once, of the environment and of the caller: a call passes all of them or
 * takes nothing.
 *
 * Tokens are an estimate on the way in; what was really used replaces it on the way out, so a burst of long
 * answers cannot slip through before the first one is counted. */
#include "gateway/decide/token_bound.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "gateway/wording.h"
#include "lib/base/buffer.h"
#include "lib/net/loop.h"

struct unit_words {
    enum refusal_kind kind;
    const char *rule;   /* after "limits[caller]." */
    const char *plural; /* "80,000 tokens per minute" */
};

static const struct unit_words units[] = {
    [LIMIT_UNIT_REQUESTS_PER_MINUTE] = {REFUSE_REQUEST_LIMIT, "requestsPerMinute", "requests per minute"},
    [LIMIT_UNIT_TOKENS_PER_MINUTE] = {REFUSE_TOKEN_LIMIT, "tokensPerMinute", "tokens per minute"},
    [LIMIT_UNIT_CONCURRENCY] = {REFUSE_CONCURRENCY_LIMIT, "concurrency", "calls at once"},
};

static struct text
explain(const struct exchange *exchange, const struct limiter_verdict *verdict)
{
    const struct gateway_limit *limit = verdict->limit;
    struct arena *arena = exchange->arena;
    struct buffer message;
    buffer_init(&message, arena, 256);
    if (limit->scope == LIMIT_SCOPE_CALLER)
        buffer_print(&message, "Caller %.*s has", TEXT_ARG(exchange->caller->name));
    else
        buffer_print(&message, "The environment has");
    buffer_print(&message, " used its %.*s %s in %.*s/%.*s.", TEXT_ARG(wording_number(arena, limit->amount)),
                 units[limit->unit].plural, TEXT_ARG(exchange->gateway->workspace),
                 TEXT_ARG(exchange->gateway->environment));
    bool is_tokens = limit->unit == LIMIT_UNIT_TOKENS_PER_MINUTE;
    struct text needed = wording_number(arena, verdict->needed);
    if (!verdict->retry_helps)
        buffer_print(&message,
                     " This request (about %.*s) can never fit: make it smaller or have the limit raised.",
                     TEXT_ARG(needed));
    else if (limit->unit == LIMIT_UNIT_CONCURRENCY)
        buffer_print(&message, " There is room when one of them ends.");
    else
        buffer_print(&message, " %.*s until there is room for this request",
                     TEXT_ARG(wording_wait(arena, verdict->retry_after_ms)));
    if (verdict->retry_helps && is_tokens)
        buffer_print(&message, " (about %.*s tokens)", TEXT_ARG(needed));
    if (verdict->retry_helps && limit->unit != LIMIT_UNIT_CONCURRENCY)
        buffer_add_byte(&message, '.');
    return buffer_text(&message);
}

static enum stage_result
refuse(struct exchange *exchange, const struct limiter_verdict *verdict)
{
    const struct gateway_limit *limit = verdict->limit;
    struct text rule =
        text_format(exchange->arena, "limits[%s].%s",
                    limit->scope == LIMIT_SCOPE_CALLER ? "caller" : "environment", units[limit->unit].rule);
    return exchange_refuse(exchange, units[limit->unit].kind,
                           REFUSAL_DETAIL(.message = explain(exchange, verdict), .from = &limit->from,
                                          .rule = rule, .limit = REFUSAL_SAYS(limit->amount),
                                          .remaining = REFUSAL_SAYS(verdict->remaining),
                                          .retry_after_ms = {verdict->retry_helps, verdict->retry_after_ms},
                                          .retry_cannot_help = !verdict->retry_helps));
}

/* What all answers together may have; 0 when nobody said. */
static int64_t
most_output(const struct exchange *exchange)
{
    if (exchange->max_output_tokens == MODEL_REQUEST_NO_MAXIMUM)
        return 0;
    int64_t all;
    if (__builtin_mul_overflow(exchange->max_output_tokens, exchange->request.answer_count, &all))
        return INT64_MAX;
    return all;
}

static enum stage_result
take_limits(struct exchange *exchange)
{
    struct limiter_hold *hold = exchange_own(exchange, &stage_take_limits, sizeof(*hold));
    const struct limiter_ask ask = {
        .caller = exchange->caller->name,
        .input_tokens = token_bound_estimate(exchange->request.prompt_bytes, exchange->request.message_count),
        .output_tokens = most_output(exchange),
        .now_ms = exchange->timing.now_ms,
    };
    exchange->limits = limiter_take(exchange->gateway->limiter, &ask, hold);
    for (size_t i = 0; i < exchange->limits.shadow_count; i++)
        exchange_note_shadow(exchange,
                             text_of(refusal_get(units[exchange->limits.shadow[i]->unit].kind)->code));
    return exchange->limits.granted ? STAGE_NEXT : refuse(exchange, &exchange->limits);
}

static void
settle(struct exchange *exchange)
{
    struct limiter_hold *hold = exchange_own(exchange, &stage_take_limits, sizeof(*hold));
    int64_t now_ms = loop_now_ms(exchange->gateway->site.loop);
    if (exchange->attempts == 0)
        limiter_cancel(exchange->gateway->limiter, hold, now_ms);
    else
        limiter_settle(exchange->gateway->limiter, hold, call_usage_total(&exchange->usage), now_ms);
}

const struct stage stage_take_limits = {
    .name = "take_limits",
    .on_request = take_limits,
    .on_done = settle,
};
