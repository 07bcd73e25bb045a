/* What to do after a failed try: again here, on to the next target, or give up. Pure: time and chance are
 * handed in.
 *
 * Only before the first byte went to the client. A silent target (timeout) is not asked twice; a target that
 * names a time (Retry-After) is not asked before it; a refusal by a content filter is an answer and never
 * goes to another model. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/types/gateway_route.h"
#include "gateway/decide/circuit_breaker.h"

enum call_failure {
    CALL_FAILURE_NONE,         /* an answer, also one that says the request was wrong */
    CALL_FAILURE_CONNECT,      /* nothing was sent */
    CALL_FAILURE_TIMEOUT,      /* sent, no first byte in time; also 408 and 504 */
    CALL_FAILURE_RATE_LIMITED, /* 429 */
    CALL_FAILURE_SERVER, /* 500, 502, 503, 529 and other 5xx but 501 and 505; an answer cut or broken before
                            it began */
};

enum retry_action { RETRY_GIVE_UP, RETRY_SAME_TARGET, RETRY_NEXT_TARGET };

struct retry_question {
    enum call_failure failure;
    bool client_has_bytes;      /* something of the answer already went to the client */
    bool has_next_target;       /* another target or a fallback is left */
    int target_attempts;        /* made on this target, this one included */
    int total_attempts;         /* made over all targets */
    int64_t max_total_attempts; /* of the model */
    int64_t retry_after_ms;     /* what the target said; RETRY_AFTER_NONE if nothing */
    int64_t time_left_ms;       /* to the call's total deadline */
    const struct gateway_retry *retry;
    uint64_t random;
};

struct retry_verdict {
    enum retry_action action;
    int64_t delay_ms; /* before the next try */
};

struct retry_verdict retry_decide(const struct retry_question *question);
/* The failure an upstream status means. Error bodies are not looked at: a content filter answers 400, which
 * is none. */
enum call_failure retry_classify_status(int status);
/* Whether a failure goes on to the fallback targets: fallback_on has its word (Timeout, RateLimited,
 * ServerError, ConnectError); an empty list stands for all of them. */
bool retry_falls_back(const struct text_list *fallback_on, enum call_failure failure);
/* What a try says about its target; a rate limit is no sickness (circuit_breaker_rest is for that). */
enum breaker_result retry_breaker_result(enum call_failure failure);
/* Back-off before try number `attempt` + 1: base * 2^(attempt - 1), at most max, of which half is jitter. */
int64_t retry_backoff_ms(const struct gateway_retry *retry, int attempt, uint64_t random);
