/* Routes filtered. Nothing is left out without a word: each target that cannot be used becomes an issue. */
#include "operator/reconcile/route_config.h"

#include "lib/base/arena.h"

static struct gateway_target_list
usable_targets(const struct route_context *context, const struct merged_route *merged,
               const struct route_target_list *targets, struct text *out_note);
static bool
is_usable(const struct route_context *context, const struct merged_route *merged,
          const struct route_target *target, struct gateway_target *out_target, struct text *out_note);
static bool attach_credential(const struct route_context *context, const struct merged_route *merged,
                              const struct route_target *target, struct gateway_target *out_target,
                              struct text *out_note);
static void add_issue(const struct route_context *context, const struct merged_route *merged,
                      struct text reason, struct text message);
static bool gets_calls(enum policy_strategy strategy, const struct gateway_target_list *targets);
static enum route_strategy strategy_of(enum policy_strategy strategy);

bool
route_config_for(const struct route_context *context, const struct merged_route *merged,
                 struct gateway_model *out_model, struct text *out_note)
{
    const struct policy_route *route = merged->route;
    *out_note = (struct text){0};
    struct gateway_target_list targets = usable_targets(context, merged, &route->targets, out_note);
    struct gateway_target_list fallback = usable_targets(context, merged, &route->fallback.targets, out_note);
    enum route_strategy strategy = strategy_of(route->strategy);
    if (!gets_calls(route->strategy, &targets)) {
        targets = fallback; /* what would be tried next is tried first */
        fallback = (struct gateway_target_list){0};
        strategy = ROUTE_STRATEGY_PRIORITY;
    }
    if (targets.count == 0) {
        add_issue(context, merged, TEXT("NoRouteLeft"),
                  text_format(context->arena, "model %.*s cannot be served: %.*s", TEXT_ARG(route->model),
                              TEXT_ARG(*out_note)));
        return false;
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
    return true;
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
usable_targets(const struct route_context *context, const struct merged_route *merged,
               const struct route_target_list *targets, struct text *out_note)
{
    struct gateway_target_list usable = {
        .items = arena_alloc_array(context->arena, targets->count, sizeof(*usable.items))};
    for (size_t i = 0; i < targets->count; i++)
        usable.count += is_usable(context, merged, &targets->items[i], &usable.items[usable.count], out_note);
    return usable;
}

static bool
is_usable(const struct route_context *context, const struct merged_route *merged,
          const struct route_target *target, struct gateway_target *out_target, struct text *out_note)
{
    const struct model_rule *refusal = route_find_refusal(context->effective, merged->route->model, target);
    if (refusal) {
        *out_note = text_format(context->arena, "%.*s/%.*s is denied by %.*s%s%.*s%s",
                                TEXT_ARG(target->provider), TEXT_ARG(target->model),
                                TEXT_ARG(refusal->from.policy), refusal->from.place.length > 0 ? " (" : "",
                                TEXT_ARG(refusal->from.place), refusal->from.place.length > 0 ? ")" : "");
        return false;
    }
    *out_target = (struct gateway_target){
        .provider = target->provider, .model = target->model, .weight = target->weight};
    return attach_credential(context, merged, target, out_target, out_note);
}

static bool
attach_credential(const struct route_context *context, const struct merged_route *merged,
                  const struct route_target *target, struct gateway_target *out_target, struct text *out_note)
{
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
    if (!ref)
        *out_note = TEXT("give its target or provider a credentialsRef");
    else if (credential)
        *out_note = credential->missing;
    else
        *out_note = text_format(arena, "add the Secret %.*s/%.*s with the key %.*s to enable",
                                TEXT_ARG(context->namespace), TEXT_ARG(ref->name), TEXT_ARG(ref->key));
    add_issue(context, merged, TEXT("CredentialsMissing"),
              text_format(arena, "model %.*s does without its target %.*s/%.*s in %.*s: %.*s",
                          TEXT_ARG(merged->route->model), TEXT_ARG(target->provider), TEXT_ARG(target->model),
                          TEXT_ARG(context->namespace), TEXT_ARG(*out_note)));
    return false;
}

static void
add_issue(const struct route_context *context, const struct merged_route *merged, struct text reason,
          struct text message)
{
    struct config_issue_list *issues = context->issues;
    issues->items =
        arena_grow(context->arena, issues->items, issues->count, &issues->capacity, sizeof(*issues->items));
    issues->items[issues->count++] = (struct config_issue){
        .reason = reason,
        .policy = merged->applied ? merged->applied->title : (struct text){0},
        .message = message,
    };
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
