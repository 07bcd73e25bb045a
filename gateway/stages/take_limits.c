/* Requests, tokens and calls at once, of the environment and of the caller: a call passes all of them or
 * takes nothing. Replicas share them through leases; where the ledger lends nothing, each process keeps its
 * even part.
 *
 * Tokens are an estimate on the way in; what was really used replaces it on the way out, so a burst of long
 * answers cannot slip through before the first one is counted. */
#include "gateway/call_bounds.h"
#include "gateway/call_limits.h"
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

/* This stage's own. */
struct taken_limits {
    struct limiter_ask ask;
    struct limiter_hold hold;   /* of this process's counters */
    struct call_limits *shared; /* NULL: there are none */
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

/* What is tried, and what the ledger does not lend, is counted in this process. */
static enum stage_result
take_here(struct exchange *exchange, enum lender_answer shared)
{
    struct taken_limits *taken = exchange_own(exchange, &stage_take_limits, sizeof(*taken));
    struct lender *lender = exchange->gateway->lender;
    bool is_lent = shared == LENDER_HELD && taken->shared;
    taken->ask.is_lent = is_lent;
    taken->ask.replicas = taken->shared ? lender_gateways(lender, exchange->config->config.gateways) : 1;
    struct limiter_verdict verdict = limiter_take(exchange->gateway->limiter, &taken->ask, &taken->hold);
    for (size_t i = 0; i < verdict.shadow_count; i++)
        exchange_note_shadow(exchange, text_of(refusal_get(units[verdict.shadow[i]->unit].kind)->code));
    exchange->limits = verdict;
    if (is_lent)
        call_limits_tell(taken->shared, shared, &exchange->limits);
    else if (verdict.granted && taken->shared)
        call_limits_go_on(taken->shared);
    return verdict.granted ? STAGE_NEXT : refuse(exchange, &verdict);
}

static enum stage_result
take(struct exchange *exchange, enum lender_answer answer)
{
    struct taken_limits *taken = exchange_own(exchange, &stage_take_limits, sizeof(*taken));
    if (answer == LENDER_WAITS)
        return STAGE_WAIT;
    if (answer != LENDER_LACKS)
        return take_here(exchange, answer);
    call_limits_tell(taken->shared, answer, &exchange->limits);
    return refuse(exchange, &exchange->limits);
}

static void
on_answer(void *owner, enum lender_answer answer)
{
    take(owner, answer);
    exchange_resume(owner);
}

static enum stage_result
take_limits(struct exchange *exchange)
{
    struct taken_limits *taken = exchange_own(exchange, &stage_take_limits, sizeof(*taken));
    taken->ask = (struct limiter_ask){
        .caller = exchange->caller->name,
        .input_tokens = token_bound_estimate(exchange->request.prompt_bytes, exchange->request.message_count),
        .output_tokens = call_bounds_output_tokens(exchange),
        .now_ms = exchange->timing.now_ms,
    };
    taken->shared = call_limits_new(exchange, &taken->ask);
    if (!taken->shared)
        return take_here(exchange, LENDER_HELD);
    return take(exchange, call_limits_hold(taken->shared, on_answer, exchange));
}

static void
client_gone(struct exchange *exchange)
{
    struct taken_limits *taken = exchange_own(exchange, &stage_take_limits, sizeof(*taken));
    call_limits_leave(taken->shared);
    exchange->outcome.kind = CALL_CLIENT_GONE;
    exchange->outcome.code = TEXT("client_gone");
    exchange_resume(exchange);
}

static void
settle(struct exchange *exchange)
{
    struct taken_limits *taken = exchange_own(exchange, &stage_take_limits, sizeof(*taken));
    struct limiter *limiter = exchange->gateway->limiter;
    int64_t now_ms = loop_now_ms(exchange->gateway->site.loop);
    int64_t used_tokens = usage_vector_tokens(&exchange->usage.vector);
    if (exchange->attempts == 0) {
        limiter_cancel(limiter, &taken->hold, now_ms);
        call_limits_cancel(taken->shared);
    } else {
        limiter_settle(limiter, &taken->hold, used_tokens, now_ms);
        call_limits_settle(taken->shared, used_tokens);
    }
}

const struct stage stage_take_limits = {
    .name = "take_limits",
    .on_request = take_limits,
    .on_client_gone = client_gone,
    .on_done = settle,
};
