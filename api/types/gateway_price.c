/* A map from version to price. */
#include "api/types/gateway_price.h"

#include "lib/base/map.h"

DEFINE_SCHEMA(gateway_price, GATEWAY_PRICE_FIELDS, "A price that targets of this config have.");

struct map *
gateway_prices_index(struct arena *arena, const struct gateway_price_list *prices)
{
    struct map *index = map_new(arena);
    for (size_t i = 0; i < prices->count; i++)
        map_set(index, prices->items[i].version, &prices->items[i].price);
    return index;
}

const struct model_price *
gateway_prices_find(const struct map *index, const struct gateway_target *target)
{
    return text_is_empty(target->price_version) ? NULL : map_find(index, target->price_version);
}
