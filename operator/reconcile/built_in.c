/* The built-in providers and route. The echo model makes the first request work offline. */
#include "operator/reconcile/built_in.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/document/document_build.h"
#include "lib/schema/problems.h"

const struct policy_provider built_in_providers[BUILT_IN_PROVIDER_COUNT] = {
    {
        .name = {PROVIDER_BUILT_IN_OPENAI, sizeof(PROVIDER_BUILT_IN_OPENAI) - 1},
        .type = PROVIDER_TYPE_OPENAI,
        .base_url = {PROVIDER_BUILT_IN_OPENAI_URL, sizeof(PROVIDER_BUILT_IN_OPENAI_URL) - 1},
    },
    {
        .name = {PROVIDER_BUILT_IN_ECHO, sizeof(PROVIDER_BUILT_IN_ECHO) - 1},
        .type = PROVIDER_TYPE_ECHO,
        .echo = {.error_percent = 100},
    },
};

const struct policy_route *
built_in_route(struct arena *arena)
{
    struct problem_list problems;
    problems_init(&problems, arena);
    struct document *target = document_new_map(arena);
    document_set_text(target, "provider", TEXT(PROVIDER_BUILT_IN_ECHO));
    document_set_text(target, "model", TEXT(BUILT_IN_ECHO_MODEL));
    struct document *targets = document_new_list(arena);
    document_append(targets, target);
    struct document *written = document_new_map(arena);
    document_set_text(written, "model", TEXT(BUILT_IN_ECHO_MODEL));
    document_set(written, TEXT("targets"), targets);
    struct policy_route *route = arena_alloc(arena, sizeof(*route));
    bool is_right = schema_decode(arena, &policy_route_schema, written, (struct text){0}, route, &problems);
    assert(is_right);
    return route;
}

struct model_price
built_in_echo_price(struct text provider)
{
    struct model_price price;
    schema_set_defaults(&model_price_schema, &price);
    price.provider = provider;
    price.model = TEXT("*");
    price.free = true;
    return price;
}

struct gateway_config
built_in_config(struct arena *arena)
{
    struct problem_list ignored;
    problems_init(&ignored, arena);
    struct gateway_config config;
    /* It lacks what is required, and says so; what we are after are the defaults. */
    bool is_whole = schema_decode(arena, &gateway_config_schema, NULL, (struct text){0}, &config, &ignored);
    assert(!is_whole);
    return config;
}

struct rule_source
built_in_source(void)
{
    return (struct rule_source){.policy = TEXT(BUILT_IN_SOURCE)};
}
