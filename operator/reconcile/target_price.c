/* One look into the merged prices for each target; the version is a digest, so that the same price has the
 * same version wherever and whenever it is in force. A price is digested once, however many targets have it.
 */
#include "operator/reconcile/target_price.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"
#include "lib/document/json.h"
#include "lib/net/digest.h"
#include "operator/reconcile/built_in.h"

enum { VERSION_DIGITS = 12 };

struct target_prices {
    struct arena *arena;
    const struct merged_defaults *defaults;
    struct map *given; /* by "provider\nmodel" of the price, which may be patterns */
};

static bool needs_no_server(const struct merged_defaults *defaults, struct text provider);
static const struct gateway_price *give(struct target_prices *prices, const struct model_price *price);
static struct text version_of(struct arena *arena, const struct model_price *price);
static int compare_versions(const void *a, const void *b);

struct target_prices *
target_prices_new(struct arena *arena, const struct merged_defaults *defaults)
{
    struct target_prices *prices = arena_alloc(arena, sizeof(*prices));
    *prices = (struct target_prices){.arena = arena, .defaults = defaults, .given = map_new(arena)};
    return prices;
}

void
target_prices_set(struct target_prices *prices, struct gateway_target *target)
{
    const struct model_price *price = defaults_find_price(prices->defaults, target->provider, target->model);
    const struct model_price nothing = built_in_echo_price(target->provider);
    if (!price && needs_no_server(prices->defaults, target->provider))
        price = &nothing;
    if (price)
        target->price_version = give(prices, price)->version;
}

struct gateway_price_list
target_prices_list(const struct target_prices *prices)
{
    struct gateway_price_list list = {
        .items = arena_alloc_array(prices->arena, map_count(prices->given), sizeof(*list.items))};
    struct text name;
    void *given;
    for (size_t at = 0; map_next(prices->given, &at, &name, &given);)
        list.items[list.count++] = *(const struct gateway_price *)given;
    if (list.count > 0)
        qsort(list.items, list.count, sizeof(*list.items), compare_versions);
    return list;
}

static bool
needs_no_server(const struct merged_defaults *defaults, struct text provider)
{
    const struct merged_provider *merged = defaults_find_provider(defaults, provider);
    return merged && merged->provider->type == PROVIDER_TYPE_ECHO;
}

static const struct gateway_price *
give(struct target_prices *prices, const struct model_price *price)
{
    const struct text name =
        text_format(prices->arena, "%.*s\n%.*s", TEXT_ARG(price->provider), TEXT_ARG(price->model));
    struct gateway_price *given = map_find(prices->given, name);
    if (given)
        return given;
    given = arena_alloc(prices->arena, sizeof(*given));
    *given = (struct gateway_price){.version = version_of(prices->arena, price), .price = *price};
    map_set(prices->given, name, given);
    return given;
}

static struct text
version_of(struct arena *arena, const struct model_price *price)
{
    struct buffer canonical;
    buffer_init(&canonical, arena, 512);
    json_print_canonical(schema_encode(arena, &model_price_schema, price, SCHEMA_ENCODE_PLAIN), &canonical);
    struct text digest = digest_sha256_hex(arena, buffer_text(&canonical));
    return text_format(arena, "p-%.*s", TEXT_ARG(text_slice(digest, 0, VERSION_DIGITS)));
}

static int
compare_versions(const void *a, const void *b)
{
    const struct gateway_price *first = a, *second = b;
    return text_compare(first->version, second->version);
}
