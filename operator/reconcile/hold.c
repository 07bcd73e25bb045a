/* The reasons to hold, most general first. */
#include "operator/reconcile/hold.h"

#include "lib/base/arena.h"

enum { MOST_PATTERN_BYTES = 262144, PATTERN_OVERHEAD_BYTES = 32 };

static bool matters(const struct broken_object *broken, const struct planned_environment *planned);
static struct hold find_namespace_conflict(struct arena *arena, const struct reconcile_view *view,
                                           const struct planned_environment *planned);
static struct hold find_unknown_provider(struct arena *arena, const struct planned_environment *planned);
static struct hold find_ca_file(struct arena *arena, const struct planned_environment *planned);
static struct hold find_overflow(struct arena *arena, const struct planned_environment *planned);
static struct hold find_too_many_patterns(struct arena *arena, const struct planned_environment *planned);
static size_t pattern_bytes(const struct model_rule_list *rules);
static struct hold check_targets(struct arena *arena, const struct planned_environment *planned,
                                 const struct merged_route *merged, const struct route_target_list *targets);

struct hold
hold_for_environment(struct arena *arena, const struct reconcile_view *view,
                     const struct planned_environment *planned)
{
    for (size_t i = 0; i < view->broken.count; i++)
        if (matters(&view->broken.items[i], planned))
            return (struct hold){.reason = TEXT("InvalidSpec"), .message = view->broken.items[i].problem};
    struct hold hold = find_namespace_conflict(arena, view, planned);
    if (!hold_is_set(&hold))
        hold = find_unknown_provider(arena, planned);
    if (!hold_is_set(&hold) && view->is_cluster)
        hold = find_ca_file(arena, planned);
    if (!hold_is_set(&hold))
        hold = find_overflow(arena, planned);
    return hold_is_set(&hold) ? hold : find_too_many_patterns(arena, planned);
}

struct hold
hold_for_all(const struct reconcile_view *view)
{
    for (size_t i = 0; i < view->broken.count; i++) {
        const struct broken_object *broken = &view->broken.items[i];
        if (!broken->kind || broken->kind->id == KIND_WORKSPACE)
            return (struct hold){.reason = TEXT("InvalidSpec"), .message = broken->problem};
    }
    return (struct hold){0};
}

/* What is not known about a broken object is taken for the worst. */
static bool
matters(const struct broken_object *broken, const struct planned_environment *planned)
{
    if (!broken->kind)
        return true;
    switch (broken->kind->id) {
    case KIND_WORKSPACE:
        return broken->name.length == 0 || text_equals(broken->name, planned->workspace->metadata.name);
    case KIND_MODEL_POLICY:
        return broken->namespace.length == 0 || text_equals(broken->namespace, planned->namespace) ||
               text_equals(broken->namespace, TEXT(WEIR_SYSTEM_NAMESPACE));
    case KIND_SECRET:
        return broken->namespace.length == 0 || text_equals(broken->namespace, planned->namespace);
    case KIND_DEPLOYMENT: /* no gateway config depends on one yet */
    case KIND_NAMESPACE:  /* only a name */
        return false;
    }
    return true;
}

/* Two environments in one namespace would share policies and secrets. */
static struct hold
find_namespace_conflict(struct arena *arena, const struct reconcile_view *view,
                        const struct planned_environment *planned)
{
    if (text_equals(planned->namespace, TEXT(WEIR_SYSTEM_NAMESPACE)))
        return (struct hold){.reason = TEXT("NamespaceConflict"),
                             .message = TEXT("an environment cannot live in " WEIR_SYSTEM_NAMESPACE
                                             ": give it another namespace")};
    for (size_t i = 0; i < view->objects.count; i++) {
        if (view->objects.items[i].kind->id != KIND_WORKSPACE)
            continue;
        const struct workspace *other = view->objects.items[i].workspace;
        for (size_t j = 0; j < other->spec.environments.count; j++) {
            const struct workspace_environment *environment = &other->spec.environments.items[j];
            if (environment == planned->environment ||
                !text_equals(workspace_environment_namespace(arena, other, environment), planned->namespace))
                continue;
            struct text message = text_format(
                arena,
                "the namespace %.*s is also that of %.*s/%.*s (%.*s): give one of them another namespace",
                TEXT_ARG(planned->namespace), TEXT_ARG(other->metadata.name), TEXT_ARG(environment->name),
                TEXT_ARG(levels_place(arena, environment->source, TEXT("name"))));
            return (struct hold){.reason = TEXT("NamespaceConflict"), .message = message};
        }
    }
    return (struct hold){0};
}

static struct hold
find_unknown_provider(struct arena *arena, const struct planned_environment *planned)
{
    const struct merged_defaults *defaults = &planned->effective->defaults;
    for (size_t i = 0; i < defaults->route_count; i++) {
        const struct merged_route *merged = &defaults->routes[i];
        struct hold hold = check_targets(arena, planned, merged, &merged->route->targets);
        if (!hold_is_set(&hold))
            hold = check_targets(arena, planned, merged, &merged->route->fallback.targets);
        if (hold_is_set(&hold))
            return hold;
    }
    return (struct hold){0};
}

/* A file is on a laptop; a pod of ours holds none that people put there. */
static struct hold
find_ca_file(struct arena *arena, const struct planned_environment *planned)
{
    const struct merged_defaults *defaults = &planned->effective->defaults;
    for (size_t i = 0; i < defaults->provider_count; i++) {
        const struct merged_provider *merged = &defaults->providers[i];
        if (merged->provider->ca_file.length == 0)
            continue;
        return (struct hold){
            .reason = TEXT("CaFileRefused"),
            .policy = merged->applied->title,
            .message = text_format(arena,
                                   "provider %.*s of %.*s names the caFile %.*s, which gateways in a cluster "
                                   "do not have: remove it, and give the server a certificate of a public CA",
                                   TEXT_ARG(merged->provider->name), TEXT_ARG(merged->applied->title),
                                   TEXT_ARG(merged->provider->ca_file)),
        };
    }
    return (struct hold){0};
}

/* Each policy keeps its own bounds; together they may be more than a gateway takes in. It would refuse:
 * better not to send. */
static struct hold
find_overflow(struct arena *arena, const struct planned_environment *planned)
{
    struct gateway_config config;
    struct problem_list problems;
    problems_init(&problems, arena);
    if (schema_decode(arena, &gateway_config_schema, planned->config->document, TEXT("config"), &config,
                      &problems))
        return (struct hold){0};
    return (struct hold){
        .reason = TEXT("ConfigTooLarge"),
        .message =
            text_format(arena, "all policies of %.*s/%.*s together make a config that gateways refuse: %.*s",
                        TEXT_ARG(planned->workspace->metadata.name), TEXT_ARG(planned->environment->name),
                        TEXT_ARG(text_trim(problem_line(arena, &problems.items[0])))),
    };
}

/* ModelPolicy effective holds each pattern three times, and an object of Kubernetes at most 1.5 MB. */
static struct hold
find_too_many_patterns(struct arena *arena, const struct planned_environment *planned)
{
    const struct merged_constraints *enforced = &planned->effective->enforced;
    size_t bytes = pattern_bytes(&enforced->allow) + pattern_bytes(&enforced->deny);
    if (bytes <= MOST_PATTERN_BYTES)
        return (struct hold){0};
    return (struct hold){
        .reason = TEXT("ConfigTooLarge"),
        .message = text_format(arena,
                               "the model patterns of all policies of %.*s/%.*s are %zu bytes long together, "
                               "at most %d fit: use fewer patterns with \"*\"",
                               TEXT_ARG(planned->workspace->metadata.name),
                               TEXT_ARG(planned->environment->name), bytes, MOST_PATTERN_BYTES),
    };
}

static size_t
pattern_bytes(const struct model_rule_list *rules)
{
    size_t bytes = 0;
    for (size_t i = 0; i < rules->count; i++)
        for (size_t j = 0; j < rules->items[i].patterns.count; j++)
            bytes += rules->items[i].patterns.items[j].provider.length +
                     rules->items[i].patterns.items[j].name.length + PATTERN_OVERHEAD_BYTES;
    return bytes;
}

static struct hold
check_targets(struct arena *arena, const struct planned_environment *planned,
              const struct merged_route *merged, const struct route_target_list *targets)
{
    const struct merged_defaults *defaults = &planned->effective->defaults;
    for (size_t i = 0; i < targets->count; i++) {
        const struct route_target *target = &targets->items[i];
        if (defaults_find_provider(defaults, target->provider) ||
            text_equals(target->provider, TEXT(PROVIDER_SELF_HOSTED)))
            continue;
        struct text_list known = {
            .items = arena_alloc_array(arena, defaults->provider_count, sizeof(*known.items))};
        for (size_t j = 0; j < defaults->provider_count; j++)
            known.items[known.count++] = defaults->providers[j].provider->name;
        struct text message = text_format(
            arena,
            "%.*s: error: route %.*s names the provider %.*s, which no policy defines for %.*s/%.*s; there "
            "are %.*s",
            TEXT_ARG(levels_place(arena, target->source, TEXT("provider"))), TEXT_ARG(merged->route->model),
            TEXT_ARG(target->provider), TEXT_ARG(planned->workspace->metadata.name),
            TEXT_ARG(planned->environment->name), TEXT_ARG(text_join(arena, &known, TEXT(", "))));
        return (struct hold){.reason = TEXT("ProviderUnknown"),
                             .message = message,
                             .policy = merged->applied ? merged->applied->title : (struct text){0}};
    }
    return (struct hold){0};
}
