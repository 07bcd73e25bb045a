/* Two maps, provider then name, and the patterns of each provider in the order that they are tried. */
#include "api/types/price_index.h"

#include "lib/base/arena.h"
#include "lib/base/glob.h"
#include "lib/base/map.h"

struct pattern {
    const struct model_price *price;
    size_t beginning; /* bytes before the first '*' */
    size_t order;     /* in the table */
};

struct provider_prices {
    struct map *exact; /* name to model_price */
    struct pattern *patterns;
    size_t count, capacity;
};

struct price_index {
    struct map *providers;
};

static void add_price(struct arena *arena, struct price_index *index, const struct model_price *price);
static int compare_patterns(const void *a, const void *b);

struct price_index *
price_index_new(struct arena *arena, const struct price_table *table)
{
    struct price_index *index = arena_alloc(arena, sizeof(*index));
    index->providers = map_new(arena);
    for (size_t i = 0; i < table->prices.count; i++)
        add_price(arena, index, &table->prices.items[i]);

    size_t at = 0;
    struct text provider;
    void *value;
    while (map_next(index->providers, &at, &provider, &value)) {
        struct provider_prices *prices = value;
        if (prices->count > 1)
            qsort(prices->patterns, prices->count, sizeof(*prices->patterns), compare_patterns);
    }
    return index;
}

static struct provider_prices *
prices_of(struct arena *arena, struct price_index *index, struct text provider)
{
    struct provider_prices *prices = map_find(index->providers, provider);
    if (prices)
        return prices;
    prices = arena_alloc(arena, sizeof(*prices));
    prices->exact = map_new(arena);
    map_set(index->providers, provider, prices);
    return prices;
}

static void
add_price(struct arena *arena, struct price_index *index, const struct model_price *price)
{
    struct provider_prices *prices = prices_of(arena, index, price->provider);
    ptrdiff_t star = text_find_byte(price->model, '*');
    if (star < 0) {
        if (!map_find(prices->exact, price->model))
            map_set(prices->exact, price->model, (void *)(uintptr_t)price);
        return;
    }
    prices->patterns =
        arena_grow(arena, prices->patterns, prices->count, &prices->capacity, sizeof(*prices->patterns));
    prices->patterns[prices->count] = (struct pattern){price, (size_t)star, prices->count};
    prices->count++;
}

static int
longer_first(size_t a, size_t b)
{
    return (a < b) - (a > b);
}

static int
compare_patterns(const void *left, const void *right)
{
    const struct pattern *a = left, *b = right;
    if (a->beginning != b->beginning)
        return longer_first(a->beginning, b->beginning);
    if (a->price->model.length != b->price->model.length)
        return longer_first(a->price->model.length, b->price->model.length);
    return longer_first(b->order, a->order);
}

static const struct model_price *
find_of_provider(const struct price_index *index, struct text provider, struct text model)
{
    const struct provider_prices *prices = map_find(index->providers, provider);
    if (!prices)
        return NULL;
    const struct model_price *price = map_find(prices->exact, model);
    for (size_t i = 0; i < prices->count && !price; i++)
        if (glob_matches(prices->patterns[i].price->model, model))
            price = prices->patterns[i].price;
    return price;
}

const struct model_price *
price_index_find(const struct price_index *index, struct text provider, struct text model)
{
    const struct model_price *price = find_of_provider(index, provider, model);
    ptrdiff_t slash = text_find_byte(provider, '/');
    if (!price && slash >= 0)
        price = find_of_provider(index, text_slice(provider, 0, (size_t)slash), model);
    return price;
}
