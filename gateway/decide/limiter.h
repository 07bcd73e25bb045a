/* Every request, token and concurrency limit of one gateway: the counters, and the one question "may this
 * call pass".
 *
 * Counters belong to the environment and to callers by name; they live in the process, not in a config, so a
 * new config refills nothing and forgets no running call. A call takes from all limits or from none. Limits
 * in Shadow mode keep counters of their own and are reported, never obeyed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/types/gateway_config.h"

struct arena;
struct limiter;
struct limiter_account;

#define LIMITER_SCOPES 2
#define LIMITER_RATES 2 /* requests and tokens per minute */
#define LIMITER_MODES 2
#define LIMITER_MAX_SHADOW (LIMITER_SCOPES * (LIMITER_RATES + 1))
/* What a caller refused for concurrency is told to wait: nobody knows when a running call will end. */
#define LIMITER_CONCURRENCY_RETRY_MS 1000

struct limiter_ask {
    struct text caller;    /* name of the config's caller; empty: counts for the environment only */
    int64_t input_tokens;  /* estimate of the prompt: must fit each token limit */
    int64_t output_tokens; /* most the answer may have, 0 if unknown: held as far as the limit reaches */
    int64_t now_ms;        /* monotonic */
    bool is_lent;     /* enforced limits are held on loan from the ledger: only what is tried counts here */
    int64_t replicas; /* of enforced limits this process has so small a part; 0 is 1 */
};

/* For x-ratelimit-*: the limit of a unit that leaves least. */
struct limiter_window {
    const struct gateway_limit *limit; /* NULL: no such limit */
    int64_t remaining;
    int64_t reset_ms;
};

/* Limits point into the config last applied; a call that keeps a verdict keeps that config. */
struct limiter_verdict {
    bool granted;
    bool retry_helps;                  /* refused: false when the call can never pass this limit */
    const struct gateway_limit *limit; /* refused: by which */
    int64_t needed;                    /* refused: how much of its unit the call asked for */
    int64_t remaining;
    int64_t retry_after_ms;
    struct limiter_window requests, tokens;
    const struct gateway_limit *shadow[LIMITER_MAX_SHADOW]; /* Shadow limits that would have refused */
    size_t shadow_count;
};

/* What one call has taken from one bucket, and what a minute allowed then. */
struct limiter_taken {
    int64_t amount; /* 0: nothing */
    int64_t per_minute;
};

/* What one call has taken. Starts as {0}; ends with limiter_settle or limiter_cancel, which empty it. */
struct limiter_hold {
    struct limiter_account *accounts[LIMITER_SCOPES]; /* NULL: nothing taken */
    struct limiter_taken taken[LIMITER_SCOPES][LIMITER_RATES][LIMITER_MODES];
};

/* What the call takes of a limit that has this amount: at least 1, so that "took nothing" and "took" cannot
 * be confused. What the answer may have is held as far as the limit reaches: a client that asks for more than
 * it will use is not shut out for good. */
int64_t limiter_needs(const struct limiter_ask *ask, enum limit_unit unit, int64_t amount);
/* Lives in the arena of the process. */
struct limiter *limiter_new(struct arena *arena);
/* From now on these limits count. The config must live until the next one is applied. */
void limiter_apply(struct limiter *limiter, const struct gateway_config *config, int64_t now_ms);
/* Takes from every limit, or from none and says which refused. *out_hold is only filled when granted. */
struct limiter_verdict
limiter_take(struct limiter *limiter, const struct limiter_ask *ask, struct limiter_hold *out_hold);
/* The call ended and used this many tokens (input and output): corrects the estimate, frees the slots. */
void limiter_settle(struct limiter *limiter, struct limiter_hold *hold, int64_t used_tokens, int64_t now_ms);
/* The call was not made after all: gives everything back. Nothing happens for an empty hold, here and above.
 */
void limiter_cancel(struct limiter *limiter, struct limiter_hold *hold, int64_t now_ms);
int64_t limiter_in_flight(const struct limiter *limiter);
