/* The most that a call can take of a budget, before anybody knows what it will take; and, the other way
 * round, how long its answers may be for what a budget has left. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/types/gateway_budget.h"
#include "api/types/price_ceiling.h"

/* Of each answer, where neither the request nor a policy says how long one may be: every provider takes so
 * much, and no call holds a whole budget for want of a number. */
#define BUDGET_UNSAID_OUTPUT_TOKENS 4096
/* An answer that is cut shorter than this is of no use to anybody: rather none. */
#define BUDGET_LEAST_OUTPUT_TOKENS 16

struct budget_call {
    const struct price_ceiling *const
        *ceilings; /* of every target that may be asked; NULL ones cannot be priced */
    size_t ceiling_count;
    int64_t input_tokens; /* a bound from above */
    int64_t answers;      /* at least 1; 0: answers have no tokens (embeddings) */
    bool hears, speaks;   /* prompt, or answer, may have audio: its tokens are another class */
};

/* In the budget's unit, when each answer has at most output_tokens: nano-USD at the dearest of the prices,
 * tokens, or the one call. False: no number is known to be enough, because a price is missing or the sum does
 * not fit. */
MUST_CHECK bool budget_need(enum budget_unit unit, const struct budget_call *call, int64_t output_tokens,
                            int64_t *out_amount);
/* The index of the first that cannot price such a call, by its class or altogether; ceiling_count when
 * all can. */
size_t budget_need_unpriced(const struct budget_call *call);
/* The most output tokens of each answer, at most `most`, for which no more than `amount` is needed; -1 when
 * not even an empty answer fits. */
int64_t
budget_need_affords(enum budget_unit unit, const struct budget_call *call, int64_t most, int64_t amount);
