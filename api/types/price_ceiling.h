/* The most that a call can cost, for what is held before it is sent: never below what price_cost_of says of
 * any use within its bounds. What of it does not depend on the call is reckoned once for each price. */
#pragma once

#include "api/types/price_cost.h"

struct price_ceiling;

/* No more of the class than count; 0 is as good as none. The bound of USAGE_INPUT is of all prompt tokens,
 * which may turn out to be read from the cache or written to it; that of USAGE_OUTPUT of all answer tokens,
 * which may have been reasoned. */
struct price_bound {
    enum usage_class which;
    int64_t count;
};

/* Points to nothing of the price. */
struct price_ceiling *price_ceiling_new(struct arena *arena, const struct model_price *price);

/* At the dearest that each bound may turn out to be of, in whatever tier the prompt reaches. A NULL ceiling
 * (nobody knows a price) leaves all that may be used unpriced; `unpriced` names what has no price at all, and
 * so no upper bound. False, and out_cost untouched, as of price_cost_of. */
MUST_CHECK bool price_ceiling_cost(const struct price_ceiling *ceiling, const struct price_bound *bounds,
                                   size_t count, struct price_cost *out_cost);
