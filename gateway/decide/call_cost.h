/* What one call cost, from what was used and the target that served it: the same for the usage record and for
 * whoever settles a hold. */
#pragma once

#include "api/types/gateway_route.h"
#include "api/types/price_cost.h"

struct call_cost {
    int64_t nano_usd;  /* FIELD_UNSET: nothing was used, or nothing of it has a price */
    uint32_t unpriced; /* as in price_cost: classes that were used and are not in nano_usd */
};

/* What was reckoned last: of one call its note, its budgets and its records ask for the same. Starts as {0}.
 */
struct call_cost_memo {
    bool is_set, is_known;
    const struct model_price *price;
    struct usage_vector used;
    struct price_cost cost;
};

/* price_cost_of. A price stays what it is as long as the memo is asked of it. */
bool call_cost_reckon(struct call_cost_memo *memo, const struct model_price *price,
                      const struct usage_vector *used, struct price_cost *out_cost);
/* A price of NULL: nobody said what the target costs. What cannot be reckoned (counts or prices out of
 * bounds, a sum that no ledger takes) is all unpriced: no cost is better than a wrong one. */
struct call_cost
call_cost_of(struct call_cost_memo *memo, const struct model_price *price, const struct usage_vector *used);
/* The unpriced classes by name, as a usage record lists them. */
struct text_list call_cost_unpriced(struct arena *arena, const struct call_cost *cost);
