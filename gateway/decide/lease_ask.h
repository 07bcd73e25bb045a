/* How much of a budget a gateway should have on loan. Grows with use, so busy gateways ask seldom; shrinks
 * with what is left, so that what a dead one locks up is small where it would be missed. */
#pragma once

#include <stdint.h>

#define LEASE_ASK_AHEAD_S 5
#define LEASE_REMAINING_UNKNOWN INT64_MAX

/* Amounts in the account's unit, none below zero. */
struct lease_demand {
    int64_t per_second; /* what was used lately */
    int64_t hold;       /* what one call takes */
    int64_t
        remaining; /* what nobody has on loan yet, as the api told; LEASE_REMAINING_UNKNOWN before it did */
    int64_t replicas; /* gateways that share it; at least 1 */
};

/* What the next seconds will use, but no more than an even share of half of what is left; at least one call's
 * hold in either case. At most LEASE_MAX_AMOUNT; 0 when nothing is used. */
int64_t lease_ask_size(const struct lease_demand *demand);
