/* What one environment of a plan says about each policy that is part of it. */
#include "operator/reconcile/policy_summary.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "operator/reconcile/explain_words.h"
#include "operator/reconcile/status_conditions.h"

static struct policy_reach
reach_of(struct arena *arena, const struct status_view *view, const struct planned_environment *planned,
         const struct applied_policy *applied);
static struct text issues_of(struct arena *arena, const struct planned_environment *planned,
                             struct text policy, struct text reason);
static struct text
pending_of(struct arena *arena, const struct planned_environment *planned, struct text policy);
static struct text overridden_of(struct arena *arena, const struct planned_environment *planned,
                                 const struct applied_policy *applied);
static void add_overridden(const struct planned_environment *planned, const struct explained_number *asked,
                           const struct explained_number *all, struct buffer *out);
static void
add_refused_providers(const struct merged_defaults *defaults, struct text policy, struct buffer *out);

struct policy_reach_list
policy_reaches(struct arena *arena, const struct status_view *view)
{
    size_t most = 0;
    for (size_t i = 0; i < view->plan->environment_count; i++)
        most += view->plan->environments[i].effective->policies.count;
    struct policy_reach_list list = {.items = arena_alloc_array(arena, most, sizeof(*list.items))};
    for (size_t i = 0; i < view->plan->environment_count; i++) {
        const struct planned_environment *planned = &view->plan->environments[i];
        const struct applied_policy_list *policies = &planned->effective->policies;
        for (size_t j = 0; j < policies->count; j++)
            list.items[list.count++] = reach_of(arena, view, planned, &policies->items[j]);
    }
    return list;
}

struct policy_reach_list
policy_reaches_of(struct arena *arena, const struct policy_reach_list *all, struct text policy)
{
    struct policy_reach_list list = {.items = arena_alloc_array(arena, all->count, sizeof(*list.items))};
    for (size_t i = 0; i < all->count; i++)
        if (text_equals(all->items[i].policy, policy))
            list.items[list.count++] = all->items[i];
    return list;
}

bool
policy_reach_equal(const struct policy_reach *a, const struct policy_reach *b)
{
    return text_equals(a->policy, b->policy) && text_equals(a->workspace, b->workspace) &&
           text_equals(a->environment, b->environment) && text_equals(a->namespace, b->namespace) &&
           text_equals(a->hash, b->hash) && a->gateways == b->gateways && a->acked == b->acked &&
           text_equals(a->held_reason, b->held_reason) && text_equals(a->held_message, b->held_message) &&
           text_equals(a->no_route, b->no_route) && text_equals(a->credentials, b->credentials) &&
           text_equals(a->targets, b->targets) && text_equals(a->overridden, b->overridden) &&
           text_equals(a->pending, b->pending);
}

struct policy_reach
policy_reach_copy(struct arena *arena, const struct policy_reach *reach)
{
    return (struct policy_reach){
        .policy = text_copy(arena, reach->policy),
        .workspace = text_copy(arena, reach->workspace),
        .environment = text_copy(arena, reach->environment),
        .namespace = text_copy(arena, reach->namespace),
        .hash = text_copy(arena, reach->hash),
        .gateways = reach->gateways,
        .acked = reach->acked,
        .held_reason = text_copy(arena, reach->held_reason),
        .held_message = text_copy(arena, reach->held_message),
        .no_route = text_copy(arena, reach->no_route),
        .credentials = text_copy(arena, reach->credentials),
        .targets = text_copy(arena, reach->targets),
        .overridden = text_copy(arena, reach->overridden),
        .pending = text_copy(arena, reach->pending),
    };
}

struct model_policy_status
status_of_policy(struct arena *arena, const struct status_view *view, const struct model_policy *policy,
                 int64_t generation)
{
    const struct plan *plan = view->plan;
    const struct refused_edit *refused =
        status_find_refused(view, KIND_MODEL_POLICY, policy->metadata.namespace, policy->metadata.name);
    struct policy_standing standing = {
        .policy = policy,
        .generation = generation,
        .refused = refused ? refused->problem : (struct text){0},
        .reach.items = arena_alloc_array(arena, plan->environment_count, sizeof(*standing.reach.items)),
        .namespaces.items =
            arena_alloc_array(arena, plan->environment_count, sizeof(*standing.namespaces.items)),
    };
    for (size_t i = 0; i < plan->environment_count; i++) {
        const struct planned_environment *planned = &plan->environments[i];
        const struct applied_policy_list *policies = &planned->effective->policies;
        standing.namespaces.items[standing.namespaces.count++] = planned->namespace;
        for (size_t j = 0; j < policies->count; j++)
            if (policies->items[j].policy == policy)
                standing.reach.items[standing.reach.count++] =
                    reach_of(arena, view, planned, &policies->items[j]);
    }
    return status_of_policy_standing(arena, &standing);
}

static struct policy_reach
reach_of(struct arena *arena, const struct status_view *view, const struct planned_environment *planned,
         const struct applied_policy *applied)
{
    const struct gateway_report *report = status_find_report(view, planned->namespace);
    bool is_held = hold_is_set(&planned->hold) && text_equals(planned->hold.policy, applied->title);
    return (struct policy_reach){
        .policy = applied->title,
        .workspace = planned->workspace->metadata.name,
        .environment = planned->environment->name,
        .namespace = planned->namespace,
        .hash = planned->config->config.policy_digest,
        .gateways = report ? report->gateways : 0,
        .acked = report ? report->acked : 0,
        .held_reason = is_held ? planned->hold.reason : (struct text){0},
        .held_message = is_held ? planned->hold.message : (struct text){0},
        .no_route = issues_of(arena, planned, applied->title, TEXT("NoRouteLeft")),
        .credentials = issues_of(arena, planned, applied->title, TEXT("CredentialsMissing")),
        .targets = issues_of(arena, planned, applied->title, TEXT("TargetNotReady")),
        .overridden = overridden_of(arena, planned, applied),
        .pending = pending_of(arena, planned, applied->title),
    };
}

static struct text
pending_of(struct arena *arena, const struct planned_environment *planned, struct text policy)
{
    const struct text_list *policies = &planned->loosening.policies;
    for (size_t i = 0; i < policies->count; i++)
        if (text_equals(policies->items[i], policy))
            return loosening_words(arena, &planned->loosening, planned->namespace);
    return (struct text){0};
}

static struct text
issues_of(struct arena *arena, const struct planned_environment *planned, struct text policy,
          struct text reason)
{
    const struct config_issue_list *issues = &planned->config->issues;
    struct buffer out;
    buffer_init(&out, arena, 0);
    for (size_t i = 0; i < issues->count; i++) {
        const struct config_issue *issue = &issues->items[i];
        if (text_equals(issue->policy, policy) && text_equals(issue->reason, reason))
            buffer_print(&out, "%s%.*s", out.length > 0 ? "; " : "", TEXT_ARG(issue->message));
    }
    return buffer_text(&out);
}

/* Where another policy is stricter, or defined a provider first: nothing wrong, but good to know. */
static struct text
overridden_of(struct arena *arena, const struct planned_environment *planned,
              const struct applied_policy *applied)
{
    struct buffer out;
    buffer_init(&out, arena, 0);
    if (applied->policy->spec.mode == POLICY_MODE_ENFORCE) {
        struct explained_number all[EXPLAINED_NUMBERS], asked[EXPLAINED_NUMBERS];
        explain_numbers(&planned->effective->enforced, all);
        struct merged_constraints own = constraints_of(arena, applied);
        explain_numbers(&own, asked);
        for (size_t i = 0; i < EXPLAINED_NUMBERS; i++)
            if (asked[i].number.amount != FIELD_UNSET && asked[i].number.amount != all[i].number.amount &&
                !text_equals(all[i].number.from.policy, applied->title)) /* itself, before it was loosened */
                add_overridden(planned, &asked[i], &all[i], &out);
    }
    add_refused_providers(&planned->effective->defaults, applied->title, &out);
    return buffer_text(&out);
}

static void
add_overridden(const struct planned_environment *planned, const struct explained_number *asked,
               const struct explained_number *all, struct buffer *out)
{
    struct text from = explain_amount(out->arena, asked), to = explain_amount(out->arena, all);
    buffer_print(out, "%s%.*s %.*s → %.*s by %.*s in %.*s", out->length > 0 ? "; " : "",
                 TEXT_ARG(asked->name), TEXT_ARG(from), TEXT_ARG(to), TEXT_ARG(all->number.from.policy),
                 TEXT_ARG(planned->namespace));
}

static void
add_refused_providers(const struct merged_defaults *defaults, struct text policy, struct buffer *out)
{
    for (size_t i = 0; i < defaults->refused_provider_count; i++) {
        const struct merged_provider *refused = &defaults->refused_providers[i];
        if (!text_equals(refused->applied->title, policy))
            continue;
        const struct merged_provider *kept = defaults_find_provider(defaults, refused->provider->name);
        buffer_print(out, "%sprovider %.*s is already defined by %.*s", out->length > 0 ? "; " : "",
                     TEXT_ARG(refused->provider->name),
                     TEXT_ARG(kept && kept->applied ? kept->applied->title : TEXT("the built-in one")));
    }
}
