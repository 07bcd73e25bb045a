/* Three states and what moves between them; see the header for the rules. */
#include "gateway/decide/circuit_breaker.h"

#include <assert.h>

static void open_for(struct circuit_breaker *breaker, int64_t now_ms);
static void close_again(struct circuit_breaker *breaker, int64_t now_ms);
static bool has_seen_enough(struct circuit_breaker *breaker, bool failed, int64_t now_ms);

bool
circuit_breaker_would_pass(const struct circuit_breaker *breaker, int64_t now_ms)
{
    return breaker->state != BREAKER_HALF_OPEN && now_ms >= breaker->open_until_ms;
}

enum breaker_permit
circuit_breaker_ask(struct circuit_breaker *breaker, int64_t now_ms)
{
    if (!circuit_breaker_would_pass(breaker, now_ms))
        return BREAKER_REFUSED;
    if (breaker->state == BREAKER_CLOSED)
        return BREAKER_PASS;

    breaker->state = BREAKER_HALF_OPEN;
    return BREAKER_PROBE;
}

void
circuit_breaker_report(struct circuit_breaker *breaker, enum breaker_permit permit,
                       enum breaker_result result, int64_t now_ms)
{
    assert(permit != BREAKER_REFUSED);
    if (permit == BREAKER_PROBE) {
        assert(breaker->state == BREAKER_HALF_OPEN);
        if (result == BREAKER_SUCCESS)
            close_again(breaker, now_ms);
        else if (result == BREAKER_FAILURE)
            open_for(breaker, now_ms);
        else
            breaker->state = BREAKER_OPEN; /* its time is up already: the next call is the next probe */
        return;
    }

    /* A call from before the opening says nothing new: only a probe closes or opens again. */
    if (breaker->state != BREAKER_CLOSED || result == BREAKER_UNKNOWN)
        return;
    if (has_seen_enough(breaker, result == BREAKER_FAILURE, now_ms))
        open_for(breaker, now_ms);
}

void
circuit_breaker_rest(struct circuit_breaker *breaker, int64_t now_ms, int64_t rest_ms)
{
    if (rest_ms <= 0)
        return;
    if (rest_ms > BREAKER_LONGEST_REST_MS)
        rest_ms = BREAKER_LONGEST_REST_MS;
    if (now_ms + rest_ms > breaker->open_until_ms)
        breaker->open_until_ms = now_ms + rest_ms;
}

int64_t
circuit_breaker_wait_ms(const struct circuit_breaker *breaker, int64_t now_ms)
{
    if (now_ms < breaker->open_until_ms)
        return breaker->open_until_ms - now_ms;
    return breaker->state == BREAKER_HALF_OPEN ? BREAKER_FIRST_OPEN_MS : 0;
}

static void
open_for(struct circuit_breaker *breaker, int64_t now_ms)
{
    int64_t open_ms = BREAKER_FIRST_OPEN_MS;
    for (int i = 0; i < breaker->times_opened && open_ms < BREAKER_LONGEST_OPEN_MS; i++)
        open_ms *= 2;
    if (open_ms > BREAKER_LONGEST_OPEN_MS)
        open_ms = BREAKER_LONGEST_OPEN_MS;
    else
        breaker->times_opened++;

    breaker->state = BREAKER_OPEN;
    circuit_breaker_rest(breaker, now_ms, open_ms);
}

static void
close_again(struct circuit_breaker *breaker, int64_t now_ms)
{
    *breaker = (struct circuit_breaker){
        .state = BREAKER_CLOSED,
        .window_start_ms = now_ms,
        .open_until_ms = breaker->open_until_ms, /* a rest asked for meanwhile still holds */
    };
}

static bool
has_seen_enough(struct circuit_breaker *breaker, bool failed, int64_t now_ms)
{
    if (now_ms - breaker->window_start_ms >= BREAKER_WINDOW_MS) {
        breaker->window_start_ms = now_ms;
        breaker->window_calls = 0;
        breaker->window_failures = 0;
    }
    if (breaker->window_calls < INT32_MAX)
        breaker->window_calls++;
    if (!failed) {
        breaker->failures_in_a_row = 0;
        return false;
    }
    breaker->window_failures++;
    breaker->failures_in_a_row++;
    return breaker->failures_in_a_row >= BREAKER_FAILURES ||
           (breaker->window_calls >= BREAKER_MIN_CALLS &&
            breaker->window_failures * 2 >= breaker->window_calls);
}
