/* Money of one call: what it cost (price_ceiling.h has the most that it can cost). Pure integer arithmetic,
 * shared by gateways (holds, settling) and ledger, so that both come to the same nano-dollar.
 *
 * All classes are summed in 10^-18 USD and rounded UP to the nano-dollar once a call. */
#pragma once

#include "api/types/price.h"

struct price_cost {
    int64_t nano_usd;
    uint32_t unpriced; /* 1 << usage_class for each class that was used and has no price: not in nano_usd */
};

/* A NULL price (the table does not have the model) leaves all that was used unpriced. A prompt above a tier's
 * start is billed at that tier as a whole. False, and out_cost untouched, when a count is negative or above
 * USAGE_COUNT_MAX, a price that the use is of is not within price.h's range, or the sum does not fit. */
MUST_CHECK bool
price_cost_of(const struct model_price *price, const struct usage_vector *usage, struct price_cost *out_cost);

/* The keys of the unpriced classes, "cacheWrite, audioInput"; empty when all was priced. */
struct text price_cost_print_unpriced(struct arena *arena, const struct price_cost *cost);
