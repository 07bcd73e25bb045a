/* A ModelPolicy is Ready when every gateway of every environment it is part of runs a config made with it. */
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/utf8.h"
#include "operator/reconcile/explain_words.h"
#include "operator/reconcile/policy_summary.h"
#include "operator/reconcile/status_conditions.h"

enum {
    MOST_TARGETS = 64,
    MOST_MESSAGE_BYTES = 8192, /* a policy can be part of very many environments */
    MOST_NAMED_NAMESPACES = 16,
};

/* All reaches of a policy together. */
struct reach_sum {
    int64_t gateways, acked;
    const struct policy_reach *held;
    struct buffer no_route, credentials, targets, overridden, pending;
};

static int compare_reaches(const void *a, const void *b);
static struct reach_sum sum_up(struct arena *arena, const struct policy_reach *reaches, size_t count);
static void join(struct buffer *out, struct text words);
static void add_targets(struct arena *arena, const struct policy_reach *reaches, size_t count,
                        struct model_policy_status *status);
static void add_conditions(struct conditions *conditions, const struct policy_standing *standing,
                           const struct reach_sum *sum);
static void
add_ready(struct conditions *conditions, const struct policy_standing *standing, const struct reach_sum *sum);
static void add_shadow_notice(struct conditions *conditions, const struct model_policy *policy);
static struct text list_namespaces(struct arena *arena, const struct text_list *namespaces);
static int compare_namespaces(const void *a, const void *b);

struct model_policy_status
status_of_policy_standing(struct arena *arena, const struct policy_standing *standing)
{
    size_t count = standing->reach.count;
    struct policy_reach *reaches = arena_alloc_array(arena, count, sizeof(*reaches));
    if (count > 0) {
        memcpy(reaches, standing->reach.items, count * sizeof(*reaches));
        qsort(reaches, count, sizeof(*reaches), compare_reaches);
    }
    struct model_policy_status status = {.observed_generation = standing->generation,
                                         .level = levels_of(standing->policy),
                                         .applied_to = (int64_t)count,
                                         .truncated = count > MOST_TARGETS};
    schema_set_defaults(&effective_status_schema, &status.effective);
    add_targets(arena, reaches, count, &status);
    struct reach_sum sum = sum_up(arena, reaches, count);
    struct conditions conditions;
    conditions_init(&conditions, arena, standing->generation);
    add_conditions(&conditions, standing, &sum);
    status.conditions = conditions.list;
    return status;
}

static int
compare_reaches(const void *a, const void *b)
{
    const struct policy_reach *first = a, *second = b;
    int order = text_compare(first->workspace, second->workspace);
    return order != 0 ? order : text_compare(first->environment, second->environment);
}

static struct reach_sum
sum_up(struct arena *arena, const struct policy_reach *reaches, size_t count)
{
    struct reach_sum sum = {0};
    struct buffer *all[] = {&sum.no_route, &sum.credentials, &sum.targets, &sum.overridden, &sum.pending};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        buffer_init(all[i], arena, 0);
    for (size_t i = 0; i < count; i++) {
        const struct policy_reach *reach = &reaches[i];
        sum.gateways += reach->gateways;
        sum.acked += reach->acked;
        if (reach->held_reason.length > 0 && !sum.held)
            sum.held = reach;
        join(&sum.no_route, reach->no_route);
        join(&sum.credentials, reach->credentials);
        join(&sum.targets, reach->targets);
        join(&sum.overridden, reach->overridden);
        join(&sum.pending, reach->pending);
    }
    return sum;
}

/* Past the bound only that there is more is said. */
static void
join(struct buffer *out, struct text words)
{
    static const struct text more = TEXT("; and more");
    if (words.length == 0 || text_ends_with(buffer_text(out), more))
        return;
    if (out->length + words.length > MOST_MESSAGE_BYTES && out->length > 0)
        buffer_add_text(out, more);
    else
        buffer_print(out, "%s%.*s", out->length > 0 ? "; " : "",
                     TEXT_ARG(utf8_at_most(words, MOST_MESSAGE_BYTES)));
}

static void
add_targets(struct arena *arena, const struct policy_reach *reaches, size_t count,
            struct model_policy_status *status)
{
    size_t most = count < MOST_TARGETS ? count : MOST_TARGETS;
    status->targets.items = arena_alloc_array(arena, most, sizeof(*status->targets.items));
    for (size_t i = 0; i < most; i++)
        status->targets.items[status->targets.count++] =
            (struct policy_target_status){.workspace = reaches[i].workspace,
                                          .environment = reaches[i].environment,
                                          .hash = reaches[i].hash,
                                          .acked_replicas = reaches[i].acked,
                                          .replicas = reaches[i].gateways};
}

static void
add_conditions(struct conditions *conditions, const struct policy_standing *standing,
               const struct reach_sum *sum)
{
    const struct model_policy *policy = standing->policy;
    bool is_lost = levels_of(policy) == POLICY_LEVEL_ENVIRONMENT && standing->reach.count == 0;
    if (standing->refused.length > 0) {
        conditions_add_ready(conditions, CONDITION_FALSE, TEXT("InvalidSpec"), standing->refused);
        conditions_add(conditions, TEXT("Accepted"), CONDITION_FALSE, TEXT("InvalidSpec"),
                       TEXT("the last good version stays in force"));
    } else if (is_lost) {
        struct text message =
            text_format(conditions->arena, "no environment lives in the namespace %.*s; there are %.*s",
                        TEXT_ARG(policy->metadata.namespace),
                        TEXT_ARG(list_namespaces(conditions->arena, &standing->namespaces)));
        conditions_add_ready(conditions, CONDITION_FALSE, TEXT("NamespaceUnknown"), message);
        conditions_add(conditions, TEXT("Accepted"), CONDITION_FALSE, TEXT("NamespaceUnknown"), message);
    } else {
        add_ready(conditions, standing, sum);
        conditions_add(conditions, TEXT("Accepted"), sum->held ? CONDITION_FALSE : CONDITION_TRUE,
                       sum->held ? sum->held->held_reason : TEXT("Valid"), (struct text){0});
    }
    add_shadow_notice(conditions, policy);
    if (sum->pending.length > 0)
        conditions_add(conditions, TEXT("LooseningPending"), CONDITION_TRUE, TEXT("ApprovalNeeded"),
                       buffer_text(&sum->pending));
    if (sum->credentials.length > 0)
        conditions_add(conditions, TEXT("CredentialsResolved"), CONDITION_FALSE, TEXT("CredentialsMissing"),
                       buffer_text(&sum->credentials));
    if (sum->targets.length > 0)
        conditions_add(conditions, TEXT("TargetsReady"), CONDITION_FALSE, TEXT("TargetNotReady"),
                       buffer_text(&sum->targets));
    if (sum->overridden.length > 0)
        conditions_add(conditions, TEXT("Overridden"), CONDITION_TRUE, TEXT("StricterPolicyApplies"),
                       buffer_text(&sum->overridden));
}

/* A route that only lacks a key on this machine or a pod is no reason to be not ready: CredentialsResolved
 * and TargetsReady say it. */
static void
add_ready(struct conditions *conditions, const struct policy_standing *standing, const struct reach_sum *sum)
{
    struct arena *arena = conditions->arena;
    if (sum->held)
        conditions_add_ready(conditions, CONDITION_FALSE, sum->held->held_reason, sum->held->held_message);
    else if (sum->no_route.length > 0 && sum->credentials.length == 0 && sum->targets.length == 0)
        conditions_add_ready(conditions, CONDITION_FALSE, TEXT("NoRouteLeft"), buffer_text(&sum->no_route));
    else if (standing->reach.count == 0)
        conditions_add_ready(conditions, CONDITION_TRUE, TEXT("AppliesNowhere"),
                             TEXT("its target selects no environment that there is"));
    else if (sum->gateways == 0 || sum->acked < sum->gateways)
        conditions_add_ready(conditions, CONDITION_UNKNOWN, TEXT("Programming"),
                             text_format(arena, "acked by %lld of %lld gateways", (long long)sum->acked,
                                         (long long)sum->gateways));
    else
        conditions_add_ready(conditions, CONDITION_TRUE, TEXT("Programmed"),
                             text_format(arena, "acked by %lld/%lld gateways", (long long)sum->acked,
                                         (long long)sum->gateways));
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

static struct text
list_namespaces(struct arena *arena, const struct text_list *namespaces)
{
    if (namespaces->count == 0)
        return TEXT("none");
    struct text_list first = {arena_copy(arena, namespaces->items, namespaces->count * sizeof(struct text)),
                              namespaces->count};
    qsort(first.items, first.count, sizeof(*first.items), compare_namespaces);
    first.count = first.count < MOST_NAMED_NAMESPACES ? first.count : MOST_NAMED_NAMESPACES;
    return text_format(arena, "%.*s%s", TEXT_ARG(text_join(arena, &first, TEXT(", "))),
                       namespaces->count > first.count ? " and others" : "");
}

/* They come in the order of a map, and whoever is started next must not say it otherwise. */
static int
compare_namespaces(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}
