/* The questions in the order they are asked; see the header for the rules. */
#include "gateway/decide/retry.h"

#include <assert.h>

#include "gateway/decide/retry_after.h"

static struct retry_verdict try_again_here(const struct retry_question *question);
static struct retry_verdict go_on(const struct retry_question *question);
static bool has_word(const struct text_list *list, struct text word);

static const struct retry_verdict give_up = {.action = RETRY_GIVE_UP};

struct retry_verdict
retry_decide(const struct retry_question *question)
{
    if (question->client_has_bytes || question->failure == CALL_FAILURE_NONE || question->time_left_ms <= 0)
        return give_up;
    if (question->total_attempts >= question->max_total_attempts)
        return give_up;

    switch (question->failure) {
    case CALL_FAILURE_TIMEOUT:
        return go_on(question);
    case CALL_FAILURE_RATE_LIMITED:
        return question->has_next_target ? go_on(question) : try_again_here(question);
    case CALL_FAILURE_CONNECT:
    case CALL_FAILURE_SERVER:
        break;
    case CALL_FAILURE_NONE:
        return give_up;
    }
    struct retry_verdict again = try_again_here(question);
    return again.action == RETRY_GIVE_UP ? go_on(question) : again;
}

enum call_failure
retry_classify_status(int status)
{
    switch (status) {
    case 408:
    case 504:
        return CALL_FAILURE_TIMEOUT;
    case 429:
        return CALL_FAILURE_RATE_LIMITED;
    case 501:
    case 505:
        return CALL_FAILURE_NONE; /* it will not learn it by being asked again */
    default:
        return status >= 500 ? CALL_FAILURE_SERVER : CALL_FAILURE_NONE;
    }
}

bool
retry_falls_back(const struct text_list *fallback_on, enum call_failure failure)
{
    if (failure == CALL_FAILURE_NONE)
        return false;
    if (fallback_on->count == 0)
        return true;
    switch (failure) {
    case CALL_FAILURE_CONNECT:
        return has_word(fallback_on, TEXT("ConnectError"));
    case CALL_FAILURE_TIMEOUT:
        return has_word(fallback_on, TEXT("Timeout"));
    case CALL_FAILURE_RATE_LIMITED:
        return has_word(fallback_on, TEXT("RateLimited"));
    case CALL_FAILURE_SERVER:
        return has_word(fallback_on, TEXT("ServerError"));
    case CALL_FAILURE_NONE:
        break;
    }
    return false;
}

enum breaker_result
retry_breaker_result(enum call_failure failure)
{
    switch (failure) {
    case CALL_FAILURE_CONNECT:
    case CALL_FAILURE_TIMEOUT:
    case CALL_FAILURE_SERVER:
        return BREAKER_FAILURE;
    case CALL_FAILURE_NONE:
    case CALL_FAILURE_RATE_LIMITED:
        break;
    }
    return BREAKER_SUCCESS;
}

int64_t
retry_backoff_ms(const struct gateway_retry *retry, int attempt, uint64_t random)
{
    assert(attempt >= 1);
    int64_t wait_ms = retry->backoff_base;
    for (int i = 1; i < attempt && wait_ms < retry->backoff_max; i++)
        wait_ms *= 2;
    if (wait_ms > retry->backoff_max)
        wait_ms = retry->backoff_max;

    int64_t half_ms = wait_ms / 2;
    return wait_ms - half_ms + (int64_t)(random % (uint64_t)(half_ms + 1));
}

/* Back-off, or the time the target named when we are ready to wait that long: at most backoff_max, within the
 * deadline. */
static struct retry_verdict
try_again_here(const struct retry_question *question)
{
    if (question->target_attempts >= question->retry->attempts)
        return give_up;
    int64_t delay_ms = retry_backoff_ms(question->retry, question->target_attempts, question->random);
    if (question->retry_after_ms > question->retry->backoff_max)
        return give_up;
    if (question->retry_after_ms > delay_ms)
        delay_ms = question->retry_after_ms;
    if (delay_ms >= question->time_left_ms)
        return give_up;
    return (struct retry_verdict){.action = RETRY_SAME_TARGET, .delay_ms = delay_ms};
}

static struct retry_verdict
go_on(const struct retry_question *question)
{
    return question->has_next_target ? (struct retry_verdict){.action = RETRY_NEXT_TARGET} : give_up;
}

static bool
has_word(const struct text_list *list, struct text word)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equals(list->items[i], word))
            return true;
    return false;
}
