/* Routes filtered. Nothing is left out without a word: each target that cannot be used becomes an issue, and
 * a model without any stays in the config with what gateways need to say why. */
#include "operator/reconcile/route_config.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/utf8.h"
#include "operator/reconcile/served_models.h"
#include "operator/reconcile/target_price.h"

enum { MAX_NOTE_BYTES = 1024 }; /* as much as the config's "unavailable" holds */

/* A route while its targets are looked at. */
struct route_filter {
    const struct route_context *context;
    const struct merged_route *merged;
    struct gateway_target_list forbidden;
    struct text refusal; /* why the first forbidden target is; empty when none is */
    struct text missing; /* what the first target without its key needs; empty when none does */
};

static struct gateway_target_list
usable_targets(struct route_filter *filter, const struct route_target_list *targets);
static bool
is_usable(struct route_filter *filter, const struct route_target *target, struct gateway_target *out_target);
static bool say_absent(struct route_filter *filter, const struct route_target *target);
static bool say_not_ready(struct route_filter *filter, const struct self_hosted_model *server);
static bool attach_credential(struct route_filter *filter, const struct route_target *target,
                              struct gateway_target *out_target);
static void explain_absence(struct route_filter *filter, struct gateway_model *model, struct text *out_note);
static void add_issue(const struct route_filter *filter, struct text reason, struct text message);
static void keep_first(struct text *first, struct text text);
static bool gets_calls(enum policy_strategy strategy, const struct gateway_target_list *targets);
static enum route_strategy strategy_of(enum policy_strategy strategy);

bool
route_config_for(const struct route_context *context, const struct merged_route *merged,
                 struct gateway_model *out_model, struct text *out_note)
{
    const struct policy_route *route = merged->route;
    struct route_filter filter = {.context = context, .merged = merged};
    size_t most = route->targets.count + route->fallback.targets.count;
    filter.forbidden.items = arena_alloc_array(context->arena, most, sizeof(*filter.forbidden.items));
    struct gateway_target_list targets = usable_targets(&filter, &route->targets);
    struct gateway_target_list fallback = usable_targets(&filter, &route->fallback.targets);
    enum route_strategy strategy = strategy_of(route->strategy);
    if (!gets_calls(route->strategy, &targets)) {
        targets = fallback; /* what would be tried next is tried first */
        fallback = (struct gateway_target_list){0};
        strategy = targets.count > 0 ? ROUTE_STRATEGY_PRIORITY : strategy;
    }
    *out_model = (struct gateway_model){
        .name = route->model,
        .strategy = strategy,
        .targets = targets,
        .fallback_on = route->fallback.on,
        .fallback = fallback,
        .max_attempts = route->fallback.max_attempts,
        .retry = {.attempts = route->retry.attempts,
                  .backoff_base = route->retry.backoff.base,
                  .backoff_max = route->retry.backoff.max},
        .from = merged->applied ? levels_source(context->arena, merged->applied, route->source, TEXT("model"))
                                : (struct rule_source){.policy = TEXT("built-in")},
    };
    *out_note = (struct text){0};
    if (targets.count == 0)
        explain_absence(&filter, out_model, out_note);
    return targets.count > 0;
}

const struct secret_ref *
route_credentials_ref(const struct merged_defaults *defaults, const struct route_target *target)
{
    if (target->credentials_ref.name.length > 0)
        return &target->credentials_ref;
    const struct merged_provider *provider = defaults_find_provider(defaults, target->provider);
    if (provider && provider->provider->credentials_ref.name.length > 0)
        return &provider->provider->credentials_ref;
    return NULL;
}

const struct model_rule *
route_find_refusal(const struct effective_policy *effective, struct text model,
                   const struct route_target *target)
{
    struct model_identity identity = {.provider = target->provider, .model = target->model, .name = model};
    return constraints_find_refusal(&effective->enforced, &identity);
}

static struct gateway_target_list
usable_targets(struct route_filter *filter, const struct route_target_list *targets)
{
    struct gateway_target_list usable = {
        .items = arena_alloc_array(filter->context->arena, targets->count, sizeof(*usable.items))};
    for (size_t i = 0; i < targets->count; i++)
        usable.count += is_usable(filter, &targets->items[i], &usable.items[usable.count]);
    return usable;
}

static bool
is_usable(struct route_filter *filter, const struct route_target *target, struct gateway_target *out_target)
{
    const struct route_context *context = filter->context;
    struct route_target resolved = *target;
    *out_target = (struct gateway_target){
        .provider = target->provider, .model = target->model, .weight = target->weight};
    bool is_served = text_equals(target->provider, TEXT(PROVIDER_SELF_HOSTED));
    const struct self_hosted_model *server =
        is_served ? served_find(&context->view->served, context->namespace, target) : NULL;
    if (server) {
        resolved.model = out_target->model = server->model;
        out_target->provider = served_provider_name(context->arena, server);
    } else if (is_served) {
        return say_absent(filter, target);
    }
    const struct model_rule *refusal =
        route_find_refusal(context->effective, filter->merged->route->model, &resolved);
    if (!refusal && server && !server->is_ready)
        return say_not_ready(filter, server);
    if (!refusal && !attach_credential(filter, target, out_target))
        return false;
    if (!refusal) {
        target_prices_set(context->prices, out_target);
        return true;
    }

    filter->forbidden.items[filter->forbidden.count++] = *out_target;
    bool has_place = refusal->from.place.length > 0;
    keep_first(&filter->refusal,
               text_format(context->arena, "%.*s/%.*s is denied by %.*s%s%.*s%s", TEXT_ARG(target->provider),
                           TEXT_ARG(resolved.model), TEXT_ARG(refusal->from.policy), has_place ? " (" : "",
                           TEXT_ARG(refusal->from.place), has_place ? ")" : ""));
    return false;
}

static bool
say_absent(struct route_filter *filter, const struct route_target *target)
{
    const struct route_context *context = filter->context;
    bool is_ref = target->deployment_ref.name.length > 0;
    struct text name = is_ref ? target->deployment_ref.name : target->model;
    struct text missing =
        context->view->is_cluster
            ? text_format(context->arena,
                          "no ModelServer Deployment %s %.*s is in %.*s; create it, with exposure.viaGateway",
                          is_ref ? "called" : "that serves", TEXT_ARG(name), TEXT_ARG(context->namespace))
            : text_format(context->arena, "Deployments such as %.*s run in a cluster only", TEXT_ARG(name));
    keep_first(&filter->missing, missing);
    add_issue(filter, TEXT("TargetNotReady"),
              text_format(context->arena, "model %.*s does without a target in %.*s: %.*s",
                          TEXT_ARG(filter->merged->route->model), TEXT_ARG(context->namespace),
                          TEXT_ARG(missing)));
    return false;
}

static bool
say_not_ready(struct route_filter *filter, const struct self_hosted_model *server)
{
    const struct route_context *context = filter->context;
    struct text missing =
        text_format(context->arena, "no pod of Deployment %.*s is ready: kubectl describe aidep -n %.*s %.*s",
                    TEXT_ARG(server->deployment), TEXT_ARG(server->namespace), TEXT_ARG(server->deployment));
    keep_first(&filter->missing, missing);
    add_issue(filter, TEXT("TargetNotReady"),
              text_format(context->arena, "model %.*s does without its target %.*s in %.*s: %.*s",
                          TEXT_ARG(filter->merged->route->model), TEXT_ARG(server->deployment),
                          TEXT_ARG(context->namespace), TEXT_ARG(missing)));
    return false;
}

static bool
attach_credential(struct route_filter *filter, const struct route_target *target,
                  struct gateway_target *out_target)
{
    const struct route_context *context = filter->context;
    struct arena *arena = context->arena;
    const struct secret_ref *ref = route_credentials_ref(&context->effective->defaults, target);
    if (!ref && !text_equals(target->provider, TEXT(PROVIDER_BUILT_IN_OPENAI)))
        return true;
    const struct credential *credential =
        ref ? view_find_credential(context->view, context->namespace, ref) : NULL;
    if (credential && credential->missing.length == 0) {
        out_target->credential_file = credential->file;
        out_target->credential_digest = credential->digest;
        return true;
    }
    struct text missing;
    if (!ref)
        missing = TEXT("give its target or provider a credentialsRef");
    else if (credential)
        missing = credential->missing;
    else
        missing = text_format(arena, "add the Secret %.*s/%.*s with the key %.*s to enable",
                              TEXT_ARG(context->namespace), TEXT_ARG(ref->name), TEXT_ARG(ref->key));
    keep_first(&filter->missing, missing);
    add_issue(filter, TEXT("CredentialsMissing"),
              text_format(arena, "model %.*s does without its target %.*s/%.*s in %.*s: %.*s",
                          TEXT_ARG(filter->merged->route->model), TEXT_ARG(target->provider),
                          TEXT_ARG(target->model), TEXT_ARG(context->namespace), TEXT_ARG(missing)));
    return false;
}

/* A rule is the reason only when it alone keeps every target out; else there is something to be done. */
static void
explain_absence(struct route_filter *filter, struct gateway_model *model, struct text *out_note)
{
    bool is_forbidden = filter->missing.length == 0 && filter->refusal.length > 0;
    *out_note = utf8_at_most(is_forbidden ? filter->refusal : filter->missing, MAX_NOTE_BYTES);
    assert(out_note->length > 0); /* the schema wants a target with a weight */
    if (is_forbidden)
        model->forbidden = filter->forbidden;
    else
        model->unavailable = *out_note;
    add_issue(filter, TEXT("NoRouteLeft"),
              text_format(filter->context->arena, "model %.*s cannot be served: %.*s", TEXT_ARG(model->name),
                          TEXT_ARG(*out_note)));
}

static void
add_issue(const struct route_filter *filter, struct text reason, struct text message)
{
    struct config_issue_list *issues = filter->context->issues;
    const struct applied_policy *applied = filter->merged->applied;
    issues->items = arena_grow(filter->context->arena, issues->items, issues->count, &issues->capacity,
                               sizeof(*issues->items));
    issues->items[issues->count++] = (struct config_issue){
        .reason = reason,
        .policy = applied ? applied->title : (struct text){0},
        .message = message,
    };
}

static void
keep_first(struct text *first, struct text text)
{
    if (first->length == 0)
        *first = text;
}

/* Under Weighted a target of weight 0 gets no call, so targets that all have 0 are none. */
static bool
gets_calls(enum policy_strategy strategy, const struct gateway_target_list *targets)
{
    int64_t weights = 0;
    for (size_t i = 0; i < targets->count; i++)
        weights += targets->items[i].weight;
    return targets->count > 0 && (strategy != POLICY_STRATEGY_WEIGHTED || weights > 0);
}

/* The schema refuses the strategies that gateways do not know. */
static enum route_strategy
strategy_of(enum policy_strategy strategy)
{
    switch (strategy) {
    case POLICY_STRATEGY_LEAST_BUSY:
        return ROUTE_STRATEGY_LEAST_BUSY;
    case POLICY_STRATEGY_PRIORITY:
        return ROUTE_STRATEGY_PRIORITY;
    default:
        return ROUTE_STRATEGY_WEIGHTED;
    }
}
