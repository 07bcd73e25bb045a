/* A small world in which nothing dies and nothing waits: one budget, an api that lends by lend_decide, and
 * gateways with books of their own, to see how much of a budget they reach. What dies, is late or is lost is
 * tests/unit/simulator's. Deterministic; every step asserts that settled + leased never exceeds the limit,
 * and that neither does what was really spent. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/decide/lease_book.h"
#include "tests/unit/gateway/decide/random_sequence.h"

#define WORLD_MAX_GATEWAYS 10
#define WORLD_MAX_LEASES 60000
#define WORLD_MAX_CALLS 4000

struct world_lease {
    int64_t open; /* lent, neither recorded nor returned */
};

struct world_call {
    struct lease_hold hold;
    size_t gateway;
    int64_t size;
};

/* A usage record on its way to the api. */
struct world_record {
    size_t lease;
    int64_t amount;
};

struct world_gateway {
    struct arena *arena;
    struct lease_book *book;
};

struct world {
    int64_t limit, settled, leased;
    int64_t spent; /* what providers will really bill; the api does not know it */
    int64_t held;  /* the worst case of what runs */
    int64_t now_ms;
    struct random_sequence random;
    size_t gateway_count;
    struct world_gateway gateways[WORLD_MAX_GATEWAYS];
    struct world_lease leases[WORLD_MAX_LEASES];
    size_t lease_count;
    struct world_call calls[WORLD_MAX_CALLS];
    size_t call_count;
    struct world_record records[WORLD_MAX_CALLS];
    size_t record_count;
};

/* Static: too large for a stack. Ends with world_end. */
struct world *world_begin(int64_t limit, size_t gateway_count, uint64_t seed);
void world_end(struct world *world);
/* A call of this worst case at a gateway, which asks the api when it lacks something; true when it was
 * admitted. A gateway that is refused gives back at once what is of no use to it. */
bool world_call(struct world *world, size_t gateway, int64_t size);
/* Call number `which` ends: its record is on its way, the last call takes its number. */
void world_settle(struct world *world, size_t which, int64_t actual);
/* The gateway's returns reach the api. */
void world_return(struct world *world, size_t gateway);
/* The first records reach the api. */
void world_deliver(struct world *world, size_t count);
