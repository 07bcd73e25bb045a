/* The bucket against examples, and against a slow model that adds up what was granted. */
#include <criterion/criterion.h>

#include "lib/base/token_bucket.h"
#include "tests/unit/gateway/decide/random_sequence.h"

Test(token_bucket, refills_with_time_and_says_when_to_come_back)
{
    struct token_bucket bucket = token_bucket_full(.per_minute = 600, .now_ms = 0);

    cr_assert(token_bucket_take(&bucket, 0, 600).granted);
    struct bucket_verdict refused = token_bucket_take(&bucket, 0, 10);

    cr_assert_not(refused.granted);
    cr_assert_eq(refused.retry_after_ms, 1000);
    cr_assert_not(token_bucket_take(&bucket, 999, 10).granted);
    cr_assert(token_bucket_take(&bucket, 1000, 10).granted);
}

Test(token_bucket, admits_exactly_its_limit_within_one_instant)
{
    struct token_bucket bucket = token_bucket_full(.per_minute = 137, .now_ms = 5000);

    int granted = 0;
    for (int i = 0; i < 1000; i++)
        granted += token_bucket_take(&bucket, 5000, 1).granted;

    cr_assert_eq(granted, 137);
}

Test(token_bucket, refuses_for_good_what_is_more_than_the_whole_limit)
{
    struct token_bucket bucket = token_bucket_full(.per_minute = 100, .now_ms = 0);

    struct bucket_verdict verdict = token_bucket_take(&bucket, 0, 101);

    cr_assert_not(verdict.granted);
    cr_assert(verdict.never);
    cr_assert_eq(verdict.retry_after_ms, 0);
    cr_assert_eq(verdict.remaining, 100);
}

Test(token_bucket, refuses_everything_at_a_limit_of_zero)
{
    struct token_bucket bucket = token_bucket_full(.per_minute = 0, .now_ms = 0);

    cr_assert(token_bucket_take(&bucket, 0, 1).never);
    cr_assert(token_bucket_take(&bucket, 1000000, 1).never);
}

Test(token_bucket, says_what_is_left_and_when_it_is_full_again)
{
    struct token_bucket bucket = token_bucket_full(.per_minute = 60, .now_ms = 0);

    struct bucket_verdict verdict = token_bucket_take(&bucket, 0, 20);

    cr_assert(verdict.granted);
    cr_assert_eq(verdict.remaining, 40);
    cr_assert_eq(verdict.reset_ms, 20000);
}

Test(token_bucket, gives_back_what_was_not_used)
{
    struct token_bucket bucket = token_bucket_full(.per_minute = 100, .now_ms = 0);
    cr_assert(token_bucket_take(&bucket, 0, 100).granted);

    token_bucket_settle(&bucket, 0, 100, 30);

    cr_assert_eq(token_bucket_look(&bucket, 0, 0).remaining, 70);
}

Test(token_bucket, owes_what_was_used_beyond_the_estimate)
{
    struct token_bucket bucket = token_bucket_full(.per_minute = 60, .now_ms = 0);
    cr_assert(token_bucket_take(&bucket, 0, 60).granted);

    token_bucket_settle(&bucket, 0, 60, 90);

    struct bucket_verdict verdict = token_bucket_take(&bucket, 0, 1);
    cr_assert_not(verdict.granted);
    cr_assert_eq(verdict.retry_after_ms, 31000);
    cr_assert_eq(verdict.remaining, 0);
}

Test(token_bucket, bounds_what_one_absurd_count_can_owe)
{
    struct token_bucket bucket = token_bucket_full(.per_minute = 60, .now_ms = 0);
    cr_assert(token_bucket_take(&bucket, 0, 1).granted);

    token_bucket_settle(&bucket, 0, 1, INT64_MAX);

    struct bucket_verdict verdict = token_bucket_look(&bucket, 0, 1);
    cr_assert_eq(verdict.retry_after_ms, TOKEN_BUCKET_MAX_DEBT_MINUTES * 60000 + 1000);
}

Test(token_bucket, never_holds_more_than_its_limit)
{
    struct token_bucket bucket = token_bucket_full(.per_minute = 10, .now_ms = 0);

    token_bucket_return(&bucket, 0, 1000);

    cr_assert_eq(token_bucket_look(&bucket, 100000000, 0).remaining, 10);
}

Test(token_bucket, refills_nothing_when_time_steps_back)
{
    struct token_bucket bucket = token_bucket_full(.per_minute = 60, .now_ms = 60000);
    cr_assert(token_bucket_take(&bucket, 60000, 60).granted);

    cr_assert_not(token_bucket_take(&bucket, 1000, 1).granted);
    cr_assert_not(token_bucket_take(&bucket, 60999, 1).granted);
    cr_assert(token_bucket_take(&bucket, 61000, 1).granted);
}

Test(token_bucket, keeps_the_spent_share_when_the_limit_changes)
{
    struct token_bucket bucket = token_bucket_full(.per_minute = 100, .now_ms = 0);
    cr_assert(token_bucket_take(&bucket, 0, 50).granted);

    token_bucket_change_limit(&bucket, 0, 1000);
    cr_assert_eq(token_bucket_look(&bucket, 0, 0).remaining, 500);

    token_bucket_change_limit(&bucket, 0, 10);
    cr_assert_eq(token_bucket_look(&bucket, 0, 0).remaining, 5);
}

Test(token_bucket, gives_nothing_away_over_a_thousand_edits)
{
    struct token_bucket bucket = token_bucket_full(.per_minute = 10, .now_ms = 0);
    int granted = 0;

    for (int i = 0; i < 1000; i++) {
        granted += token_bucket_take(&bucket, 0, 1).granted;
        token_bucket_change_limit(&bucket, 0, i % 2 ? 10 : 7);
    }

    cr_assert_leq(granted, 10);
}

Test(token_bucket, counts_the_largest_limit_without_overflow)
{
    struct token_bucket bucket = token_bucket_full(.per_minute = TOKEN_BUCKET_MAX_PER_MINUTE, .now_ms = 0);

    cr_assert(token_bucket_take(&bucket, 0, TOKEN_BUCKET_MAX_PER_MINUTE).granted);
    cr_assert_eq(token_bucket_look(&bucket, 0, TOKEN_BUCKET_MAX_PER_MINUTE).retry_after_ms, 60000);
    cr_assert(token_bucket_take(&bucket, INT64_MAX / 2, TOKEN_BUCKET_MAX_PER_MINUTE).granted);
}

/* What a stretch of w ms may have: the limit, and what refills meanwhile. */
static void
expect_within_limit(const int64_t *granted_at, int granted, int64_t per_minute)
{
    for (int from = 0; from < granted; from++)
        for (int to = from; to < granted; to++) {
            int64_t window_ms = granted_at[to] - granted_at[from];
            cr_assert_leq((to - from + 1 - per_minute) * 60000, window_ms * per_minute);
        }
}

Test(token_bucket, never_grants_more_than_the_limit_and_its_refill_in_any_window)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct random_sequence random = {seed};
        int64_t per_minute = 1 + random_below(&random, 300), now_ms = 0;
        struct token_bucket bucket = token_bucket_full(.per_minute = per_minute, .now_ms = 0);
        int64_t granted_at[600];
        int granted = 0;

        for (int i = 0; i < 600; i++) {
            now_ms += random_below(&random, 400);
            if (token_bucket_take(&bucket, now_ms, 1).granted)
                granted_at[granted++] = now_ms;
        }

        expect_within_limit(granted_at, granted, per_minute);
    }
}

Test(token_bucket, agrees_with_exact_bookkeeping_over_random_sequences)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct random_sequence random = {seed};
        int64_t per_minute = 1 + random_below(&random, 5000), now_ms = 0;
        struct token_bucket bucket = token_bucket_full(.per_minute = per_minute, .now_ms = 0);
        int64_t level = per_minute * 60000;

        for (int i = 0; i < 300; i++) {
            int64_t step_ms = random_below(&random, 3000), amount = random_below(&random, per_minute + 2);
            now_ms += step_ms;
            level += step_ms * per_minute;
            level = level > per_minute * 60000 ? per_minute * 60000 : level;
            bool expected = amount <= per_minute && level >= amount * 60000;

            cr_assert_eq(token_bucket_take(&bucket, now_ms, amount).granted, expected);
            if (expected)
                level -= amount * 60000;
            if (expected && random_below(&random, 2)) {
                int64_t actual = random_below(&random, amount + 1);
                token_bucket_settle(&bucket, now_ms, amount, actual);
                level += (amount - actual) * 60000;
            }
        }
    }
}

Test(token_bucket, a_refused_call_that_waits_as_told_is_granted)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct random_sequence random = {seed};
        int64_t per_minute = 1 + random_below(&random, 1000), now_ms = random_below(&random, 1000000);
        struct token_bucket bucket = token_bucket_full(.per_minute = per_minute, .now_ms = now_ms);
        int64_t amount = 1 + random_below(&random, per_minute);
        cr_assert(token_bucket_take(&bucket, now_ms, per_minute).granted);

        struct bucket_verdict refused = token_bucket_take(&bucket, now_ms, amount);

        cr_assert_not(refused.granted);
        cr_assert_not(token_bucket_look(&bucket, now_ms + refused.retry_after_ms - 1, amount).granted);
        cr_assert(token_bucket_take(&bucket, now_ms + refused.retry_after_ms, amount).granted);
    }
}
