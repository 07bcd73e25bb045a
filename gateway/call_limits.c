/* From limits to needs, from needs to a hold, as call_budget.c does for budgets. */
#include "gateway/call_limits_private.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/time_zone.h"
#include "lib/net/loop.h"

/* A slot that another gateway's call leaves is on loan here a moment later: so long, and so often, a call
 * looks for it before it is refused. */
enum { SLOT_WAIT_MS = 150, SLOT_LOOK_MS = 30 };

static enum lender_answer hold(struct call_limits *limits);
static bool name_accounts(struct call_limits *limits);
static bool find_account(struct call_limits *limits, size_t at, const struct budget_window *minute);
static bool name_account(struct call_limits *limits, size_t at, const struct budget_window *minute);
static struct lease_account_name name_of(const void *named_by, size_t need);
static enum lender_answer look_again(struct call_limits *limits, enum lender_answer answer);
static bool is_used_up(struct call_limits *limits);
static void on_lender_answer(void *owner);
static void on_look(void *owner);
static void pay_overuse(struct call_limits *limits, size_t at, int64_t amount);

struct call_limits *
call_limits_new(struct exchange *exchange, const struct limiter_ask *ask)
{
    const struct live_limits *all = &exchange->config->limits;
    if (all->count == 0 || !lender_has_ledger(exchange->gateway->lender))
        return NULL;
    struct call_limits *limits = arena_alloc(exchange->arena, sizeof(*limits));
    limits->exchange = exchange;
    limits->ask = ask;
    limits->own = live_accounts_own(&exchange->config->accounts, exchange->caller);
    if (limits->own && limits->own->limits)
        return limits;
    call_limits_open_parts(limits);
    return limits->count > 0 ? limits : NULL;
}

void
call_limits_open_parts(struct call_limits *limits)
{
    struct exchange *exchange = limits->exchange;
    const struct live_limits *all = &exchange->config->limits;
    const struct limiter_ask *ask = limits->ask;
    struct arena *arena = exchange->arena;
    limits->parts = arena_alloc_raw(arena, all->count * sizeof(*limits->parts));
    limits->needs = arena_alloc_raw(arena, all->count * sizeof(*limits->needs));
    limits->count = 0;
    struct gateway *gateway = exchange->gateway;
    const struct budget_payer payer = {
        .workspace = gateway->workspace, .environment = gateway->environment, .caller = ask->caller};
    const struct live_account_payer who = {limits->own, &payer, arena};
    for (size_t i = 0; i < all->count; i++) {
        const struct gateway_limit *limit = all->items[i].limit;
        struct live_account *account = live_accounts_of_limit(&exchange->config->accounts, i, &who);
        if (!account)
            continue;
        struct lease_need *need = &limits->needs[limits->count];
        need->account = NULL;
        need->amount = limiter_needs(ask, limit->unit, limit->amount);
        if (need->amount > limit->amount && !limits->is_never) {
            limits->is_never = true;
            limits->lacks = limits->count;
        }
        limits->parts[limits->count++] = (struct limit_part){&all->items[i], account};
    }
}

enum lender_answer
call_limits_hold(struct call_limits *limits, void (*on_answer)(void *owner, enum lender_answer answer),
                 void *owner)
{
    limits->on_answer = on_answer;
    limits->owner = owner;
    if (!limits->is_never && call_limits_hold_of_purse(limits))
        return LENDER_HELD;
    if (!limits->parts)
        call_limits_open_parts(limits);
    return limits->is_never ? LENDER_LACKS : hold(limits);
}

void
call_limits_tell(const struct call_limits *limits, enum lender_answer answer, struct limiter_verdict *verdict)
{
    int64_t now_ms = limits->asking.asked_ms; /* as window_ends_ms is */
    if (limits->purse) {
        call_limits_tell_purse(limits, verdict);
        return;
    }
    *verdict = (struct limiter_verdict){.granted = answer == LENDER_HELD, .retry_helps = true};
    for (size_t i = 0; i < limits->count; i++) {
        const struct gateway_limit *limit = limits->parts[i].live->limit;
        if (limit->unit == LIMIT_UNIT_CONCURRENCY)
            continue;
        struct limiter_window *window =
            limit->unit == LIMIT_UNIT_TOKENS_PER_MINUTE ? &verdict->tokens : &verdict->requests;
        struct limiter_window one = call_limits_window(limits, i, now_ms);
        if (!window->limit || one.remaining < window->remaining)
            *window = one;
    }
    if (verdict->granted)
        return;
    size_t lacks = limits->lacks;
    verdict->limit = limits->parts[lacks].live->limit;
    verdict->needed = limits->needs[lacks].amount;
    verdict->retry_helps = !limits->is_never;
    bool is_slots = verdict->limit->unit == LIMIT_UNIT_CONCURRENCY;
    verdict->remaining = is_slots ? 0 : call_limits_window(limits, lacks, now_ms).remaining;
    if (verdict->retry_helps)
        verdict->retry_after_ms = is_slots ? LIMITER_CONCURRENCY_RETRY_MS : limits->window_ends_ms;
}

void
call_limits_go_on(struct call_limits *limits)
{
    limits->goes_on = true;
    for (size_t i = 0; i < limits->count; i++)
        if (limits->parts[i].live->limit->unit == LIMIT_UNIT_REQUESTS_PER_MINUTE)
            pay_overuse(limits, i, limits->needs[i].amount);
}

void
call_limits_leave(struct call_limits *limits)
{
    if (limits && limits->is_waiting)
        lender_leave(limits->exchange->gateway->lender, &limits->asking);
    if (limits && limits->is_looking)
        loop_timer_stop(limits->look);
    if (limits)
        limits->is_waiting = limits->is_looking = false;
}

void
call_limits_settle(struct call_limits *limits, int64_t used_tokens)
{
    if (!limits || (!limits->is_held && !limits->goes_on))
        return;
    if (limits->goes_on) {
        call_limits_pay_tokens(limits, used_tokens);
        return;
    }
    limits->is_held = false;
    if (limits->purse) {
        call_limits_settle_purse(limits, used_tokens);
        return;
    }
    int64_t *actual = arena_alloc_raw(limits->exchange->arena, limits->count * sizeof(*actual));
    int64_t overused[LIMITER_SCOPES] = {0};
    bool is_overused = false;
    for (size_t i = 0; i < limits->count; i++) {
        const struct gateway_limit *limit = limits->parts[i].live->limit;
        int64_t held = limits->needs[i].amount;
        actual[i] = limit->unit == LIMIT_UNIT_REQUESTS_PER_MINUTE ? held : 0;
        if (limit->unit != LIMIT_UNIT_TOKENS_PER_MINUTE)
            continue;
        actual[i] = used_tokens < held ? used_tokens : held;
        overused[limit->scope] = used_tokens - actual[i];
        is_overused |= overused[limit->scope] > 0;
    }
    lender_use(limits->exchange->gateway->lender, &limits->asking.waiter.hold, actual, limits->count);
    for (size_t i = 0; i < limits->count && is_overused; i++)
        if (limits->parts[i].live->limit->unit == LIMIT_UNIT_TOKENS_PER_MINUTE)
            pay_overuse(limits, i, overused[limits->parts[i].live->limit->scope]);
}

void
call_limits_cancel(struct call_limits *limits)
{
    if (!limits || !limits->is_held)
        return;
    limits->is_held = false;
    if (limits->purse) {
        call_limits_cancel_purse(limits);
        return;
    }
    lender_cancel(limits->exchange->gateway->lender, &limits->asking.waiter.hold);
}

static enum lender_answer
hold(struct call_limits *limits)
{
    struct exchange *exchange = limits->exchange;
    if (!name_accounts(limits))
        return LENDER_UNREACHABLE;
    struct lender_call *asking = &limits->asking;
    asking->waiter.needs = limits->needs;
    asking->waiter.count = limits->count;
    asking->name_of = name_of;
    asking->named_by = limits;
    asking->need = 0;
    asking->on_answer = on_lender_answer;
    asking->owner = limits;
    asking->patience_ms = exchange->timing.now_ms + exchange->config->config.deadlines.total -
                          loop_now_ms(exchange->gateway->site.loop);
    enum lender_answer answer = lender_hold(exchange->gateway->lender, asking);
    limits->is_waiting = answer == LENDER_WAITS;
    return limits->is_waiting ? answer : look_again(limits, answer);
}

/* In the minute that it is now. */
static bool
name_accounts(struct call_limits *limits)
{
    const struct budget_window *minute = call_limits_present_minute(limits);
    for (size_t i = 0; i < limits->count; i++)
        if (!find_account(limits, i, minute) && !name_account(limits, i, minute))
            return false;
    return true;
}

static bool
is_of_slots(const struct call_limits *limits, size_t at)
{
    return limits->parts[at].live->limit->unit == LIMIT_UNIT_CONCURRENCY;
}

/* Where a call before this one found and named it. */
static bool
find_account(struct call_limits *limits, size_t at, const struct budget_window *minute)
{
    bool is_slots = is_of_slots(limits, at);
    const struct lease_account_place *place =
        live_account_place(limits->parts[at].account, is_slots ? 0 : minute->start_unix_ms);
    struct lease_account *account =
        lease_book_account_at(place, is_slots ? INT64_MAX : limits->minute_ends_ms);
    if (!account || (!is_slots && lease_account_is_fresh(account)))
        return false;
    limits->needs[at].account = account;
    return true;
}

static bool
name_account(struct call_limits *limits, size_t at, const struct budget_window *minute)
{
    struct lender *lender = limits->exchange->gateway->lender;
    bool is_slots = is_of_slots(limits, at);
    int64_t ends_ms = is_slots ? INT64_MAX : limits->minute_ends_ms;
    struct error why;
    const struct lease_account_name name = name_of(limits, at);
    struct lease_account_place *place =
        live_account_place(limits->parts[at].account, is_slots ? 0 : minute->start_unix_ms);
    if (!lender_account(lender, &name, ends_ms, place, &why))
        return false;
    struct lease_account *account = limits->needs[at].account = place->account;
    lease_account_be(account, is_slots ? LEASE_OF_SLOTS : LEASE_OF_RATE);
    if (!is_slots && lease_account_is_fresh(account)) {
        const struct budget_window last =
            budget_window_at(BUDGET_PERIOD_MINUTE, time_zone_utc(), minute->start_unix_ms - 1);
        lender_follow(lender, account,
                      &(struct lease_account_name){name.budget, name.owner, text_of(last.id)});
    }
    return true;
}

static struct lease_account_name
name_of(const void *named_by, size_t need)
{
    const struct call_limits *limits = named_by;
    const struct limit_part *part = &limits->parts[need];
    return (struct lease_account_name){.budget = part->live->id,
                                       .owner = part->account->owner,
                                       .window = is_of_slots(limits, need) ? TEXT(SHARED_LIMIT_NO_WINDOW)
                                                                           : text_of(limits->minute)};
}

const struct budget_window *
call_limits_present_minute(struct call_limits *limits)
{
    struct gateway *gateway = limits->exchange->gateway;
    struct budget_window *minute = &gateway->minute;
    int64_t unix_ms = clock_unix_ms();
    if (unix_ms < minute->start_unix_ms || unix_ms >= minute->end_unix_ms)
        *minute = budget_window_at(BUDGET_PERIOD_MINUTE, time_zone_utc(), unix_ms);
    memcpy(limits->minute, minute->id, sizeof(limits->minute));
    limits->window_ends_ms = minute->end_unix_ms - unix_ms;
    limits->asking.asked_ms = lender_now_ms(gateway->lender);
    limits->minute_ends_ms = limits->asking.asked_ms + limits->window_ends_ms;
    return minute;
}

/* The answer; or LENDER_WAITS, when what it lacks is a slot that another gateway may be giving back. */
static enum lender_answer
look_again(struct call_limits *limits, enum lender_answer answer)
{
    struct exchange *exchange = limits->exchange;
    limits->is_held = answer == LENDER_HELD;
    if (limits->is_held)
        call_limits_open_purse(limits);
    limits->lacks = limits->asking.need;
    if (answer == LENDER_UNREACHABLE && is_used_up(limits))
        return LENDER_LACKS;
    const struct gateway_limit *limit = limits->parts[limits->lacks].live->limit;
    if (answer != LENDER_LACKS || limit->unit != LIMIT_UNIT_CONCURRENCY)
        return answer;
    int64_t now_ms = lender_now_ms(exchange->gateway->lender);
    if (lease_account_sums(limits->needs[limits->lacks].account, now_ms).replicas <= 1)
        return answer;
    if (!limits->look) {
        limits->look = loop_timer_new(exchange->gateway->site.loop, exchange->arena, on_look, limits);
        limits->looks_until_ms = now_ms + SLOT_WAIT_MS;
    }
    if (now_ms >= limits->looks_until_ms)
        return answer;
    limits->is_looking = true;
    loop_timer_start(limits->look, SLOT_LOOK_MS);
    return LENDER_WAITS;
}

/* As the ledger said of a minute that is not over: only what others give back makes it more. */
static bool
is_used_up(struct call_limits *limits)
{
    int64_t now_ms = lender_now_ms(limits->exchange->gateway->lender);
    for (size_t i = 0; i < limits->count && now_ms < limits->minute_ends_ms; i++) {
        if (limits->parts[i].live->limit->unit == LIMIT_UNIT_CONCURRENCY)
            continue;
        struct lease_sums sums = lease_account_sums(limits->needs[i].account, now_ms);
        limits->lacks = i;
        if (sums.told_ms != INT64_MIN && !sums.is_refused &&
            limits->needs[i].amount - sums.usable > sums.remaining)
            return true;
    }
    return false;
}

static void
on_lender_answer(void *owner)
{
    struct call_limits *limits = owner;
    limits->is_waiting = false;
    enum lender_answer answer = look_again(limits, limits->asking.answer);
    if (answer != LENDER_WAITS)
        limits->on_answer(limits->owner, answer);
}

static void
on_look(void *owner)
{
    struct call_limits *limits = owner;
    limits->is_looking = false;
    enum lender_answer answer = hold(limits);
    if (answer != LENDER_WAITS)
        limits->on_answer(limits->owner, answer);
}

struct limiter_window
call_limits_window(const struct call_limits *limits, size_t at, int64_t now_ms)
{
    const struct gateway_limit *limit = limits->parts[at].live->limit;
    struct limiter_window window = {
        .limit = limit, .remaining = limit->amount, .reset_ms = limits->window_ends_ms};
    if (limits->needs[at].account)
        window.remaining = lease_account_left(limits->needs[at].account, limit->amount, now_ms);
    return window;
}

void
call_limits_pay_tokens(struct call_limits *limits, int64_t tokens)
{
    for (size_t i = 0; i < limits->count; i++)
        if (limits->parts[i].live->limit->unit == LIMIT_UNIT_TOKENS_PER_MINUTE)
            pay_overuse(limits, i, tokens);
}

/* Of the minute that it is found in: the one that it was taken in may be over. */
static void
pay_overuse(struct call_limits *limits, size_t at, int64_t amount)
{
    if (amount <= 0)
        return;
    if (!name_account(limits, at, call_limits_present_minute(limits)))
        return;
    const struct lease_account_name name = name_of(limits, at);
    lender_overuse(limits->exchange->gateway->lender, limits->needs[at].account, &name, amount);
}
