/* Pairs of provider and model, each once; the table is asked for them by its own names. */
#include "api/cli/price_choice.h"

#include "api/types/price_index.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/map.h"

struct alias {
    struct text provider; /* ours */
    struct text source;   /* the table's */
};

struct wanted {
    struct text provider, source, model;
};

struct price_choice {
    struct arena *arena;
    struct alias aliases[PRICE_CHOICE_MAX_PROVIDERS];
    size_t alias_count;
    bool is_of_routes;
    struct map *echoes;  /* names of providers that answer without a server */
    struct map *targets; /* "provider\nmodel", ours: each once */
    struct map *sources; /* "source\nmodel": what the table is asked for */
    struct wanted *wanted;
    size_t wanted_count, wanted_capacity;
    struct price_choice_result result;
    size_t price_capacity, doubt_capacity;
};

static struct text
pair(struct arena *arena, struct text provider, struct text model)
{
    return text_format(arena, "%.*s\n%.*s", TEXT_ARG(provider), TEXT_ARG(model));
}

static bool
add_alias(struct price_choice *choice, struct text word, struct error *err)
{
    struct text source = word;
    struct text provider = text_cut(&source, '=');
    if (!source.bytes)
        source = provider;
    if (text_is_empty(provider) || text_is_empty(source))
        return error_set(
            err, ERROR_INVALID,
            "--provider \"%.*s\" is not NAME or NAME=LITELLM_PROVIDER (example: lab=together_ai)",
            TEXT_ARG(word));
    if (choice->alias_count == PRICE_CHOICE_MAX_PROVIDERS)
        return error_set(err, ERROR_INVALID, "--provider takes at most %d names", PRICE_CHOICE_MAX_PROVIDERS);
    for (size_t i = 0; i < choice->alias_count; i++)
        if (text_equals(choice->aliases[i].provider, provider))
            return error_set(err, ERROR_INVALID, "--provider names %.*s twice", TEXT_ARG(provider));
    choice->aliases[choice->alias_count++] = (struct alias){provider, source};
    return true;
}

bool
price_choice_new(struct arena *arena, struct text providers, struct price_choice **out_choice,
                 struct error *err)
{
    struct price_choice *choice = arena_alloc(arena, sizeof(*choice));
    choice->arena = arena;
    choice->echoes = map_new(arena);
    choice->targets = map_new(arena);
    choice->sources = map_new(arena);
    while (providers.bytes && (choice->alias_count > 0 || !text_is_empty(providers)))
        if (!add_alias(choice, text_trim(text_cut(&providers, ',')), err))
            return false;
    *out_choice = choice;
    return true;
}

void
price_choice_of_routes(struct price_choice *choice)
{
    choice->is_of_routes = true;
}

static struct text
source_of(const struct price_choice *choice, struct text provider)
{
    for (size_t i = 0; i < choice->alias_count; i++)
        if (text_equals(choice->aliases[i].provider, provider))
            return choice->aliases[i].source;
    return provider;
}

static void
add_targets(struct price_choice *choice, const struct route_target_list *targets)
{
    struct arena *arena = choice->arena;
    for (size_t i = 0; i < targets->count; i++) {
        struct text provider = targets->items[i].provider, model = targets->items[i].model;
        struct text name = pair(arena, provider, model);
        if (text_equals(provider, TEXT(PROVIDER_SELF_HOSTED)) || map_find(choice->targets, name))
            continue;
        map_set(choice->targets, name, choice);
        struct wanted one = {provider, source_of(choice, provider), model};
        map_set(choice->sources, pair(arena, one.source, model), choice);
        choice->wanted = arena_grow(arena, choice->wanted, choice->wanted_count, &choice->wanted_capacity,
                                    sizeof(*choice->wanted));
        choice->wanted[choice->wanted_count++] = one;
    }
}

void
price_choice_add_routes(struct price_choice *choice, const struct model_policy *policy)
{
    const struct policy_defaults *defaults = &policy->spec.defaults;
    for (size_t i = 0; i < defaults->providers.count; i++)
        if (defaults->providers.items[i].type == PROVIDER_TYPE_ECHO)
            map_set(choice->echoes, defaults->providers.items[i].name, choice);
    for (size_t i = 0; i < defaults->routes.count; i++) {
        add_targets(choice, &defaults->routes.items[i].targets);
        add_targets(choice, &defaults->routes.items[i].fallback.targets);
    }
}

bool
price_choice_wants(const void *owner, const struct price_name *name)
{
    const struct price_choice *choice = owner;
    if (choice->is_of_routes)
        return map_find(choice->sources, pair(choice->arena, name->provider, name->model)) != NULL;
    for (size_t i = 0; i < choice->alias_count; i++)
        if (text_equals(choice->aliases[i].source, name->provider))
            return true;
    return choice->alias_count == 0;
}

static void
add_doubt(struct price_choice *choice, struct text doubt)
{
    struct text_list *doubts = &choice->result.doubts;
    doubts->items = arena_grow(choice->arena, doubts->items, doubts->count, &choice->doubt_capacity,
                               sizeof(*doubts->items));
    doubts->items[doubts->count++] = doubt;
}

static void
add_price(struct price_choice *choice, struct text provider, const struct model_price *found)
{
    struct model_price_list *prices = &choice->result.prices;
    if (text_find_byte(found->model, '*') >= 0) {
        add_doubt(choice,
                  text_format(choice->arena, "%.*s/%.*s is left out: in a policy its name would be a pattern",
                              TEXT_ARG(provider), TEXT_ARG(found->model)));
        return;
    }
    if (prices->count == PRICE_CHOICE_MAX_PRICES) {
        choice->result.left_out++;
        return;
    }
    prices->items = arena_grow(choice->arena, prices->items, prices->count, &choice->price_capacity,
                               sizeof(*prices->items));
    prices->items[prices->count] = *found;
    prices->items[prices->count++].provider = provider;
}

static struct text
no_price(struct arena *arena, const struct wanted *one)
{
    struct text hint = {0};
    if (text_equals(one->provider, one->source))
        hint = text_format(arena, "; if the provider is called otherwise here: --provider %.*s=NAME",
                           TEXT_ARG(one->provider));
    return text_format(arena, "%.*s/%.*s has no price under provider %.*s: its calls will have no cost%.*s",
                       TEXT_ARG(one->provider), TEXT_ARG(one->model), TEXT_ARG(one->source), TEXT_ARG(hint));
}

static void
take_routes(struct price_choice *choice, const struct price_table *table)
{
    struct arena *arena = choice->arena;
    const struct price_index *index = price_index_new(arena, table);
    for (size_t i = 0; i < choice->wanted_count; i++) {
        const struct wanted *one = &choice->wanted[i];
        bool is_echo = text_equals(one->provider, TEXT(PROVIDER_BUILT_IN_ECHO)) ||
                       map_find(choice->echoes, one->provider);
        const struct model_price *found = is_echo ? NULL : price_index_find(index, one->source, one->model);
        if (found)
            add_price(choice, one->provider, found);
        else if (!is_echo)
            add_doubt(choice, no_price(arena, one));
    }
}

static void
take_all(struct price_choice *choice, const struct price_table *table)
{
    for (size_t i = 0; i < table->prices.count; i++) {
        const struct model_price *price = &table->prices.items[i];
        for (size_t j = 0; j < choice->alias_count; j++)
            if (text_equals(choice->aliases[j].source, price->provider))
                add_price(choice, choice->aliases[j].provider, price);
        if (choice->alias_count == 0)
            add_price(choice, price->provider, price);
    }
}

static int
compare_prices(const void *left, const void *right)
{
    const struct model_price *a = left, *b = right;
    int order = text_compare(a->provider, b->provider);
    return order ? order : text_compare(a->model, b->model);
}

struct price_choice_result
price_choice_take(struct price_choice *choice, const struct price_table *table)
{
    if (choice->is_of_routes)
        take_routes(choice, table);
    else
        take_all(choice, table);
    struct price_choice_result *result = &choice->result;
    if (result->prices.count > 1)
        qsort(result->prices.items, result->prices.count, sizeof(*result->prices.items), compare_prices);
    return *result;
}
