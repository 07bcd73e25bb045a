/* Who decides which default. Policies come most specific first, so the first one that speaks decides. */
#include "operator/reconcile/merge_defaults.h"

#include "lib/base/arena.h"
#include "operator/reconcile/built_in.h"

static void add_routes(struct merged_defaults *merged, const struct applied_policy *applied);
static void add_providers(struct merged_defaults *merged, const struct applied_policy *applied);
static void
add_prices(struct arena *arena, struct merged_defaults *merged, const struct applied_policy_list *policies);
static const struct price_index *
index_prices(struct arena *arena, struct merged_defaults *merged, const struct applied_policy_list *policies,
             bool of_environment);
static void
take_values(struct arena *arena, struct merged_defaults *merged, const struct applied_policy *applied);
static void take(struct merged_value *value, int64_t amount, struct rule_source from);
static bool decides(const struct applied_policy *applied);

struct merged_defaults
defaults_merge(struct arena *arena, const struct applied_policy_list *policies)
{
    size_t routes = 0, providers = 0;
    for (size_t i = 0; i < policies->count; i++) {
        routes += policies->items[i].policy->spec.defaults.routes.count;
        providers += policies->items[i].policy->spec.defaults.providers.count;
    }
    struct merged_defaults merged = {
        .routes = arena_alloc_array(arena, routes + 1, sizeof(struct merged_route)),
        .providers =
            arena_alloc_array(arena, providers + BUILT_IN_PROVIDER_COUNT, sizeof(struct merged_provider)),
        .refused_providers = arena_alloc_array(arena, providers, sizeof(struct merged_provider)),
        .connect_ms.amount = FIELD_UNSET,
        .first_byte_ms.amount = FIELD_UNSET,
        .gap_ms.amount = FIELD_UNSET,
        .total_ms.amount = FIELD_UNSET,
        .client_gone.amount = FIELD_UNSET,
    };
    for (size_t i = 0; i < BUILT_IN_PROVIDER_COUNT; i++)
        merged.providers[merged.provider_count++].provider = &built_in_providers[i];
    for (size_t i = 0; i < policies->count; i++) {
        if (!decides(&policies->items[i]))
            continue;
        add_routes(&merged, &policies->items[i]);
        take_values(arena, &merged, &policies->items[i]);
    }
    for (size_t i = policies->count; i-- > 0;)
        if (decides(&policies->items[i]))
            add_providers(&merged, &policies->items[i]);
    add_prices(arena, &merged, policies);
    if (!defaults_find_route(&merged, TEXT(BUILT_IN_ECHO_MODEL)))
        merged.routes[merged.route_count++].route = built_in_route(arena);
    return merged;
}

const struct merged_provider *
defaults_find_provider(const struct merged_defaults *defaults, struct text name)
{
    for (size_t i = 0; i < defaults->provider_count; i++)
        if (text_equals(defaults->providers[i].provider->name, name))
            return &defaults->providers[i];
    return NULL;
}

const struct merged_route *
defaults_find_route(const struct merged_defaults *defaults, struct text model)
{
    for (size_t i = 0; i < defaults->route_count; i++)
        if (text_equals(defaults->routes[i].route->model, model))
            return &defaults->routes[i];
    return NULL;
}

const struct model_price *
defaults_find_price(const struct merged_defaults *defaults, struct text provider, struct text model)
{
    const struct price_index *indexes[] = {defaults->price_index, defaults->own_price_index};
    const struct model_price *price = NULL;
    for (size_t i = 0; i < COUNT_OF(indexes) && !price; i++)
        price = indexes[i] ? price_index_find(indexes[i], provider, model) : NULL;
    return price;
}

const struct applied_policy *
defaults_price_applied(const struct merged_defaults *defaults, const struct model_price *price)
{
    return defaults->prices_applied[price - defaults->prices.items];
}

static void
add_routes(struct merged_defaults *merged, const struct applied_policy *applied)
{
    const struct policy_route_list *routes = &applied->policy->spec.defaults.routes;
    for (size_t i = 0; i < routes->count; i++)
        if (!defaults_find_route(merged, routes->items[i].model))
            merged->routes[merged->route_count++] =
                (struct merged_route){.route = &routes->items[i], .applied = applied};
}

/* Called broadest first. */
static void
add_providers(struct merged_defaults *merged, const struct applied_policy *applied)
{
    const struct policy_provider_list *providers = &applied->policy->spec.defaults.providers;
    for (size_t i = 0; i < providers->count; i++) {
        struct merged_provider one = {.provider = &providers->items[i], .applied = applied};
        if (defaults_find_provider(merged, one.provider->name))
            merged->refused_providers[merged->refused_provider_count++] = one;
        else
            merged->providers[merged->provider_count++] = one;
    }
}

/* The index finds the first of equals, so the order of authority is all it takes. */
static void
add_prices(struct arena *arena, struct merged_defaults *merged, const struct applied_policy_list *policies)
{
    size_t most = 0;
    for (size_t i = 0; i < policies->count; i++)
        most += policies->items[i].policy->spec.defaults.prices.count;
    if (most == 0)
        return;
    merged->prices.items = arena_alloc_array(arena, most, sizeof(struct model_price));
    merged->prices_applied = arena_alloc_array(arena, most, sizeof(*merged->prices_applied));
    merged->price_index = index_prices(arena, merged, policies, false);
    merged->own_price_index = index_prices(arena, merged, policies, true);
}

static const struct price_index *
index_prices(struct arena *arena, struct merged_defaults *merged, const struct applied_policy_list *policies,
             bool of_environment)
{
    struct model_price_list *all = &merged->prices;
    struct price_table table = {.prices.items = all->items + all->count};
    for (size_t i = 0; i < policies->count; i++) {
        const struct applied_policy *applied = &policies->items[i];
        const struct model_price_list *own = &applied->policy->spec.defaults.prices;
        bool is_wanted = decides(applied) && (applied->level == POLICY_LEVEL_ENVIRONMENT) == of_environment;
        for (size_t j = 0; is_wanted && j < own->count; j++) {
            merged->prices_applied[all->count] = applied;
            all->items[all->count++] = own->items[j];
            table.prices.count++;
        }
    }
    return table.prices.count > 0 ? price_index_new(arena, &table) : NULL;
}

static void
take_values(struct arena *arena, struct merged_defaults *merged, const struct applied_policy *applied)
{
    const struct policy_defaults *defaults = &applied->policy->spec.defaults;
    const struct policy_deadlines *deadlines = &defaults->deadlines;
    const struct document *map = deadlines->source;
    take(&merged->connect_ms, deadlines->connect, levels_source(arena, applied, map, TEXT("connect")));
    take(&merged->first_byte_ms, deadlines->first_byte,
         levels_source(arena, applied, map, TEXT("firstByte")));
    take(&merged->gap_ms, deadlines->gap, levels_source(arena, applied, map, TEXT("gap")));
    take(&merged->total_ms, deadlines->total, levels_source(arena, applied, map, TEXT("total")));
    if (policy_defaults_says_client_gone(defaults))
        take(&merged->client_gone, (int64_t)defaults->client_gone,
             levels_source(arena, applied, defaults->source, TEXT("clientGone")));
}

static void
take(struct merged_value *value, int64_t amount, struct rule_source from)
{
    if (value->amount == FIELD_UNSET && amount != FIELD_UNSET)
        *value = (struct merged_value){.amount = amount, .from = from};
}

static bool
decides(const struct applied_policy *applied)
{
    return applied->policy->spec.mode == POLICY_MODE_ENFORCE;
}
