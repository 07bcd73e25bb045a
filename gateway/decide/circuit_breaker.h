/* Stops calling a target that keeps failing, then lets single probes through until one succeeds.
 *
 * One a target, shared by all calls. Opens after BREAKER_FAILURES in a row, or when half of at least
 * BREAKER_MIN_CALLS in a window failed. Knows no clock. What counts as a failure is decided in retry.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES 5
#define BREAKER_MIN_CALLS 20
#define BREAKER_WINDOW_MS 30000
#define BREAKER_FIRST_OPEN_MS 2000
#define BREAKER_LONGEST_OPEN_MS 60000
#define BREAKER_LONGEST_REST_MS 300000

enum breaker_state {
    BREAKER_CLOSED,    /* calls pass */
    BREAKER_OPEN,      /* no call passes until open_until_ms */
    BREAKER_HALF_OPEN, /* one probe is under way; no other call passes */
};

/* What a call was let through as; it reports with the same word. */
enum breaker_permit { BREAKER_REFUSED, BREAKER_PASS, BREAKER_PROBE };

enum breaker_result {
    BREAKER_SUCCESS, /* it answered: also with 400 or 404, which are no fault of the target */
    BREAKER_FAILURE,
    BREAKER_UNKNOWN, /* cancelled before it could show: says nothing */
};

struct circuit_breaker {
    enum breaker_state state;
    int failures_in_a_row;
    int window_calls, window_failures;
    int times_opened; /* since it last closed: each opening doubles the wait */
    int64_t window_start_ms;
    int64_t open_until_ms;
};

/* {0} is a closed breaker. */
bool circuit_breaker_would_pass(const struct circuit_breaker *breaker, int64_t now_ms);
/* Asks for one call. Anything but BREAKER_REFUSED must be reported exactly once. */
enum breaker_permit circuit_breaker_ask(struct circuit_breaker *breaker, int64_t now_ms);
void circuit_breaker_report(struct circuit_breaker *breaker, enum breaker_permit permit,
                            enum breaker_result result, int64_t now_ms);
/* The target said when to come back (Retry-After): no call before then; bounded by BREAKER_LONGEST_REST_MS.
 */
void circuit_breaker_rest(struct circuit_breaker *breaker, int64_t now_ms, int64_t rest_ms);
/* How long until a call may pass; 0 when one may now. */
int64_t circuit_breaker_wait_ms(const struct circuit_breaker *breaker, int64_t now_ms);
