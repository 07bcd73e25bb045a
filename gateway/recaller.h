/* Whether another gateway of this environment knows a call under its Idempotency-Key: asked of the ledger,
 * which asks the others; and what it asks of this one, answered from its own table.
 *
 * Who asks waits RECALLER_WAIT_MS at most and then goes on as if nobody knew: that calls are answered counts
 * for more than that none is bought twice. How it went is counted (weir_idempotency_asks_total). */
#pragma once

#include "api/types/recall_frames.h"
#include "gateway/decide/idempotency.h"

struct arena;
struct gateway;
struct ledger_link;
struct metrics;
struct recaller;

/* Longer than the ledger waits for those that it asks. */
#define RECALLER_WAIT_MS 2000
#define RECALLER_MAX_WAITS 1024
/* However many keys clients make up, other environments need the ledger too. */
#define RECALLER_MAX_A_MINUTE 60000

/* One call that waits; lives with it. */
struct recall_wait {
    /* From the loop, exactly once; the answer is good until it returns. */
    void (*on_told)(void *owner, enum recall_verdict verdict, const struct idempotency_answer *answer);
    void *owner;
    /* The recaller's: */
    int64_t number;
    int64_t until_ms; /* 0: its stream is lost */
    struct recall_wait *before, *after;
};

/* Before the loop runs. */
struct recaller *recaller_start(struct arena *arena, struct gateway *gateway, struct ledger_link *link,
                                struct metrics *metrics);
/* False: there is nobody to ask, and nothing to wait for. `gateways`: so many the environment is to have;
 * with one, and no other that the ledger told of, nobody is asked. */
bool recaller_ask(struct recaller *recaller, const struct idempotency_ask *ask, int64_t gateways,
                  struct recall_wait *wait);
/* Who waits goes: on_told does not come. */
void recaller_leave(struct recaller *recaller, struct recall_wait *wait);
