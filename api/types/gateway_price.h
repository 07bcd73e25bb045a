/* What targets of a gateway config cost. Many targets have one price, so it stands there once and they name
 * it. */
#pragma once

#include "api/types/gateway_route.h"
#include "api/types/price.h"

struct map;

/* clang-format off */
#define GATEWAY_PRICE_FIELDS(F, T)                                                                                     \
    F(T, TEXT, version, "version", REQUIRED, MIN_LENGTH(1), DOC("Names it, for targets and in usage records."))        \
    F(T, OBJECT(model_price), price, "price", REQUIRED, DOC("What it is."))
DECLARE_SCHEMA(gateway_price, GATEWAY_PRICE_FIELDS);
/* clang-format on */

/* By version; lives in the arena and points into the list. */
struct map *gateway_prices_index(struct arena *arena, const struct gateway_price_list *prices);
/* NULL: nobody said what the target costs, or the index has no such price. */
const struct model_price *gateway_prices_find(const struct map *index, const struct gateway_target *target);
