/* The terms of leases, which both sides keep by clocks of their own. DESIGN 6:
 *
 *   "A lease ends: the gateway makes no new hold on it after its expiry by its own monotonic clock less a
 * drift margin, and may give back early; the api takes back the unused part only when the gateway returned
 * it, or after expiry + drift + the longest call deadline."
 *
 * Nobody tells anybody a time: a lease has a length. The gateway counts it from when it asked, the api from
 * when it lent, so however long messages take the gateway stops first. Each side allows for its own clock
 * running wrong. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* How wrong a monotonic clock may run. Slewing moves it: chrony's maxslewrate is 8.3 % unless configured. The
 * clock must count what a suspended machine sleeps (CLOCK_BOOTTIME), or a paused gateway outlives its leases.
 */
#define LEASE_CLOCK_DRIFT_PERCENT 10
#define LEASE_LENGTH_MS 60000       /* as the api lends: what a dead gateway locks up at least so long */
#define LEASE_MAX_LENGTH_MS 3600000 /* as gateways believe */
#define LEASE_MAX_CALL_MS 86400000  /* the highest total deadline that a policy may set */
#define LEASE_LAST_HOLD_MS 1000     /* so near its end a lease takes no new hold: it is given back instead */
#define LEASE_ID_MAX_BYTES 63
/* Nano-USD or tokens; a gateway can add up the leases of an account without overflow. */
#define LEASE_MAX_AMOUNT (INT64_MAX / 4096)

/* Gateway: when a lease of this length, asked for at asked_ms, ends by this gateway's clock. */
int64_t lease_terms_expires_ms(int64_t asked_ms, int64_t length_ms);
/* Gateway: may a new hold come out of a lease that ends at expires_ms. Holds made before run on. */
bool lease_terms_may_hold(int64_t expires_ms, int64_t now_ms);
/* Api: from when on no call can still be running under a lease of this length, lent at lent_ms, by the api's
 * clock. Until then the unused part is the gateway's; afterwards what no record tells counts as spent. */
int64_t lease_terms_orphaned_ms(int64_t lent_ms, int64_t length_ms, int64_t longest_call_ms);
