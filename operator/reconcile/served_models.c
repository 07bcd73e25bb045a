/* Built-in routes to ModelServers. Whether a server may be called is the rules' business, not this file's. */
#include "operator/reconcile/served_models.h"

#include "lib/base/arena.h"

enum { MOST_TARGETS = 16 }; /* of a route: the schema's */

static bool answers_to(const struct self_hosted_model *server, struct text name);
static struct policy_route *route_for(struct arena *arena, const struct self_hosted_model_list *served,
                                      struct text namespace, struct text name);
static void
add_route(struct arena *arena, const struct self_hosted_model_list *served,
          const struct self_hosted_model *server, struct text name, struct merged_defaults *defaults);

const struct self_hosted_model *
served_find(const struct self_hosted_model_list *served, struct text namespace,
            const struct route_target *target)
{
    for (size_t i = 0; i < served->count; i++) {
        const struct self_hosted_model *server = &served->items[i];
        if (!text_equals(server->namespace, namespace))
            continue;
        if (target->deployment_ref.name.length > 0
                ? text_equals(server->deployment, target->deployment_ref.name)
                : answers_to(server, target->model))
            return server;
    }
    return NULL;
}

struct text
served_provider_name(struct arena *arena, const struct self_hosted_model *server)
{
    return text_format(arena, PROVIDER_SELF_HOSTED "/%.*s", TEXT_ARG(server->deployment));
}

void
served_routes_add(struct arena *arena, const struct self_hosted_model_list *served, struct text namespace,
                  struct merged_defaults *defaults)
{
    size_t most = defaults->route_count;
    for (size_t i = 0; i < served->count; i++)
        most += served->items[i].aliases.count + 1;
    struct merged_route *routes = arena_alloc_array(arena, most, sizeof(*routes));
    for (size_t i = 0; i < defaults->route_count; i++)
        routes[i] = defaults->routes[i];
    defaults->routes = routes;
    for (size_t i = 0; i < served->count; i++) {
        const struct self_hosted_model *server = &served->items[i];
        if (!text_equals(server->namespace, namespace))
            continue;
        add_route(arena, served, server, server->model, defaults);
        for (size_t j = 0; j < server->aliases.count; j++)
            add_route(arena, served, server, server->aliases.items[j], defaults);
    }
}

static void
add_route(struct arena *arena, const struct self_hosted_model_list *served,
          const struct self_hosted_model *server, struct text name, struct merged_defaults *defaults)
{
    if (text_find_byte(name, '*') >= 0 || defaults_find_route(defaults, name))
        return;
    defaults->routes[defaults->route_count++] =
        (struct merged_route){.route = route_for(arena, served, server->namespace, name)};
}

static struct policy_route *
route_for(struct arena *arena, const struct self_hosted_model_list *served, struct text namespace,
          struct text name)
{
    struct policy_route *route = arena_alloc(arena, sizeof(*route));
    schema_set_defaults(&policy_route_schema, route);
    route->model = name;
    route->strategy = POLICY_STRATEGY_LEAST_BUSY;
    route->targets.items = arena_alloc_array(arena, MOST_TARGETS, sizeof(*route->targets.items));
    for (size_t i = 0; i < served->count && route->targets.count < MOST_TARGETS; i++) {
        const struct self_hosted_model *server = &served->items[i];
        if (!text_equals(server->namespace, namespace) || !answers_to(server, name))
            continue;
        struct route_target *target = &route->targets.items[route->targets.count++];
        schema_set_defaults(&route_target_schema, target);
        target->provider = TEXT(PROVIDER_SELF_HOSTED);
        target->model = server->model;
        target->deployment_ref.name = server->deployment;
    }
    return route;
}

static bool
answers_to(const struct self_hosted_model *server, struct text name)
{
    if (text_equals(server->model, name))
        return true;
    for (size_t i = 0; i < server->aliases.count; i++)
        if (text_equals(server->aliases.items[i], name))
            return true;
    return false;
}
