/* What every stage may do to an exchange: keep state of its own, refuse, add headers. */
#include "gateway/exchange.h"

#include <assert.h>

#include "api/types/gateway_rules.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/http_server.h"

enum { LONGEST_INT64 = 20, REFUSAL_BYTES = 768 };

struct stage_state {
    struct stage_state *next;
    const struct stage *stage;
    max_align_t bytes[];
};

struct text
exchange_id(const struct exchange *exchange)
{
    return (struct text){exchange->id, sizeof(exchange->id)};
}

void *
exchange_own(struct exchange *exchange, const struct stage *stage, size_t bytes)
{
    struct stage_state *state = exchange->states;
    while (state && state->stage != stage)
        state = state->next;
    if (!state) {
        state = arena_alloc(exchange->arena, sizeof(*state) + bytes);
        state->next = exchange->states;
        state->stage = stage;
        exchange->states = state;
    }
    return state->bytes;
}

void
exchange_add_header(struct exchange *exchange, struct text name, struct text value)
{
    struct exchange_reply *reply = &exchange->reply;
    if (!reply->headers)
        reply->headers = arena_alloc_array(exchange->arena, REPLY_MAX_HEADERS, sizeof(*reply->headers));
    assert(reply->header_count < REPLY_MAX_HEADERS);
    reply->headers[reply->header_count++] = (struct http_header){name, value};
}

/* Digits and unit, without the detour over a buffer: six of these are on every reply. */
static struct text
int_text(struct arena *arena, int64_t value, struct text unit)
{
    char *end = (char *)arena_alloc_raw(arena, LONGEST_INT64 + unit.length) + LONGEST_INT64;
    char *at = end;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        *--at = '-';
    memcpy(end, unit.bytes, unit.length);
    return (struct text){at, (size_t)(end - at) + unit.length};
}

void
exchange_add_int_header(struct exchange *exchange, struct text name, int64_t value)
{
    exchange_add_header(exchange, name, int_text(exchange->arena, value, TEXT("")));
}

void
exchange_note_shadow(struct exchange *exchange, struct text code)
{
    struct exchange_outcome *outcome = &exchange->outcome;
    if (outcome->shadow_count < EXCHANGE_MAX_SHADOW)
        outcome->shadow[outcome->shadow_count++] = code;
}

static void
add_window_headers(struct exchange *exchange, const struct limiter_window *window, const struct text names[3])
{
    if (!window->limit)
        return;
    exchange_add_int_header(exchange, names[0], window->limit->amount);
    exchange_add_int_header(exchange, names[1], window->remaining);
    bool is_short = window->reset_ms < 1000;
    exchange_add_header(exchange, names[2],
                        is_short ? int_text(exchange->arena, window->reset_ms, TEXT("ms"))
                                 : int_text(exchange->arena, (window->reset_ms + 999) / 1000, TEXT("s")));
}

void
exchange_add_standing_headers(struct exchange *exchange)
{
    static const struct text request_names[] = {TEXT("x-ratelimit-limit-requests"),
                                                TEXT("x-ratelimit-remaining-requests"),
                                                TEXT("x-ratelimit-reset-requests")};
    static const struct text token_names[] = {TEXT("x-ratelimit-limit-tokens"),
                                              TEXT("x-ratelimit-remaining-tokens"),
                                              TEXT("x-ratelimit-reset-tokens")};
    exchange_add_header(exchange, TEXT("x-request-id"), exchange_id(exchange));
    add_window_headers(exchange, &exchange->limits.requests, request_names);
    add_window_headers(exchange, &exchange->limits.tokens, token_names);
}

static void
add_refusal_headers(struct exchange *exchange, const struct refusal *refusal,
                    const struct refusal_detail *detail)
{
    bool should_retry = refusal_should_retry(refusal, detail);
    exchange_add_header(exchange, TEXT("content-type"), TEXT("application/json"));
    exchange_add_header(exchange, TEXT("x-should-retry"), should_retry ? TEXT("true") : TEXT("false"));
    exchange_add_header(exchange, TEXT("x-weir-decision"),
                        refusal_decision(exchange->arena, refusal, detail));
    if (should_retry && detail->retry_after_ms.is_said) {
        exchange_add_int_header(exchange, TEXT("retry-after"), refusal_retry_after_seconds(detail));
        exchange_add_int_header(exchange, TEXT("retry-after-ms"), detail->retry_after_ms.value);
    }
}

enum stage_result
exchange_refuse(struct exchange *exchange, enum refusal_kind kind, const struct refusal_detail *detail)
{
    const struct refusal *refusal = refusal_get(kind);
    exchange->outcome.kind = refusal->outcome;
    exchange->outcome.code = text_of(refusal->code);
    if (detail->from)
        exchange->outcome.policy = detail->from->policy;

    struct buffer body;
    buffer_init(&body, exchange->arena, REFUSAL_BYTES);
    refusal_print(refusal, detail, exchange_id(exchange), &body);
    exchange->reply.status = refusal->status;
    exchange->reply.body = buffer_text(&body);
    add_refusal_headers(exchange, refusal, detail);
    exchange_add_standing_headers(exchange);
    return STAGE_ANSWERED;
}
