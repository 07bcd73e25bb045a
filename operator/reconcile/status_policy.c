/* A ModelPolicy is Ready when every gateway of every environment it is part of runs a config made with it. */
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "operator/reconcile/explain_words.h"
#include "operator/reconcile/status_conditions.h"

enum { MOST_TARGETS = 64 };

/* What is gathered over the environments that a policy is part of. */
struct reach {
    struct text title;
    int64_t environments, gateways, acked;
    const struct planned_environment *held; /* one of them is held because of this very policy */
    struct buffer no_route, credentials, overridden;
};

static bool is_part_of(const struct model_policy *policy, const struct planned_environment *planned);
static void
gather(struct arena *arena, const struct status_view *view, const struct planned_environment *planned,
       struct reach *reach, struct model_policy_status *status);
static void gather_issues(const struct planned_environment *planned, struct reach *reach);
static void
gather_overridden(struct arena *arena, const struct planned_environment *planned, struct reach *reach);
static void add_conditions(struct conditions *conditions, const struct status_view *view,
                           const struct model_policy *policy, struct reach *reach);
static void add_ready(struct conditions *conditions, struct reach *reach);
static struct text list_namespaces(struct arena *arena, const struct plan *plan);
static void
add_overridden(struct arena *arena, const struct planned_environment *planned,
               const struct explained_number *asked, const struct explained_number *all, struct buffer *out);
static void gather_refused_providers(const struct merged_defaults *defaults, struct reach *reach);
static void add_shadow_notice(struct conditions *conditions, const struct model_policy *policy);

struct model_policy_status
status_of_policy(struct arena *arena, const struct status_view *view, const struct model_policy *policy,
                 int64_t generation)
{
    struct model_policy_status status = {.observed_generation = generation, .level = levels_of(policy)};
    status.targets.items = arena_alloc_array(arena, MOST_TARGETS, sizeof(*status.targets.items));
    struct reach reach = {.title = levels_title(arena, policy)};
    buffer_init(&reach.no_route, arena, 64);
    buffer_init(&reach.credentials, arena, 64);
    buffer_init(&reach.overridden, arena, 64);
    for (size_t i = 0; i < view->plan->environment_count; i++)
        if (is_part_of(policy, &view->plan->environments[i]))
            gather(arena, view, &view->plan->environments[i], &reach, &status);
    status.applied_to = reach.environments;
    status.truncated = reach.environments > MOST_TARGETS;
    struct conditions conditions;
    conditions_init(&conditions, arena, generation);
    add_conditions(&conditions, view, policy, &reach);
    status.conditions = conditions.list;
    return status;
}

static bool
is_part_of(const struct model_policy *policy, const struct planned_environment *planned)
{
    for (size_t i = 0; i < planned->effective->policies.count; i++)
        if (planned->effective->policies.items[i].policy == policy)
            return true;
    return false;
}

static void
gather(struct arena *arena, const struct status_view *view, const struct planned_environment *planned,
       struct reach *reach, struct model_policy_status *status)
{
    const struct gateway_report *report = status_find_report(view, planned->namespace);
    reach->environments++;
    reach->gateways += report ? report->gateways : 0;
    reach->acked += report ? report->acked : 0;
    if (hold_is_set(&planned->hold) && text_equals(planned->hold.policy, reach->title))
        reach->held = planned;
    gather_issues(planned, reach);
    gather_overridden(arena, planned, reach);
    if (status->targets.count == MOST_TARGETS)
        return;
    status->targets.items[status->targets.count++] =
        (struct policy_target_status){.workspace = planned->workspace->metadata.name,
                                      .environment = planned->environment->name,
                                      .hash = planned->config->config.policy_digest,
                                      .acked_replicas = report ? report->acked : 0,
                                      .replicas = report ? report->gateways : 0};
}

static void
gather_issues(const struct planned_environment *planned, struct reach *reach)
{
    const struct config_issue_list *issues = &planned->config->issues;
    for (size_t i = 0; i < issues->count; i++) {
        const struct config_issue *issue = &issues->items[i];
        if (!text_equals(issue->policy, reach->title))
            continue;
        struct buffer *out =
            text_equals(issue->reason, TEXT("NoRouteLeft")) ? &reach->no_route : &reach->credentials;
        buffer_print(out, "%s%.*s", out->length > 0 ? "; " : "", TEXT_ARG(issue->message));
    }
}

/* Where another policy is stricter, or defined a provider first: nothing wrong, but good to know. */
static void
gather_overridden(struct arena *arena, const struct planned_environment *planned, struct reach *reach)
{
    const struct effective_policy *effective = planned->effective;
    struct explained_number all[EXPLAINED_NUMBERS], asked[EXPLAINED_NUMBERS];
    explain_numbers(&effective->enforced, all);
    for (size_t i = 0; i < effective->policies.count; i++) {
        const struct applied_policy *applied = &effective->policies.items[i];
        if (!text_equals(applied->title, reach->title) || applied->policy->spec.mode != POLICY_MODE_ENFORCE)
            continue;
        struct merged_constraints own = constraints_of(arena, applied);
        explain_numbers(&own, asked);
        for (size_t j = 0; j < EXPLAINED_NUMBERS; j++)
            if (asked[j].number.amount != FIELD_UNSET && asked[j].number.amount != all[j].number.amount)
                add_overridden(arena, planned, &asked[j], &all[j], &reach->overridden);
    }
    gather_refused_providers(&effective->defaults, reach);
}

static void
add_overridden(struct arena *arena, const struct planned_environment *planned,
               const struct explained_number *asked, const struct explained_number *all, struct buffer *out)
{
    struct text from = explain_amount(arena, asked), to = explain_amount(arena, all);
    buffer_print(out, "%s%.*s %.*s → %.*s by %.*s in %.*s", out->length > 0 ? "; " : "",
                 TEXT_ARG(asked->name), TEXT_ARG(from), TEXT_ARG(to), TEXT_ARG(all->number.from.policy),
                 TEXT_ARG(planned->namespace));
}

static void
gather_refused_providers(const struct merged_defaults *defaults, struct reach *reach)
{
    for (size_t i = 0; i < defaults->refused_provider_count; i++) {
        const struct merged_provider *refused = &defaults->refused_providers[i];
        if (!text_equals(refused->applied->title, reach->title))
            continue;
        const struct merged_provider *kept = defaults_find_provider(defaults, refused->provider->name);
        buffer_print(&reach->overridden, "%sprovider %.*s is already defined by %.*s",
                     reach->overridden.length > 0 ? "; " : "", TEXT_ARG(refused->provider->name),
                     TEXT_ARG(kept && kept->applied ? kept->applied->title : TEXT("the built-in one")));
    }
}

static void
add_conditions(struct conditions *conditions, const struct status_view *view,
               const struct model_policy *policy, struct reach *reach)
{
    const struct refused_edit *refused =
        status_find_refused(view, KIND_MODEL_POLICY, policy->metadata.namespace, policy->metadata.name);
    bool is_lost = levels_of(policy) == POLICY_LEVEL_ENVIRONMENT && reach->environments == 0;
    if (refused) {
        conditions_add_ready(conditions, CONDITION_FALSE, TEXT("InvalidSpec"), refused->problem);
        conditions_add(conditions, TEXT("Accepted"), CONDITION_FALSE, TEXT("InvalidSpec"),
                       TEXT("the last good version stays in force"));
    } else if (is_lost) {
        struct text message = text_format(
            conditions->arena, "no environment lives in the namespace %.*s; there are %.*s",
            TEXT_ARG(policy->metadata.namespace), TEXT_ARG(list_namespaces(conditions->arena, view->plan)));
        conditions_add_ready(conditions, CONDITION_FALSE, TEXT("NamespaceUnknown"), message);
        conditions_add(conditions, TEXT("Accepted"), CONDITION_FALSE, TEXT("NamespaceUnknown"), message);
    } else {
        add_ready(conditions, reach);
        conditions_add(conditions, TEXT("Accepted"), reach->held ? CONDITION_FALSE : CONDITION_TRUE,
                       reach->held ? reach->held->hold.reason : TEXT("Valid"), (struct text){0});
    }
    add_shadow_notice(conditions, policy);
    if (reach->credentials.length > 0)
        conditions_add(conditions, TEXT("CredentialsResolved"), CONDITION_FALSE, TEXT("CredentialsMissing"),
                       buffer_text(&reach->credentials));
    if (reach->overridden.length > 0)
        conditions_add(conditions, TEXT("Overridden"), CONDITION_TRUE, TEXT("StricterPolicyApplies"),
                       buffer_text(&reach->overridden));
}

/* What Shadow mode does not do yet is said, not silently left out. */
static void
add_shadow_notice(struct conditions *conditions, const struct model_policy *policy)
{
    if (policy->spec.mode != POLICY_MODE_SHADOW)
        return;
    struct applied_policy applied = {
        .policy = policy, .level = levels_of(policy), .title = levels_title(conditions->arena, policy)};
    struct merged_constraints own = constraints_of(conditions->arena, &applied);
    struct explained_number numbers[EXPLAINED_NUMBERS];
    explain_numbers(&own, numbers);
    struct buffer message;
    buffer_init(&message, conditions->arena, 64);
    for (size_t i = 0; i < EXPLAINED_NUMBERS; i++)
        if (numbers[i].number.amount != FIELD_UNSET && !explain_is_recorded(&numbers[i]))
            buffer_print(&message, "%s%.*s", message.length > 0 ? ", " : "", TEXT_ARG(numbers[i].name));
    if (message.length > 0)
        buffer_add_string(&message, ": not recorded in Shadow mode in this version");
    if (policy->spec.defaults.source)
        buffer_print(&message, "%sdefaults: decide nothing in Shadow mode", message.length > 0 ? "; " : "");
    if (message.length > 0)
        conditions_add(conditions, TEXT("Honoured"), CONDITION_FALSE, TEXT("FieldsWithoutEffect"),
                       buffer_text(&message));
}

/* A route that only lacks a key on this machine is no reason to be not ready: CredentialsResolved says it. */
static void
add_ready(struct conditions *conditions, struct reach *reach)
{
    struct arena *arena = conditions->arena;
    if (reach->held)
        conditions_add_ready(conditions, CONDITION_FALSE, reach->held->hold.reason,
                             reach->held->hold.message);
    else if (reach->no_route.length > 0 && reach->credentials.length == 0)
        conditions_add_ready(conditions, CONDITION_FALSE, TEXT("NoRouteLeft"), buffer_text(&reach->no_route));
    else if (reach->environments == 0)
        conditions_add_ready(conditions, CONDITION_TRUE, TEXT("AppliesNowhere"),
                             TEXT("its target selects no environment that there is"));
    else if (reach->gateways == 0 || reach->acked < reach->gateways)
        conditions_add_ready(conditions, CONDITION_UNKNOWN, TEXT("Programming"),
                             text_format(arena, "acked by %lld of %lld gateways", (long long)reach->acked,
                                         (long long)reach->gateways));
    else
        conditions_add_ready(conditions, CONDITION_TRUE, TEXT("Programmed"),
                             text_format(arena, "acked by %lld/%lld gateways", (long long)reach->acked,
                                         (long long)reach->gateways));
}

static struct text
list_namespaces(struct arena *arena, const struct plan *plan)
{
    struct text_list names = {.items =
                                  arena_alloc_array(arena, plan->environment_count, sizeof(struct text))};
    for (size_t i = 0; i < plan->environment_count; i++)
        names.items[names.count++] = plan->environments[i].namespace;
    return names.count == 0 ? TEXT("none") : text_join(arena, &names, TEXT(", "));
}
