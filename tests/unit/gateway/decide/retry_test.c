/* Again here, on to the next, or give up. */
#include <criterion/criterion.h>

#include "gateway/decide/retry.h"
#include "gateway/decide/retry_after.h"
#include "tests/unit/gateway/decide/random_sequence.h"

static const struct gateway_retry retry = {.attempts = 2, .backoff_base = 200, .backoff_max = 3000};

static struct retry_question
first_failure(enum call_failure failure)
{
    return (struct retry_question){
        .failure = failure,
        .target_attempts = 1,
        .total_attempts = 1,
        .max_total_attempts = 3,
        .retry_after_ms = RETRY_AFTER_NONE,
        .time_left_ms = 60000,
        .retry = &retry,
        .random = 12345,
    };
}

Test(retry, asks_the_same_target_again_after_a_server_error)
{
    struct retry_question question = first_failure(CALL_FAILURE_SERVER);

    struct retry_verdict verdict = retry_decide(&question);

    cr_assert_eq(verdict.action, RETRY_SAME_TARGET);
    cr_assert(verdict.delay_ms >= 100 && verdict.delay_ms <= 200);
}

Test(retry, goes_on_when_the_tries_on_one_target_are_used_up)
{
    struct retry_question question = first_failure(CALL_FAILURE_SERVER);
    question.target_attempts = question.total_attempts = 2;
    question.has_next_target = true;

    cr_assert_eq(retry_decide(&question).action, RETRY_NEXT_TARGET);
    question.has_next_target = false;
    cr_assert_eq(retry_decide(&question).action, RETRY_GIVE_UP);
}

Test(retry, never_asks_a_silent_target_twice)
{
    struct retry_question question = first_failure(CALL_FAILURE_TIMEOUT);

    cr_assert_eq(retry_decide(&question).action, RETRY_GIVE_UP);
    question.has_next_target = true;
    cr_assert_eq(retry_decide(&question).action, RETRY_NEXT_TARGET);
}

Test(retry, never_once_the_client_has_a_byte)
{
    struct retry_question question = first_failure(CALL_FAILURE_SERVER);
    question.has_next_target = true;
    question.client_has_bytes = true;

    cr_assert_eq(retry_decide(&question).action, RETRY_GIVE_UP);
}

Test(retry, never_for_an_answer_that_is_none_of_the_targets_faults)
{
    struct retry_question question = first_failure(CALL_FAILURE_NONE);
    question.has_next_target = true;

    cr_assert_eq(retry_decide(&question).action, RETRY_GIVE_UP);
}

Test(retry, stops_at_the_tries_over_all_targets)
{
    struct retry_question question = first_failure(CALL_FAILURE_CONNECT);
    question.has_next_target = true;
    question.total_attempts = 3;

    cr_assert_eq(retry_decide(&question).action, RETRY_GIVE_UP);
}

Test(retry, leaves_a_limited_target_at_once_when_there_is_another)
{
    struct retry_question question = first_failure(CALL_FAILURE_RATE_LIMITED);
    question.has_next_target = true;
    question.retry_after_ms = 1000;

    struct retry_verdict verdict = retry_decide(&question);

    cr_assert_eq(verdict.action, RETRY_NEXT_TARGET);
    cr_assert_eq(verdict.delay_ms, 0);
}

Test(retry, waits_as_long_as_the_target_asked)
{
    struct retry_question question = first_failure(CALL_FAILURE_RATE_LIMITED);
    question.retry_after_ms = 2500;

    struct retry_verdict verdict = retry_decide(&question);

    cr_assert_eq(verdict.action, RETRY_SAME_TARGET);
    cr_assert_eq(verdict.delay_ms, 2500);
}

Test(retry, gives_up_rather_than_come_back_before_the_time_the_target_named)
{
    struct retry_question question = first_failure(CALL_FAILURE_RATE_LIMITED);
    question.retry_after_ms = 3001;

    cr_assert_eq(retry_decide(&question).action, RETRY_GIVE_UP);
    question.retry_after_ms = 3000;
    cr_assert_eq(retry_decide(&question).action, RETRY_SAME_TARGET);
}

Test(retry, gives_up_when_the_deadline_comes_before_the_next_try)
{
    struct retry_question question = first_failure(CALL_FAILURE_SERVER);
    question.time_left_ms = 50;
    cr_assert_eq(retry_decide(&question).action, RETRY_GIVE_UP);

    question.time_left_ms = 0;
    question.has_next_target = true;
    cr_assert_eq(retry_decide(&question).action, RETRY_GIVE_UP);
}

Test(retry, tells_failures_from_answers_by_status)
{
    cr_assert_eq(retry_classify_status(200), CALL_FAILURE_NONE);
    cr_assert_eq(retry_classify_status(400), CALL_FAILURE_NONE);
    cr_assert_eq(retry_classify_status(401), CALL_FAILURE_NONE);
    cr_assert_eq(retry_classify_status(404), CALL_FAILURE_NONE);
    cr_assert_eq(retry_classify_status(408), CALL_FAILURE_TIMEOUT);
    cr_assert_eq(retry_classify_status(429), CALL_FAILURE_RATE_LIMITED);
    cr_assert_eq(retry_classify_status(500), CALL_FAILURE_SERVER);
    cr_assert_eq(retry_classify_status(501), CALL_FAILURE_NONE);
    cr_assert_eq(retry_classify_status(503), CALL_FAILURE_SERVER);
    cr_assert_eq(retry_classify_status(504), CALL_FAILURE_TIMEOUT);
    cr_assert_eq(retry_classify_status(529), CALL_FAILURE_SERVER);
}

Test(retry, falls_back_on_the_failures_that_are_named_and_on_all_when_none_is)
{
    struct text words[] = {TEXT("Timeout"), TEXT("ConnectError")};
    struct text_list named = {words, COUNT_OF(words)}, none = {0};

    cr_assert(retry_falls_back(&named, CALL_FAILURE_TIMEOUT));
    cr_assert(retry_falls_back(&named, CALL_FAILURE_CONNECT));
    cr_assert_not(retry_falls_back(&named, CALL_FAILURE_RATE_LIMITED));
    cr_assert_not(retry_falls_back(&named, CALL_FAILURE_SERVER));
    cr_assert(retry_falls_back(&none, CALL_FAILURE_SERVER));
    cr_assert_not(retry_falls_back(&none, CALL_FAILURE_NONE));
}

Test(retry, does_not_hold_a_rate_limit_against_the_targets_health)
{
    cr_assert_eq(retry_breaker_result(CALL_FAILURE_RATE_LIMITED), BREAKER_SUCCESS);
    cr_assert_eq(retry_breaker_result(CALL_FAILURE_NONE), BREAKER_SUCCESS);
    cr_assert_eq(retry_breaker_result(CALL_FAILURE_CONNECT), BREAKER_FAILURE);
}

Test(retry, backs_off_twice_as_long_each_time_up_to_the_longest_with_half_of_it_jitter)
{
    struct random_sequence random = {7};
    for (int attempt = 1; attempt <= 40; attempt++) {
        int64_t whole_ms = attempt > 4 ? 3000 : 200 << (attempt - 1);
        int64_t wait_ms = retry_backoff_ms(&retry, attempt, random_next(&random));
        cr_assert(wait_ms >= whole_ms / 2 && wait_ms <= whole_ms, "attempt %d: %ld", attempt, (long)wait_ms);
    }
}
