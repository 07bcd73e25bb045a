#include "api/cli/batch/batch_retry.h"

#include <criterion/criterion.h>

static struct batch_verdict
after(struct batch_outcome outcome, int attempt)
{
    return batch_retry_decide(&outcome, attempt, 0);
}

Test(batch_retry, takes_answers_as_they_are)
{
    const int statuses[] = {200, 201, 400, 403, 404, 422};
    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        cr_expect_eq(after((struct batch_outcome){.status = statuses[i]}, 1).step, BATCH_STEP_ANSWERED, "%d",
                     statuses[i]);
}

Test(batch_retry, backs_off_longer_with_each_attempt_and_then_takes_the_failure)
{
    struct batch_outcome failure = {.status = 503};
    int64_t last_ms = 0;
    for (int attempt = 1; attempt < 6; attempt++) {
        struct batch_verdict verdict = after(failure, attempt);
        cr_expect_eq(verdict.step, BATCH_STEP_RETRY);
        cr_expect_gt(verdict.delay_ms, last_ms);
        last_ms = verdict.delay_ms;
    }
    cr_expect_eq(after(failure, 6).step, BATCH_STEP_ANSWERED);
}

Test(batch_retry, waits_as_long_as_it_is_asked_to_and_lets_the_others_wait_too)
{
    struct batch_verdict verdict = after((struct batch_outcome){.status = 429, .retry_after = TEXT("20")}, 1);

    cr_expect_eq(verdict.step, BATCH_STEP_RETRY);
    cr_expect_eq(verdict.delay_ms, 20000);
    cr_expect(verdict.is_for_all);
    cr_expect_eq(after((struct batch_outcome){.status = 429, .retry_after_ms = TEXT("1500")}, 1).delay_ms,
                 1500);
    cr_expect_eq(after((struct batch_outcome){.status = 429, .retry_after = TEXT("86400")}, 1).delay_ms,
                 600000);
    cr_expect_leq(
        after((struct batch_outcome){.status = 429, .retry_after = TEXT("Fri, 31 Dec")}, 1).delay_ms, 500);
}

Test(batch_retry, heeds_what_the_server_says_about_trying_again)
{
    cr_expect_eq(after((struct batch_outcome){.status = 429, .should_retry = TEXT("false")}, 1).step,
                 BATCH_STEP_ANSWERED);
    cr_expect_eq(after((struct batch_outcome){.status = 422, .should_retry = TEXT("true")}, 1).step,
                 BATCH_STEP_RETRY);
}

Test(batch_retry, has_patience_with_a_gateway_that_is_not_there_but_not_with_lost_answers)
{
    cr_expect_eq(after((struct batch_outcome){.was_never_sent = true}, 150).step, BATCH_STEP_RETRY);
    cr_expect_eq(after((struct batch_outcome){.was_never_sent = true}, 200).step, BATCH_STEP_GIVE_UP);
    cr_expect_eq(after((struct batch_outcome){0}, 5).step, BATCH_STEP_RETRY);
    cr_expect_eq(after((struct batch_outcome){0}, 6).step, BATCH_STEP_GIVE_UP);
}

Test(batch_retry, stops_the_run_when_nobody_knows_the_caller)
{
    cr_expect_eq(after((struct batch_outcome){.status = 401}, 3).step, BATCH_STEP_RETRY);
    cr_expect_eq(after((struct batch_outcome){.status = 401}, 4).step, BATCH_STEP_STOP);
}
