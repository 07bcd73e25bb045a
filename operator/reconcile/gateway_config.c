/* Puts a gateway config together. Everything in it is resolved; secrets are in it as names of files only. */
#include "operator/reconcile/gateway_config.h"

#include "api/types/control_frames.h"
#include "lib/base/arena.h"
#include "lib/document/document_build.h"
#include "operator/reconcile/built_in.h"
#include "operator/reconcile/environment_settings.h"
#include "operator/reconcile/served_models.h"
#include "operator/reconcile/target_price.h"

static void
put_limits(struct arena *arena, const struct effective_policy *effective, struct gateway_config *config);
static void
put_budgets(struct arena *arena, const struct effective_policy *effective, struct gateway_config *config);
static struct gateway_budget as_gateways_have_it(const struct gateway_budget *budget);
static void put_limits_of(const struct merged_constraints *constraints, struct gateway_limit_list *limits);
static void put_deadlines(const struct effective_policy *effective, struct gateway_config *config);
static void put_routes(const struct route_context *context, struct environment_config *made);
static void add_model_note(struct environment_config *made, const struct merged_route *merged,
                           bool is_available, struct text note);
static struct text built_in_note(const struct merged_route *merged);
static void put_providers(const struct route_context *context, struct gateway_config *config);
static void put_workload_identity(const struct route_context *context, struct gateway_config *config);
static struct text without_slash(struct text url);
static bool is_used(const struct gateway_config *config, struct text provider);
static void
put_callers(struct arena *arena, const struct reconcile_view *view, const struct workspace *workspace,
            struct text environment, struct gateway_config *config);
static void put_sizes(const struct workspace *workspace, const struct workspace_environment *environment,
                      struct gateway_config *config);
static struct text policy_digest(struct arena *arena, const struct gateway_config *config);
static const struct document *without_places(struct arena *arena, const struct document *document);
static int compare_models(const void *a, const void *b);
static int compare_notes(const void *a, const void *b);

static void
put_maximum(const struct merged_number *most, enum over_maximum over, struct gateway_maximum *out_maximum);

struct environment_config *
gateway_config_for(struct arena *arena, const struct reconcile_view *view, const struct workspace *workspace,
                   const struct workspace_environment *environment, const struct effective_policy *effective)
{
    struct environment_config *made = arena_alloc(arena, sizeof(*made));
    made->config = built_in_config(arena);
    struct gateway_config *config = &made->config;
    config->version = GATEWAY_CONFIG_VERSION;
    config->workspace = workspace->metadata.name;
    config->environment = environment->name;
    config->tier = environment->tier;
    config->owner = workspace->spec.owner.team;
    config->suspended = workspace->spec.suspended;
    config->allow = model_rules_union(arena, &effective->enforced.allow, &effective->shadow.allow);
    config->deny = model_rules_union(arena, &effective->enforced.deny, &effective->shadow.deny);
    put_limits(arena, effective, config);
    put_budgets(arena, effective, config);
    put_deadlines(effective, config);
    put_sizes(workspace, environment, config);
    struct route_context routes = {
        .arena = arena,
        .view = view,
        .effective = effective,
        .namespace = workspace_environment_namespace(arena, workspace, environment),
        .prices = target_prices_new(arena, &effective->defaults),
        .issues = &made->issues,
    };
    put_routes(&routes, made);
    config->prices = target_prices_list(routes.prices);
    put_providers(&routes, config);
    config->policy_digest = policy_digest(arena, config);
    if (view->is_cluster)
        config->gateways = environment_settings_of(arena, workspace, environment).min_replicas;
    put_workload_identity(&routes, config);
    put_callers(arena, view, workspace, environment->name, config);
    made->document = schema_encode(arena, &gateway_config_schema, config, SCHEMA_ENCODE_PLAIN);
    made->hash = gateway_config_hash(arena, made->document);
    return made;
}

static void
put_limits(struct arena *arena, const struct effective_policy *effective, struct gateway_config *config)
{
    size_t most = 2 * LIMIT_SCOPE_COUNT * LIMIT_UNIT_COUNT;
    config->limits.items = arena_alloc_array(arena, most, sizeof(*config->limits.items));
    config->limits.count = 0;
    put_limits_of(&effective->enforced, &config->limits);
    put_limits_of(&effective->shadow, &config->limits);
    const struct merged_constraints *enforced = &effective->enforced;
    put_maximum(&enforced->max_input_tokens, OVER_MAXIMUM_REFUSE, &config->max_input_tokens);
    put_maximum(&enforced->max_output_tokens, enforced->max_output_over, &config->max_output_tokens);
}

/* One whose policy became Shadow may be in force still, until that is approved: then it blocks. */
static void
put_budgets(struct arena *arena, const struct effective_policy *effective, struct gateway_config *config)
{
    const struct gateway_budget_list *enforced = &effective->enforced.budgets;
    const struct gateway_budget_list *shadow = &effective->shadow.budgets;
    struct gateway_budget_list *budgets = &config->budgets;
    budgets->items = arena_alloc_array(arena, enforced->count + shadow->count, sizeof(*budgets->items));
    budgets->count = 0;
    for (size_t i = 0; i < enforced->count; i++)
        budgets->items[budgets->count++] = as_gateways_have_it(&enforced->items[i]);
    for (size_t i = 0; i < shadow->count; i++)
        if (!budgets_find(enforced, shadow->items[i].id))
            budgets->items[budgets->count++] = as_gateways_have_it(&shadow->items[i]);
}

/* Whoever is told of what else is no change to a gateway, and a webhook's URL may be a secret. */
static struct gateway_budget
as_gateways_have_it(const struct gateway_budget *budget)
{
    struct gateway_budget known = *budget;
    known.alerts = (struct int_list){0};
    known.webhooks = (struct budget_webhook_list){0};
    return known;
}

static void
put_maximum(const struct merged_number *most, enum over_maximum over, struct gateway_maximum *out_maximum)
{
    if (most->amount != FIELD_UNSET)
        *out_maximum = (struct gateway_maximum){.amount = most->amount, .over = over, .from = most->from};
}

static void
put_limits_of(const struct merged_constraints *constraints, struct gateway_limit_list *limits)
{
    for (int scope = 0; scope < LIMIT_SCOPE_COUNT; scope++) {
        for (int unit = 0; unit < LIMIT_UNIT_COUNT; unit++) {
            const struct merged_number *limit = &constraints->limits[scope][unit];
            if (limit->amount == FIELD_UNSET)
                continue;
            limits->items[limits->count++] = (struct gateway_limit){.scope = (enum limit_scope)scope,
                                                                    .unit = (enum limit_unit)unit,
                                                                    .amount = limit->amount,
                                                                    .from = limit->from};
        }
    }
}

/* The total is a default under a constraint: requestTimeout is its ceiling. */
static void
put_deadlines(const struct effective_policy *effective, struct gateway_config *config)
{
    const struct merged_defaults *defaults = &effective->defaults;
    struct gateway_deadlines *deadlines = &config->deadlines;
    if (defaults->connect_ms.amount != FIELD_UNSET)
        deadlines->connect = defaults->connect_ms.amount;
    if (defaults->first_byte_ms.amount != FIELD_UNSET)
        deadlines->first_byte = defaults->first_byte_ms.amount;
    if (defaults->gap_ms.amount != FIELD_UNSET)
        deadlines->gap = defaults->gap_ms.amount;
    if (defaults->total_ms.amount != FIELD_UNSET)
        deadlines->total = defaults->total_ms.amount;
    int64_t ceiling = effective->enforced.request_timeout_ms.amount;
    if (ceiling != FIELD_UNSET && ceiling < deadlines->total)
        deadlines->total = ceiling;
    if (defaults->client_gone.amount != FIELD_UNSET)
        config->client_gone = (enum client_gone)defaults->client_gone.amount;
}

/* By name, so that moving a route within a file is not a new revision. */
static void
put_routes(const struct route_context *context, struct environment_config *made)
{
    const struct merged_defaults *defaults = &context->effective->defaults;
    struct gateway_model_list *models = &made->config.models;
    models->items = arena_alloc_array(context->arena, defaults->route_count, sizeof(*models->items));
    models->count = 0;
    made->models.items =
        arena_alloc_array(context->arena, defaults->route_count, sizeof(*made->models.items));
    for (size_t i = 0; i < defaults->route_count; i++) {
        const struct merged_route *merged = &defaults->routes[i];
        struct text note;
        bool is_available = route_config_for(context, merged, &models->items[models->count++], &note);
        add_model_note(made, merged, is_available, note);
    }
    if (models->count > 0)
        qsort(models->items, models->count, sizeof(*models->items), compare_models);
    if (made->models.count > 0)
        qsort(made->models.items, made->models.count, sizeof(*made->models.items), compare_notes);
}

static void
add_model_note(struct environment_config *made, const struct merged_route *merged, bool is_available,
               struct text note)
{
    made->models.items[made->models.count++] = (struct environment_model){
        .name = merged->route->model,
        .available = is_available,
        .note = is_available && !merged->applied ? built_in_note(merged) : note,
    };
}

static struct text
built_in_note(const struct merged_route *merged)
{
    bool is_served = text_equals(merged->route->targets.items[0].provider, TEXT(PROVIDER_SELF_HOSTED));
    return is_served ? TEXT("served by a Deployment of the environment") : TEXT("built in, offline");
}

static void
put_providers(const struct route_context *context, struct gateway_config *config)
{
    const struct merged_defaults *defaults = &context->effective->defaults;
    const struct self_hosted_model_list *served = &context->view->served;
    struct gateway_provider_list *providers = &config->providers;
    providers->items = arena_alloc_array(context->arena, defaults->provider_count + served->count,
                                         sizeof(*providers->items));
    providers->count = 0;
    for (size_t i = 0; i < defaults->provider_count; i++) {
        const struct policy_provider *provider = defaults->providers[i].provider;
        if (!is_used(config, provider->name))
            continue;
        providers->items[providers->count++] =
            (struct gateway_provider){.name = provider->name,
                                      .type = provider->type,
                                      .base_url = without_slash(provider->base_url),
                                      .ca_file = provider->ca_file,
                                      .echo = provider->echo};
    }
    for (size_t i = 0; i < served->count; i++) {
        struct text name = served_provider_name(context->arena, &served->items[i]);
        if (text_equals(served->items[i].namespace, context->namespace) && is_used(config, name))
            providers->items[providers->count++] = (struct gateway_provider){
                .name = name, .type = PROVIDER_TYPE_OPENAI, .base_url = served->items[i].base_url};
    }
}

/* The cluster's keys; whose workloads are callers here is the environment's. */
static void
put_workload_identity(const struct route_context *context, struct gateway_config *config)
{
    if (context->view->workload_identity.issuer.length == 0)
        return;
    config->workload_identity = context->view->workload_identity;
    config->workload_identity.namespace = context->namespace;
}

static struct text
without_slash(struct text url)
{
    while (text_ends_with(url, TEXT("/")))
        url.length--;
    return url;
}

static bool
is_used(const struct gateway_config *config, struct text provider)
{
    for (size_t i = 0; i < config->models.count; i++) {
        const struct gateway_model *model = &config->models.items[i];
        for (size_t j = 0; j < model->targets.count; j++)
            if (text_equals(model->targets.items[j].provider, provider))
                return true;
        for (size_t j = 0; j < model->fallback.count; j++)
            if (text_equals(model->fallback.items[j].provider, provider))
                return true;
    }
    return false;
}

static void
put_callers(struct arena *arena, const struct reconcile_view *view, const struct workspace *workspace,
            struct text environment, struct gateway_config *config)
{
    const struct workspace_caller_list *callers = &workspace->spec.callers;
    struct text namespace =
        workspace_environment_namespace(arena, workspace, workspace_find_environment(workspace, environment));
    struct gateway_caller_list *made = &config->callers;
    made->items = arena_alloc_array(arena, callers->count + view->callers.count, sizeof(*made->items));
    made->count = 0;
    for (size_t i = 0; i < callers->count; i++) {
        const struct workspace_caller *caller = &callers->items[i];
        if (!workspace_caller_may_call_in(caller, environment))
            continue;
        made->items[made->count++] = (struct gateway_caller){
            .name = caller->name,
            .team = caller->team.length > 0 ? caller->team : workspace->spec.owner.team,
            .key_hashes = caller->key_hashes,
            .expires = caller->expires,
            .tags = caller->tags,
        };
    }
    for (size_t i = 0; i < view->callers.count; i++)
        if (text_equals(view->callers.items[i].namespace, namespace))
            made->items[made->count++] = view->callers.items[i].caller;
}

static void
put_sizes(const struct workspace *workspace, const struct workspace_environment *environment,
          struct gateway_config *config)
{
    const struct environment_gateway *levels[] = {&workspace->spec.defaults.gateway, &environment->gateway};
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        if (levels[i]->max_body_bytes != FIELD_UNSET)
            config->max_body_bytes = levels[i]->max_body_bytes;
        if (levels[i]->max_connections != FIELD_UNSET)
            config->max_connections = levels[i]->max_connections;
    }
}

/* Over what policies decided: not over callers, which come and go without a policy changing, nor what is put
 * in later. */
static struct text
policy_digest(struct arena *arena, const struct gateway_config *config)
{
    struct gateway_config rules = *config;
    rules.callers = (struct gateway_caller_list){0};
    return gateway_config_hash(arena, without_places(arena, schema_encode(arena, &gateway_config_schema,
                                                                          &rules, SCHEMA_ENCODE_PLAIN)));
}

/* Where a rule is written is no part of it: a comment above it changes no policy. */
static const struct document *
without_places(struct arena *arena, const struct document *document)
{
    if (document_kind(document) == DOCUMENT_MAP) {
        struct document *map = document_new_map(arena);
        for (size_t i = 0; i < document_count(document); i++)
            if (!text_equals(document_key_at(document, i), TEXT("place")))
                document_set(map, document_key_at(document, i),
                             without_places(arena, document_value_at(document, i)));
        return map;
    }
    if (document_kind(document) == DOCUMENT_LIST) {
        struct document *list = document_new_list(arena);
        for (size_t i = 0; i < document_count(document); i++)
            document_append(list, without_places(arena, document_at(document, i)));
        return list;
    }
    return document;
}

static int
compare_models(const void *a, const void *b)
{
    return text_compare(((const struct gateway_model *)a)->name, ((const struct gateway_model *)b)->name);
}

static int
compare_notes(const void *a, const void *b)
{
    return text_compare(((const struct environment_model *)a)->name,
                        ((const struct environment_model *)b)->name);
}
