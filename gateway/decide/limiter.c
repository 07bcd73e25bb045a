/* The order limits are asked in: a call looks at all of them first and takes only when all agree. One thread,
 * so nothing comes between looking and taking. */
#include "gateway/decide/limiter.h"

#include <assert.h>

#include "gateway/decide/limiter_account.h"
#include "lib/base/arena.h"

#define MAX_LIMITS (LIMITER_SCOPES * (LIMITER_RATES + 1) * LIMITER_MODES)

struct limiter {
    struct limiter_accounts accounts;
    struct limiter_account environment;
    const struct gateway_limit *limits[MAX_LIMITS];
    size_t limit_count;
};

/* One call's question, with its accounts found. */
struct question {
    const struct limiter_ask *ask;
    struct limiter_account *accounts[LIMITER_SCOPES]; /* NULL: that scope does not count */
};

static struct bucket_verdict look(const struct question *question, const struct gateway_limit *limit);
static struct limiter_part part_of(const struct limiter_ask *ask, const struct gateway_limit *limit);
static bool counts(const struct question *question, const struct gateway_limit *limit);
static void note_refusal(struct limiter_verdict *verdict, const struct question *question,
                         const struct gateway_limit *limit, const struct bucket_verdict *refusal);
static void
note_windows(const struct limiter *limiter, const struct question *question, struct limiter_verdict *verdict);
static void
take_from_all(const struct limiter *limiter, const struct question *question, struct limiter_hold *hold);
static void close_hold(struct limiter_hold *hold, const int64_t *used, int64_t now_ms);
static void
settle_scaled(struct token_bucket *bucket, const struct limiter_taken *taken, int64_t used, int64_t now_ms);
static int64_t within(int64_t value, int64_t highest);

struct limiter *
limiter_new(struct arena *arena)
{
    struct limiter *limiter = arena_alloc(arena, sizeof(*limiter));
    limiter_accounts_init(&limiter->accounts, arena);
    return limiter;
}

void
limiter_apply(struct limiter *limiter, const struct gateway_config *config, int64_t now_ms)
{
    limiter->limit_count = 0;
    for (size_t i = 0; i < config->limits.count && limiter->limit_count < MAX_LIMITS; i++)
        limiter->limits[limiter->limit_count++] = &config->limits.items[i];
    limiter_accounts_tidy(&limiter->accounts, now_ms);
}

struct limiter_verdict
limiter_take(struct limiter *limiter, const struct limiter_ask *ask, struct limiter_hold *out_hold)
{
    struct question question = {.ask = ask, .accounts = {[LIMIT_SCOPE_ENVIRONMENT] = &limiter->environment}};
    if (!text_is_empty(ask->caller))
        question.accounts[LIMIT_SCOPE_CALLER] = limiter_accounts_get(&limiter->accounts, ask->caller);

    struct limiter_verdict verdict = {.granted = true, .retry_helps = true};
    for (size_t i = 0; i < limiter->limit_count; i++) {
        const struct gateway_limit *limit = limiter->limits[i];
        if (!counts(&question, limit))
            continue;
        struct bucket_verdict one = look(&question, limit);
        if (one.granted)
            continue;
        if (limit->from.mode == POLICY_MODE_ENFORCE)
            note_refusal(&verdict, &question, limit, &one);
        else if (verdict.shadow_count < LIMITER_MAX_SHADOW)
            verdict.shadow[verdict.shadow_count++] = limit;
    }
    if (verdict.granted)
        take_from_all(limiter, &question, out_hold);
    note_windows(limiter, &question, &verdict);
    return verdict;
}

void
limiter_settle(struct limiter *limiter, struct limiter_hold *hold, int64_t used_tokens, int64_t now_ms)
{
    (void)limiter;
    int64_t used[LIMITER_RATES] = {
        [LIMIT_UNIT_REQUESTS_PER_MINUTE] = 1,
        [LIMIT_UNIT_TOKENS_PER_MINUTE] = within(used_tokens, INT64_MAX),
    };
    close_hold(hold, used, now_ms);
}

void
limiter_cancel(struct limiter *limiter, struct limiter_hold *hold, int64_t now_ms)
{
    (void)limiter;
    close_hold(hold, (const int64_t[LIMITER_RATES]){0}, now_ms);
}

int64_t
limiter_in_flight(const struct limiter *limiter)
{
    return limiter->environment.slots.taken;
}

static struct bucket_verdict
look(const struct question *question, const struct gateway_limit *limit)
{
    struct limiter_account *account = question->accounts[limit->scope];
    const struct limiter_part part = part_of(question->ask, limit);
    if (limit->unit != LIMIT_UNIT_CONCURRENCY) {
        struct token_bucket *bucket = limiter_account_bucket(account, &part, question->ask->now_ms);
        return token_bucket_look(bucket, question->ask->now_ms,
                                 limiter_needs(question->ask, limit->unit, part.amount));
    }
    if (concurrency_has_room(&account->slots, part.amount))
        return (struct bucket_verdict){.granted = true};
    return (struct bucket_verdict){.never = limit->amount == 0,
                                   .retry_after_ms = LIMITER_CONCURRENCY_RETRY_MS};
}

int64_t
limiter_needs(const struct limiter_ask *ask, enum limit_unit unit, int64_t amount)
{
    if (unit != LIMIT_UNIT_TOKENS_PER_MINUTE)
        return 1;
    int64_t input = within(ask->input_tokens, TOKEN_BUCKET_MAX_PER_MINUTE);
    int64_t whole = input + within(ask->output_tokens, TOKEN_BUCKET_MAX_PER_MINUTE);
    int64_t most = input > amount ? input : amount;
    whole = whole < most ? whole : most;
    return whole > 0 ? whole : 1;
}

/* Where replicas cannot be asked, each has an even part; of what is only tried, all of it. */
static struct limiter_part
part_of(const struct limiter_ask *ask, const struct gateway_limit *limit)
{
    struct limiter_part part = {limit, limit->amount};
    if (ask->replicas > 1 && limit->amount > 0 && limit->from.mode == POLICY_MODE_ENFORCE)
        part.amount = limit->amount > ask->replicas ? limit->amount / ask->replicas : 1;
    return part;
}

static bool
counts(const struct question *question, const struct gateway_limit *limit)
{
    bool is_held_elsewhere = question->ask->is_lent && limit->from.mode == POLICY_MODE_ENFORCE;
    return question->accounts[limit->scope] && !is_held_elsewhere;
}

/* Of several refusals the one that holds longest is told: coming back earlier would be in vain. */
static void
note_refusal(struct limiter_verdict *verdict, const struct question *question,
             const struct gateway_limit *limit, const struct bucket_verdict *refusal)
{
    bool is_first = verdict->granted;
    verdict->granted = false;
    if (!is_first && !(refusal->never && verdict->retry_helps) &&
        (!verdict->retry_helps || refusal->retry_after_ms <= verdict->retry_after_ms))
        return;
    verdict->limit = limit;
    verdict->needed = limiter_needs(question->ask, limit->unit, part_of(question->ask, limit).amount);
    verdict->remaining = refusal->remaining;
    verdict->retry_helps = !refusal->never;
    verdict->retry_after_ms = refusal->never ? 0 : refusal->retry_after_ms;
}

static void
note_windows(const struct limiter *limiter, const struct question *question, struct limiter_verdict *verdict)
{
    for (size_t i = 0; i < limiter->limit_count; i++) {
        const struct gateway_limit *limit = limiter->limits[i];
        struct limiter_account *account = question->accounts[limit->scope];
        if (!counts(question, limit) || limit->unit == LIMIT_UNIT_CONCURRENCY ||
            limit->from.mode != POLICY_MODE_ENFORCE)
            continue;
        struct limiter_window *window =
            limit->unit == LIMIT_UNIT_TOKENS_PER_MINUTE ? &verdict->tokens : &verdict->requests;
        const struct limiter_part part = part_of(question->ask, limit);
        struct token_bucket *bucket = limiter_account_bucket(account, &part, question->ask->now_ms);
        struct bucket_verdict state = token_bucket_look(bucket, question->ask->now_ms, 0);
        if (!window->limit || state.remaining < window->remaining)
            *window = (struct limiter_window){limit, state.remaining, state.reset_ms};
    }
}

/* A Shadow limit that would have refused counts nothing: under it the call would not have been. */
static void
take_from_all(const struct limiter *limiter, const struct question *question, struct limiter_hold *hold)
{
    *hold = (struct limiter_hold){0};
    for (int scope = 0; scope < LIMITER_SCOPES; scope++) {
        hold->accounts[scope] = question->accounts[scope];
        if (hold->accounts[scope])
            concurrency_take(&hold->accounts[scope]->slots);
    }
    for (size_t i = 0; i < limiter->limit_count; i++) {
        const struct gateway_limit *limit = limiter->limits[i];
        struct limiter_account *account = question->accounts[limit->scope];
        if (!counts(question, limit) || limit->unit == LIMIT_UNIT_CONCURRENCY)
            continue;
        const struct limiter_part part = part_of(question->ask, limit);
        int64_t now_ms = question->ask->now_ms;
        int64_t amount = limiter_needs(question->ask, limit->unit, part.amount);
        struct token_bucket *bucket = limiter_account_bucket(account, &part, now_ms);
        if (token_bucket_take(bucket, now_ms, amount).granted)
            hold->taken[limit->scope][limit->unit][limit->from.mode] =
                (struct limiter_taken){amount, part.amount};
    }
}

static void
close_hold(struct limiter_hold *hold, const int64_t *used, int64_t now_ms)
{
    for (int scope = 0; scope < LIMITER_SCOPES; scope++) {
        struct limiter_account *account = hold->accounts[scope];
        if (!account)
            continue;
        concurrency_return(&account->slots);
        for (int rate = 0; rate < LIMITER_RATES; rate++)
            for (int mode = 0; mode < LIMITER_MODES; mode++)
                settle_scaled(&account->buckets[rate][mode], &hold->taken[scope][rate][mode], used[rate],
                              now_ms);
    }
    *hold = (struct limiter_hold){0};
}

/* The limit may have changed since: what was taken is a share of what the minute allowed then, and comes back
 * as that share, or lowering a limit would refill it. */
static void
settle_scaled(struct token_bucket *bucket, const struct limiter_taken *taken, int64_t used, int64_t now_ms)
{
    if (taken->amount == 0)
        return;
    if (bucket->per_minute != taken->per_minute) {
        __int128 factor = bucket->per_minute;
        token_bucket_settle(
            bucket, now_ms, (int64_t)(taken->amount * factor / taken->per_minute),
            (int64_t)(within(used, TOKEN_BUCKET_MAX_PER_MINUTE) * factor / taken->per_minute));
        return;
    }
    token_bucket_settle(bucket, now_ms, taken->amount, used);
}

static int64_t
within(int64_t value, int64_t highest)
{
    if (value < 0)
        return 0;
    return value < highest ? value : highest;
}
