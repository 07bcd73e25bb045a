/* See the header. A length stretched by the drift is one that no clock can be through with too early; the
 * rest of a length less the drift is one that no clock can be through with too late. */
#include "api/types/lease_terms.h"

#include <assert.h>

static int64_t drift_ms(int64_t length_ms);

int64_t
lease_terms_expires_ms(int64_t asked_ms, int64_t length_ms)
{
    assert(length_ms >= 0 && length_ms <= LEASE_MAX_LENGTH_MS);
    return asked_ms + length_ms - drift_ms(length_ms);
}

bool
lease_terms_may_hold(int64_t expires_ms, int64_t now_ms)
{
    return now_ms < expires_ms - LEASE_LAST_HOLD_MS;
}

/* The call's deadline is kept by the gateway's clock, which may be slow: stretched once for that, and with
 * the lease once more for the api's, which may be fast. */
int64_t
lease_terms_orphaned_ms(int64_t lent_ms, int64_t length_ms, int64_t longest_call_ms)
{
    assert(length_ms >= 0 && length_ms <= LEASE_MAX_LENGTH_MS);
    assert(longest_call_ms >= 0 && longest_call_ms <= LEASE_MAX_CALL_MS);
    int64_t longest_ms = length_ms + longest_call_ms + drift_ms(longest_call_ms);
    return lent_ms + longest_ms + drift_ms(longest_ms);
}

static int64_t
drift_ms(int64_t length_ms)
{
    return (length_ms * LEASE_CLOCK_DRIFT_PERCENT + 99) / 100;
}
