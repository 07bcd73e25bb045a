/* Puts what only a cluster can say into a status that was made without it. */
#include "operator/reconcile/workspace_conditions.h"

#include "lib/base/arena.h"
#include "lib/base/utf8.h"
#include "operator/objects/names.h"
#include "operator/reconcile/environment_objects.h"
#include "operator/reconcile/environment_quota.h"
#include "operator/reconcile/removal.h"
#include "operator/reconcile/status_conditions.h"

enum { MESSAGE_BYTES = 4096 }; /* of an environment, in the CRD: others' words are of any length */

static bool amend_environment(struct arena *arena, const struct cluster_view *view,
                              struct environment_status *environment);
static const struct refused_object *find_refused(const struct cluster_view *view, struct text namespace);
static bool is_environments(const struct refused_object *refused);
static bool is_refused(const struct environment_status *environment);
static bool is_roll_up(const struct condition *condition);
static void worsen_ready(struct conditions *conditions, const struct condition_list *earlier,
                         const struct environment_status *worst);
static void add_interoperable(struct conditions *conditions, const struct cluster_view *view,
                              const struct plan *plan, const struct workspace *workspace);
static void
add_quota(struct conditions *conditions, const struct cluster_view *view, const struct workspace *workspace);
static void add_undeclared(struct conditions *conditions, const struct cluster_view *view);
static void add_removal(struct conditions *conditions, const struct cluster_view *view,
                        const struct plan *plan, const struct workspace *workspace);

void
workspace_status_amend(struct arena *arena, const struct cluster_view *view, const struct plan *plan,
                       const struct workspace *workspace, struct workspace_status *status)
{
    const struct environment_status *worst = NULL;
    size_t ready = 0;
    for (size_t i = 0; i < status->environments.count; i++) {
        struct environment_status *environment = &status->environments.items[i];
        const struct planned_environment *planned = plan_find_namespace(plan, environment->namespace);
        if (planned)
            environment->queue = environment_queue_of(arena, view, workspace, planned->environment);
        if (amend_environment(arena, view, environment) && (!worst || is_refused(environment)))
            worst = environment;
        ready += environment->ready;
    }
    status->environments_ready = text_format(arena, "%zu/%zu", ready, status->environments.count);

    struct conditions conditions;
    conditions_init(&conditions, arena, status->observed_generation);
    worsen_ready(&conditions, &status->conditions, worst);
    add_interoperable(&conditions, view, plan, workspace);
    add_quota(&conditions, view, workspace);
    add_undeclared(&conditions, view);
    add_removal(&conditions, view, plan, workspace);
    status->conditions = conditions.list;
}

/* True when there is something to say that was not said yet. */
static bool
amend_environment(struct arena *arena, const struct cluster_view *view,
                  struct environment_status *environment)
{
    const struct refused_object *refused = find_refused(view, environment->namespace);
    if (refused) {
        environment->reason = TEXT("ObjectRefused");
        environment->message =
            text_format(arena, "the API server refuses %.*s %.*s/%.*s: %.*s: %.*s", TEXT_ARG(refused->kind),
                        TEXT_ARG(refused->namespace), TEXT_ARG(refused->name), TEXT_ARG(refused->reason),
                        TEXT_ARG(refused->message));
    } else {
        struct text trouble = environment_trouble(arena, view, environment->namespace);
        if (environment->ready || text_is_empty(trouble))
            return false;
        environment->reason = TEXT("GatewayFailing");
        environment->message = trouble;
    }
    environment->message = utf8_at_most(environment->message, MESSAGE_BYTES);
    environment->ready = false;
    return true;
}

/* Of the environment's own objects: a Deployment's children are told on the Deployment. */
static const struct refused_object *
find_refused(const struct cluster_view *view, struct text namespace)
{
    for (size_t i = 0; i < view->refused.count; i++) {
        const struct refused_object *refused = &view->refused.items[i];
        bool is_own_namespace =
            text_equals(refused->kind, TEXT("Namespace")) || text_equals(refused->kind, TEXT("ClusterQueue"));
        if (is_own_namespace ? text_equals(refused->name, namespace)
                             : text_equals(refused->namespace, namespace) && is_environments(refused))
            return refused;
    }
    return NULL;
}

/* Names that we choose begin with ours; a Deployment's children are called after it and end in -w. */
static bool
is_environments(const struct refused_object *refused)
{
    if (text_ends_with(refused->name, TEXT("-w")))
        return false;
    return text_starts_with(refused->name, TEXT(MANAGED_BY_WEIR)) ||
           text_equals(refused->name, TEXT(EFFECTIVE_POLICY_NAME));
}

static bool
is_refused(const struct environment_status *environment)
{
    return text_equals(environment->reason, TEXT("ObjectRefused"));
}

static bool
is_roll_up(const struct condition *condition)
{
    return text_equals(condition->type, TEXT("Ready")) || text_equals(condition->type, TEXT("Reconciling")) ||
           text_equals(condition->type, TEXT("Stalled"));
}

/* Keeps what was said; a Ready=False from before says more than what follows from it. What is refused waits
 * for a person; a pod that cannot start is tried again and again, and may succeed. */
static void
worsen_ready(struct conditions *conditions, const struct condition_list *earlier,
             const struct environment_status *worst)
{
    const struct condition *ready = condition_find(earlier, TEXT("Ready"));
    bool is_worse = worst && (!ready || ready->status != CONDITION_FALSE);
    if (is_worse)
        conditions_add_ready(conditions, is_refused(worst) ? CONDITION_FALSE : CONDITION_UNKNOWN,
                             worst->reason,
                             text_format(conditions->arena, "environment %.*s: %.*s", TEXT_ARG(worst->name),
                                         TEXT_ARG(worst->message)));
    for (size_t i = 0; i < earlier->count; i++) {
        const struct condition *one = &earlier->items[i];
        if (!is_worse || !is_roll_up(one))
            conditions_add(conditions, one->type, one->status, one->reason, one->message);
    }
}

static void
add_interoperable(struct conditions *conditions, const struct cluster_view *view, const struct plan *plan,
                  const struct workspace *workspace)
{
    struct environment_notice_list notices = {0};
    for (size_t i = 0; i < plan->environment_count; i++)
        if (text_equals(plan->environments[i].workspace->metadata.name, workspace->metadata.name))
            environment_notices_add(conditions->arena, view, &plan->environments[i], &notices);
    if (notices.count == 0)
        return;
    struct text_list messages = {
        .items = arena_alloc_array(conditions->arena, notices.count, sizeof(*messages.items))};
    for (size_t i = 0; i < notices.count; i++)
        messages.items[messages.count++] = notices.items[i].message;
    conditions_add(conditions, TEXT("Interoperable"), CONDITION_FALSE, notices.items[0].reason,
                   text_join(conditions->arena, &messages, TEXT(". ")));
}

static void
add_quota(struct conditions *conditions, const struct cluster_view *view, const struct workspace *workspace)
{
    if (!workspace->spec.quotas.source)
        return;
    struct quota_verdict verdict = workspace_quota_verdict(conditions->arena, workspace, &view->base.objects);
    bool is_within = text_is_empty(verdict.message);
    conditions_add(conditions, TEXT("QuotaWithinLimits"), is_within ? CONDITION_TRUE : CONDITION_FALSE,
                   is_within ? TEXT("Ok") : verdict.reason, verdict.message);
}

static void
add_undeclared(struct conditions *conditions, const struct cluster_view *view)
{
    if (!text_is_empty(view->undeclared))
        conditions_add(conditions, TEXT("Audited"), CONDITION_FALSE, TEXT("DeclarationRefused"),
                       text_format(conditions->arena,
                                   "the ledger does not take what this workspace declares: %.*s. Its changes "
                                   "are not in the audit log, and callers, prices and limits are shown as "
                                   "they were. Budgets are not touched by that",
                                   TEXT_ARG(view->undeclared)));
}

static void
add_removal(struct conditions *conditions, const struct cluster_view *view, const struct plan *plan,
            const struct workspace *workspace)
{
    struct removal removal = removal_of_dropped(conditions->arena, view, plan, workspace);
    if (!removal.is_done)
        conditions_add(conditions, TEXT("RemovingEnvironments"), CONDITION_TRUE, TEXT("InProgress"),
                       text_format(conditions->arena, "waiting for %.*s", TEXT_ARG(removal.waiting_for)));
}
