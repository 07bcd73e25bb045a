/* See the header. */
#include "gateway/decide/lease_ask.h"

#include <assert.h>

#include "api/types/lease_terms.h"

int64_t
lease_ask_size(const struct lease_demand *demand)
{
    assert(demand->per_second >= 0 && demand->hold >= 0 && demand->remaining >= 0 && demand->replicas >= 1);
    int64_t share = demand->remaining / 2 / demand->replicas;
    __int128 ahead = (__int128)demand->per_second * LEASE_ASK_AHEAD_S;
    __int128 size = ahead < share ? ahead : share;
    if (size < demand->hold)
        size = demand->hold;
    return size < LEASE_MAX_AMOUNT ? (int64_t)size : LEASE_MAX_AMOUNT;
}
