/* All limits together: all or nothing, Shadow, config swaps, settling. */
#include <criterion/criterion.h>

#include "gateway/decide/limiter.h"
#include "lib/base/arena.h"
#include "tests/unit/gateway/decide/random_sequence.h"

static struct arena *arena;
static struct limiter *limiter;

static void
given_limiter(void)
{
    arena = arena_new(0);
    limiter = limiter_new(arena);
}

static void
end_limiter(void)
{
    arena_free(arena);
}

TestSuite(limiter, .init = given_limiter, .fini = end_limiter);

static struct gateway_limit
limit_of(enum limit_scope scope, enum limit_unit unit, int64_t amount)
{
    return (struct gateway_limit){.scope = scope, .unit = unit, .amount = amount};
}

static struct gateway_limit
shadow_of(enum limit_scope scope, enum limit_unit unit, int64_t amount)
{
    struct gateway_limit limit = limit_of(scope, unit, amount);
    limit.from.mode = POLICY_MODE_SHADOW;
    return limit;
}

/* The config lives as long as the test. */
static void
apply(const struct gateway_limit *limits, size_t count)
{
    struct gateway_config *config = arena_alloc(arena, sizeof(*config));
    config->limits.items = arena_copy(arena, limits, count * sizeof(*limits));
    config->limits.count = count;
    limiter_apply(limiter, config, 0);
}
#define APPLY(...)                                                                                           \
    apply((struct gateway_limit[]){__VA_ARGS__}, COUNT_OF(((struct gateway_limit[]){__VA_ARGS__})))

static struct limiter_verdict
take(const char *caller, int64_t tokens, int64_t now_ms, struct limiter_hold *out_hold)
{
    struct limiter_ask ask = {.caller = text_of(caller), .input_tokens = tokens, .now_ms = now_ms};
    return limiter_take(limiter, &ask, out_hold);
}

static int
count_granted(const char *caller, int tries, int64_t now_ms)
{
    int granted = 0;
    for (int i = 0; i < tries; i++) {
        struct limiter_hold hold = {0};
        granted += take(caller, 1, now_ms, &hold).granted;
        limiter_settle(limiter, &hold, 1, now_ms);
    }
    return granted;
}

Test(limiter, admits_exactly_the_limit_of_a_thousand_concurrent_calls)
{
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 137));
    struct limiter_hold *holds = arena_alloc_array(arena, 1000, sizeof(*holds));

    int granted = 0;
    for (int i = 0; i < 1000; i++)
        granted += take("ada", 1, 0, &holds[i]).granted;

    cr_assert_eq(granted, 137);
    cr_assert_eq(limiter_in_flight(limiter), 137);
}

Test(limiter, counts_each_caller_for_itself_and_the_environment_over_all)
{
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 10),
          limit_of(LIMIT_SCOPE_ENVIRONMENT, LIMIT_UNIT_REQUESTS_PER_MINUTE, 25));

    cr_assert_eq(count_granted("ada", 20, 0), 10);
    cr_assert_eq(count_granted("bob", 20, 0), 10);
    cr_assert_eq(count_granted("cyd", 20, 0), 5);
}

Test(limiter, takes_from_no_limit_what_another_refused)
{
    APPLY(limit_of(LIMIT_SCOPE_ENVIRONMENT, LIMIT_UNIT_REQUESTS_PER_MINUTE, 100),
          limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_TOKENS_PER_MINUTE, 50));
    struct limiter_hold hold = {0};

    struct limiter_verdict refused = take("ada", 51, 0, &hold);

    cr_assert_not(refused.granted);
    cr_assert_eq(refused.requests.remaining, 100);
    cr_assert_null(hold.accounts[LIMIT_SCOPE_ENVIRONMENT]);
    cr_assert_eq(limiter_in_flight(limiter), 0);
}

Test(limiter, names_the_limit_what_is_left_and_when_to_come_back)
{
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_TOKENS_PER_MINUTE, 600));
    struct limiter_hold first = {0}, second = {0};
    cr_assert(take("ada", 500, 0, &first).granted);

    struct limiter_verdict refused = take("ada", 200, 0, &second);

    cr_assert_not(refused.granted);
    cr_assert_eq(refused.limit->unit, LIMIT_UNIT_TOKENS_PER_MINUTE);
    cr_assert_eq(refused.limit->amount, 600);
    cr_assert_eq(refused.needed, 200);
    cr_assert_eq(refused.remaining, 100);
    cr_assert_eq(refused.retry_after_ms, 10000);
    cr_assert(refused.retry_helps);
    limiter_cancel(limiter, &first, 0);
}

Test(limiter, says_that_a_retry_cannot_help_a_prompt_longer_than_the_whole_limit)
{
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_TOKENS_PER_MINUTE, 100),
          limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 1));
    struct limiter_hold hold = {0};
    cr_assert(take("ada", 1, 0, &hold).granted);

    struct limiter_verdict refused = take("ada", 101, 0, &(struct limiter_hold){0});

    cr_assert_not(refused.retry_helps);
    cr_assert_eq(refused.limit->unit, LIMIT_UNIT_TOKENS_PER_MINUTE);
    limiter_cancel(limiter, &hold, 0);
}

Test(limiter, tells_the_longest_wait_of_several_refusals)
{
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 60),
          limit_of(LIMIT_SCOPE_ENVIRONMENT, LIMIT_UNIT_REQUESTS_PER_MINUTE, 60),
          limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_TOKENS_PER_MINUTE, 60));
    cr_assert_eq(count_granted("ada", 60, 0), 60);
    struct limiter_hold hold = {0};

    struct limiter_verdict refused = take("ada", 30, 0, &hold);

    cr_assert_eq(refused.limit->unit, LIMIT_UNIT_TOKENS_PER_MINUTE);
    cr_assert_eq(refused.retry_after_ms, 30000);
}

Test(limiter, holds_the_longest_answer_only_as_far_as_the_limit_reaches)
{
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_TOKENS_PER_MINUTE, 100));
    struct limiter_hold hold = {0};
    struct limiter_ask ask = {.caller = TEXT("ada"), .input_tokens = 10, .output_tokens = 100000};

    struct limiter_verdict verdict = limiter_take(limiter, &ask, &hold);

    cr_assert(verdict.granted);
    cr_assert_eq(verdict.tokens.remaining, 0);
    limiter_settle(limiter, &hold, 15, 0);
    cr_assert(take("ada", 85, 0, &hold).granted);
    limiter_cancel(limiter, &hold, 0);
}

Test(limiter, settles_what_was_really_used_and_makes_the_rest_wait)
{
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_TOKENS_PER_MINUTE, 60));
    struct limiter_hold hold = {0};
    cr_assert(take("ada", 10, 0, &hold).granted);

    limiter_settle(limiter, &hold, 90, 0);

    struct limiter_verdict refused = take("ada", 1, 0, &hold);
    cr_assert_not(refused.granted);
    cr_assert_eq(refused.retry_after_ms, 31000);
}

Test(limiter, gives_everything_back_for_a_call_that_was_not_made)
{
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 1),
          limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_CONCURRENCY, 1));
    struct limiter_hold hold = {0};
    cr_assert(take("ada", 1, 0, &hold).granted);

    limiter_cancel(limiter, &hold, 0);
    limiter_cancel(limiter, &hold, 0);

    cr_assert(take("ada", 1, 0, &hold).granted);
    limiter_cancel(limiter, &hold, 0);
}

Test(limiter, keeps_calls_at_once_below_the_limit)
{
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_CONCURRENCY, 2));
    struct limiter_hold holds[3] = {0};
    cr_assert(take("ada", 1, 0, &holds[0]).granted);
    cr_assert(take("ada", 1, 0, &holds[1]).granted);

    struct limiter_verdict refused = take("ada", 1, 0, &holds[2]);

    cr_assert_not(refused.granted);
    cr_assert_eq(refused.limit->unit, LIMIT_UNIT_CONCURRENCY);
    cr_assert_eq(refused.retry_after_ms, LIMITER_CONCURRENCY_RETRY_MS);
    limiter_settle(limiter, &holds[0], 1, 0);
    cr_assert(take("ada", 1, 0, &holds[2]).granted);
}

Test(limiter, counts_running_calls_under_a_concurrency_limit_that_appears_later)
{
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 100));
    struct limiter_hold holds[2] = {0};
    cr_assert(take("ada", 1, 0, &holds[0]).granted);

    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_CONCURRENCY, 1));

    cr_assert_not(take("ada", 1, 0, &holds[1]).granted);
    limiter_settle(limiter, &holds[0], 1, 0);
    cr_assert(take("ada", 1, 0, &holds[1]).granted);
}

Test(limiter, evaluates_shadow_limits_without_blocking)
{
    APPLY(shadow_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 1),
          limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 3));
    struct limiter_hold hold = {0};
    cr_assert_eq(take("ada", 1, 0, &hold).shadow_count, 0);
    limiter_settle(limiter, &hold, 1, 0);

    struct limiter_verdict verdict = take("ada", 1, 0, &hold);

    cr_assert(verdict.granted);
    cr_assert_eq(verdict.shadow_count, 1);
    cr_assert_eq(verdict.shadow[0]->amount, 1);
    cr_assert_eq(verdict.requests.limit->amount, 3);
    limiter_settle(limiter, &hold, 1, 0);
}

Test(limiter, refills_nothing_over_a_hundred_edits)
{
    int granted = 0;
    for (int i = 0; i < 100; i++) {
        APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 20));
        granted += count_granted("ada", 3, 0);
    }
    cr_assert_eq(granted, 20);
}

Test(limiter, refills_nothing_when_a_limit_goes_and_comes_back)
{
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 5));
    cr_assert_eq(count_granted("ada", 9, 0), 5);

    apply(NULL, 0);
    cr_assert_eq(count_granted("ada", 9, 0), 9);
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 5));

    cr_assert_eq(count_granted("ada", 9, 0), 0);
    cr_assert_eq(count_granted("ada", 9, 12000), 1);
}

Test(limiter, gives_back_the_same_share_after_the_limit_was_lowered)
{
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_TOKENS_PER_MINUTE, 1000));
    struct limiter_hold spent = {0}, running = {0};
    cr_assert(take("ada", 500, 0, &spent).granted);
    limiter_settle(limiter, &spent, 500, 0);
    cr_assert(take("ada", 500, 0, &running).granted);

    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_TOKENS_PER_MINUTE, 10));
    limiter_settle(limiter, &running, 100, 0);

    struct limiter_hold hold = {0};
    cr_assert_eq(take("ada", 5, 0, &hold).needed, 5);
    cr_assert(take("ada", 4, 0, &hold).granted);
    limiter_cancel(limiter, &hold, 0);
}

Test(limiter, forgets_callers_whose_minute_is_over)
{
    APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 5));
    cr_assert_eq(count_granted("ada", 9, 0), 5);
    struct gateway_config *config = arena_alloc(arena, sizeof(*config));
    struct gateway_limit limit = limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 5);
    config->limits.items = &limit;
    config->limits.count = 1;

    limiter_apply(limiter, config, 3600000);

    cr_assert_eq(count_granted("bob", 9, 3600000), 5);
    cr_assert_eq(count_granted("ada", 9, 3600000), 5);
}

Test(limiter, counts_for_the_environment_when_the_caller_is_not_known)
{
    APPLY(limit_of(LIMIT_SCOPE_ENVIRONMENT, LIMIT_UNIT_REQUESTS_PER_MINUTE, 2),
          limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 1));

    cr_assert_eq(count_granted("", 5, 0), 2);
}

Test(limiter, stays_balanced_over_random_calls_and_edits)
{
    static const char *const callers[] = {"ada", "bob", "cyd"};
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct random_sequence random = {seed};
        struct limiter_hold holds[40] = {0};
        int64_t now_ms = 0;
        for (int i = 0; i < 400; i++) {
            now_ms += random_below(&random, 200);
            struct limiter_hold *hold = &holds[random_below(&random, 40)];
            if (hold->accounts[LIMIT_SCOPE_ENVIRONMENT] && random_below(&random, 2))
                limiter_settle(limiter, hold, random_below(&random, 50), now_ms);
            else if (hold->accounts[LIMIT_SCOPE_ENVIRONMENT])
                limiter_cancel(limiter, hold, now_ms);
            else
                take(callers[random_below(&random, 3)], random_below(&random, 50), now_ms, hold);
            if (random_below(&random, 20) == 0)
                APPLY(limit_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_CONCURRENCY, 1 + random_below(&random, 20)),
                      limit_of(LIMIT_SCOPE_ENVIRONMENT, LIMIT_UNIT_TOKENS_PER_MINUTE,
                               random_below(&random, 5000)));
        }
        for (int i = 0; i < 40; i++)
            limiter_cancel(limiter, &holds[i], now_ms);
        cr_assert_eq(limiter_in_flight(limiter), 0);
    }
}

static bool
take_part(int64_t replicas, bool is_lent)
{
    const struct limiter_ask ask = {
        .caller = TEXT("ada"), .input_tokens = 10, .replicas = replicas, .is_lent = is_lent};
    struct limiter_hold hold;
    return limiter_take(limiter, &ask, &hold).granted;
}

Test(limiter, of_replicas_that_cannot_ask_each_has_an_even_part)
{
    APPLY(limit_of(LIMIT_SCOPE_ENVIRONMENT, LIMIT_UNIT_REQUESTS_PER_MINUTE, 10));
    for (int i = 0; i < 3; i++)
        cr_assert(take_part(3, false));
    cr_assert_not(take_part(3, false));
}

Test(limiter, a_part_is_never_nothing_but_of_nothing)
{
    APPLY(limit_of(LIMIT_SCOPE_ENVIRONMENT, LIMIT_UNIT_CONCURRENCY, 2));
    cr_assert(take_part(5, false));
    cr_assert_not(take_part(5, false));
    APPLY(limit_of(LIMIT_SCOPE_ENVIRONMENT, LIMIT_UNIT_CONCURRENCY, 0));
    cr_assert_not(take_part(5, false));
}

Test(limiter, what_is_held_on_loan_is_not_counted_twice_but_what_is_tried_is_counted)
{
    APPLY(limit_of(LIMIT_SCOPE_ENVIRONMENT, LIMIT_UNIT_REQUESTS_PER_MINUTE, 1),
          shadow_of(LIMIT_SCOPE_CALLER, LIMIT_UNIT_REQUESTS_PER_MINUTE, 1));
    const struct limiter_ask ask = {.caller = TEXT("ada"), .replicas = 3, .is_lent = true};
    struct limiter_hold hold;
    cr_assert_eq(limiter_take(limiter, &ask, &hold).shadow_count, 0);
    struct limiter_verdict verdict = limiter_take(limiter, &ask, &hold);
    cr_assert(verdict.granted);
    cr_assert_eq(verdict.shadow_count, 1, "the whole of it is this process's");
    cr_assert_null(verdict.requests.limit);
    cr_assert_eq(limiter_in_flight(limiter), 2);
}
