/* Most calls: what a call of the same caller held of a moment ago, this one holds of together. */
#include "gateway/call_limits_private.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"

enum { REQUESTS, TOKENS, CLASSES };
_Static_assert((int)CLASSES <= LEASE_PURSE_CLASSES, "a class for each unit but slots");

struct limit_purse {
    struct lease_purse_place place;
    int64_t from_unix_ms;                   /* its minute */
    int64_t least[CLASSES];                 /* the smallest limit; INT64_MAX: there is none */
    struct limiter_window windows[CLASSES]; /* of the one that has the least left */
    bool may_take_slots;
    uint8_t classes[LEASE_PURSE_MAX_NEEDS];
};

static void
note(struct limit_purse *of, size_t class, const struct limiter_window *window)
{
    int64_t amount = window->limit->amount;
    of->least[class] = amount < of->least[class] ? amount : of->least[class];
    if (!of->windows[class].limit || window->remaining < of->windows[class].remaining)
        of->windows[class] = *window;
}

bool
call_limits_hold_of_purse(struct call_limits *limits)
{
    struct limit_purse *of = limits->own ? limits->own->limits : NULL;
    if (!of || call_limits_present_minute(limits)->start_unix_ms != of->from_unix_ms || !of->may_take_slots)
        return false;
    struct lease_amounts held = {0};
    if (of->windows[REQUESTS].limit)
        held.of[REQUESTS] = limiter_needs(limits->ask, LIMIT_UNIT_REQUESTS_PER_MINUTE, of->least[REQUESTS]);
    if (of->windows[TOKENS].limit)
        held.of[TOKENS] = limiter_needs(limits->ask, LIMIT_UNIT_TOKENS_PER_MINUTE, INT64_MAX);
    if (held.of[REQUESTS] > of->least[REQUESTS] || held.of[TOKENS] > of->least[TOKENS])
        return false;
    limits->purse =
        lender_hold_of_purse(limits->exchange->gateway->lender, &of->place, &held, limits->asking.asked_ms);
    if (!limits->purse)
        return false;
    for (size_t i = 0; i < CLASSES; i++)
        of->windows[i].remaining -= held.of[i];
    limits->of_purse = of;
    limits->held = held;
    limits->is_held = true;
    return true;
}

void
call_limits_open_purse(struct call_limits *limits)
{
    const struct budget_window *minute = &limits->exchange->gateway->minute;
    bool is_over =
        memcmp(limits->minute, minute->id, sizeof(limits->minute)) != 0; /* it waited into another */
    if (!limits->own || limits->count > LEASE_PURSE_MAX_NEEDS || is_over)
        return;
    if (!limits->own->limits)
        limits->own->limits = arena_alloc(limits->exchange->config->arena, sizeof(*limits->own->limits));
    struct limit_purse *of = limits->own->limits;
    of->from_unix_ms = minute->start_unix_ms;
    of->may_take_slots = true;
    for (size_t i = 0; i < CLASSES; i++) {
        of->least[i] = INT64_MAX;
        of->windows[i] = (struct limiter_window){0};
    }
    for (size_t i = 0; i < limits->count; i++) {
        const struct gateway_limit *limit = limits->parts[i].live->limit;
        if (limit->unit == LIMIT_UNIT_CONCURRENCY) {
            of->may_take_slots &= limit->amount > 0;
            continue;
        }
        of->classes[i] = limit->unit == LIMIT_UNIT_TOKENS_PER_MINUTE ? TOKENS : REQUESTS;
        struct limiter_window window = call_limits_window(limits, i, limits->asking.asked_ms);
        note(of, of->classes[i], &window);
    }
    const struct lease_purse_needs needs = {limits->needs, of->classes, limits->count};
    lender_open_purse(limits->exchange->gateway->lender, &needs, &of->place);
}

void
call_limits_tell_purse(const struct call_limits *limits, struct limiter_verdict *verdict)
{
    *verdict = (struct limiter_verdict){.granted = true,
                                        .retry_helps = true,
                                        .requests = limits->of_purse->windows[REQUESTS],
                                        .tokens = limits->of_purse->windows[TOKENS]};
    verdict->requests.reset_ms = verdict->tokens.reset_ms = limits->window_ends_ms;
    if (verdict->requests.remaining < 0)
        verdict->requests.remaining = 0;
    if (verdict->tokens.remaining < 0)
        verdict->tokens.remaining = 0;
}

void
call_limits_settle_purse(struct call_limits *limits, int64_t used_tokens)
{
    struct lease_amounts actual = limits->held;
    int64_t held = limits->held.of[TOKENS], beyond = used_tokens - held;
    if (beyond < 0)
        actual.of[TOKENS] = used_tokens;
    limits->of_purse->windows[TOKENS].remaining += held - actual.of[TOKENS];
    lender_settle_purse(limits->exchange->gateway->lender, limits->purse, &limits->held, &actual);
    limits->purse = NULL;
    if (beyond <= 0 || !limits->of_purse->windows[TOKENS].limit)
        return;
    call_limits_open_parts(limits);
    call_limits_pay_tokens(limits, beyond);
}

void
call_limits_cancel_purse(struct call_limits *limits)
{
    for (size_t i = 0; i < CLASSES; i++)
        limits->of_purse->windows[i].remaining += limits->held.of[i];
    lender_cancel_purse(limits->exchange->gateway->lender, limits->purse, &limits->held);
    limits->purse = NULL;
}
