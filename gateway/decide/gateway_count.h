/* How many gateways share this one's limits: what each divides by when nothing can be lent.
 *
 * Too few would admit more than the limit, too many less; so of what was told lately the most counts, which
 * is also right while a ledger that starts hears of one after the other. Times are monotonic milliseconds. */
#pragma once

#include <stdint.h>

#define GATEWAY_COUNT_REMEMBERED_MS 120000

/* Starts as {0}: nothing was told. */
struct gateway_count {
    int64_t told;     /* by whom they all dial: good until it says otherwise; 0: never */
    int64_t most;     /* the most that was seen lately */
    int64_t until_ms; /* how long that counts */
};

/* So many there are from now on, this one included. */
void gateway_count_told(struct gateway_count *count, int64_t gateways, int64_t now_ms);
/* At least so many there were lately. */
void gateway_count_seen(struct gateway_count *count, int64_t gateways, int64_t now_ms);
/* At least 1, and at least as many as shall be there anyway. */
int64_t gateway_count_now(const struct gateway_count *count, int64_t wanted, int64_t now_ms);
