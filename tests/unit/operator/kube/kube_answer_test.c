/* When to ask again, and how many at once. */
#include "operator/kube/kube_answer.h"

#include <criterion/criterion.h>

#include "operator/kube/kube_window.h"

Test(kube_answer, retry_after_is_whole_seconds_and_bounded)
{
    cr_assert_eq(kube_answer_retry_after_ms(TEXT("7")), 7000);
    cr_assert_eq(kube_answer_retry_after_ms(TEXT("99999999999")), KUBE_MOST_RETRY_AFTER_MS);
    const char *const nothing[] = {"", "0", "-1", "1.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"};
    for (size_t i = 0; i < COUNT_OF(nothing); i++)
        cr_assert_eq(kube_answer_retry_after_ms(text_of(nothing[i])), 0);
}

Test(kube_answer, only_what_says_when_is_asked_again_and_not_forever)
{
    int64_t delay_ms = 0;
    struct kube_answer answer = {.status = 429, .retry_after_ms = 1000};
    cr_assert(kube_answer_wants_retry(&answer, 1, UINT64_MAX, &delay_ms));
    cr_assert(delay_ms >= 1000 && delay_ms <= 1250);
    cr_assert_not(kube_answer_wants_retry(&answer, KUBE_MOST_ATTEMPTS, 0, &delay_ms));
    answer.status = 503;
    cr_assert(kube_answer_wants_retry(&answer, 1, 0, &delay_ms));
    cr_assert_eq(delay_ms, 1000);
    answer.retry_after_ms = 0;
    cr_assert_not(kube_answer_wants_retry(&answer, 1, 0, &delay_ms));
    answer = (struct kube_answer){.status = 409, .retry_after_ms = 1000};
    cr_assert_not(kube_answer_wants_retry(&answer, 1, 0, &delay_ms));
    answer.status = 0;
    cr_assert_not(kube_answer_wants_retry(&answer, 1, 0, &delay_ms));
}

Test(kube_window, halves_once_for_what_was_in_flight_and_grows_back_slowly)
{
    struct kube_window window;
    kube_window_init(&window, 8);
    for (int i = 0; i < 8; i++)
        cr_assert(kube_window_take(&window));
    cr_assert_not(kube_window_take(&window));
    for (int i = 0; i < 8; i++)
        kube_window_return(&window, true);
    cr_assert_eq(window.limit, 4, "eight refusals of one burst are one sign");
    for (int round = 0; round < 4; round++) {
        cr_assert(kube_window_take(&window));
        kube_window_return(&window, false);
    }
    cr_assert_eq(window.limit, 5);
    for (int i = 0; i < 20; i++) {
        cr_assert(kube_window_take(&window));
        kube_window_return(&window, true);
    }
    cr_assert_eq(window.limit, 1, "never none");
    for (int i = 0; i < 100; i++) {
        cr_assert(kube_window_take(&window));
        kube_window_return(&window, false);
    }
    cr_assert_eq(window.limit, 8, "never more");
}
