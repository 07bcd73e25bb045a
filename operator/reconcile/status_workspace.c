/* A Workspace is Ready when every gateway of every environment runs its current revision. */
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "operator/reconcile/status_conditions.h"

static struct environment_status environment_status_of(struct arena *arena, const struct status_view *view,
                                                       const struct planned_environment *planned);
static void say(struct environment_status *status, struct text reason, struct text message);
static void add_roll_up(struct conditions *conditions, const struct workspace *workspace,
                        const struct workspace_status *status);
static void
add_loosening(struct conditions *conditions, const struct plan *plan, const struct workspace *workspace);
static bool needs_a_person(struct text reason);

struct workspace_status
status_of_workspace(struct arena *arena, const struct status_view *view, const struct workspace *workspace,
                    int64_t generation)
{
    struct workspace_status status = {.observed_generation = generation};
    size_t most = workspace->spec.environments.count;
    status.environments.items = arena_alloc_array(arena, most, sizeof(*status.environments.items));
    size_t ready = 0;
    for (size_t i = 0; i < view->plan->environment_count; i++) {
        const struct planned_environment *planned = &view->plan->environments[i];
        if (!text_equals(planned->workspace->metadata.name, workspace->metadata.name) ||
            status.environments.count == most)
            continue;
        struct environment_status *environment = &status.environments.items[status.environments.count++];
        *environment = environment_status_of(arena, view, planned);
        ready += environment->ready;
    }
    status.environments_ready = text_format(arena, "%zu/%zu", ready, status.environments.count);

    struct conditions conditions;
    conditions_init(&conditions, arena, generation);
    const struct refused_edit *refused =
        status_find_refused(view, KIND_WORKSPACE, (struct text){0}, workspace->metadata.name);
    if (refused)
        conditions_add_ready(&conditions, CONDITION_FALSE, TEXT("InvalidSpec"), refused->problem);
    else
        add_roll_up(&conditions, workspace, &status);
    add_loosening(&conditions, view->plan, workspace);
    status.conditions = conditions.list;
    return status;
}

static struct environment_status
environment_status_of(struct arena *arena, const struct status_view *view,
                      const struct planned_environment *planned)
{
    struct environment_status status = {.name = planned->environment->name, .namespace = planned->namespace};
    status.effective_policy_hash = planned->config->config.policy_digest;
    const struct gateway_report *report = status_find_report(view, planned->namespace);
    if (report) {
        status.gateway = (struct gateway_status){.url = report->url,
                                                 .replicas = report->gateways,
                                                 .acked_replicas = report->acked,
                                                 .config_revision = report->revision};
        status.ready = report->gateways > 0 && report->acked >= report->gateways;
    }
    if (hold_is_set(&planned->hold)) {
        status.ready = false;
        say(&status, planned->hold.reason, planned->hold.message);
    } else if (report && report->nack_reason.length > 0) {
        status.ready = false;
        say(&status, TEXT("ConfigRefused"),
            text_format(arena, "the gateway refused revision %.*s and keeps its last good one: %.*s",
                        TEXT_ARG(report->revision), TEXT_ARG(report->nack_reason)));
    } else if (report && report->trouble.length > 0) {
        say(&status, TEXT("GatewayDown"), report->trouble);
    } else if (!status.ready) {
        say(&status, TEXT("GatewayStarting"),
            text_format(arena, "%lld of %lld gateways run revision %.*s",
                        report ? (long long)report->acked : 0, report ? (long long)report->gateways : 0,
                        TEXT_ARG(report ? report->revision : (struct text){0})));
    } else {
        say(&status, TEXT("Ready"), (struct text){0});
    }
    return status;
}

static void
say(struct environment_status *status, struct text reason, struct text message)
{
    status->reason = reason;
    status->message = message;
}

/* The worst environment decides: one that needs a person before one that needs time. */
static void
add_roll_up(struct conditions *conditions, const struct workspace *workspace,
            const struct workspace_status *status)
{
    const struct environment_status *worst = NULL;
    for (size_t i = 0; i < status->environments.count; i++) {
        const struct environment_status *one = &status->environments.items[i];
        if (!one->ready && (!worst || (needs_a_person(one->reason) && !needs_a_person(worst->reason))))
            worst = one;
    }
    struct text message;
    if (worst) {
        message = text_format(conditions->arena, "environment %.*s: %.*s", TEXT_ARG(worst->name),
                              TEXT_ARG(worst->message));
        conditions_add_ready(conditions, needs_a_person(worst->reason) ? CONDITION_FALSE : CONDITION_UNKNOWN,
                             worst->reason, message);
        return;
    }
    message = text_format(conditions->arena, "%.*s environments ready", TEXT_ARG(status->environments_ready));
    conditions_add_ready(conditions, CONDITION_TRUE,
                         workspace->spec.suspended ? TEXT("Suspended") : TEXT("AllEnvironmentsReady"),
                         message);
}

static void
add_loosening(struct conditions *conditions, const struct plan *plan, const struct workspace *workspace)
{
    struct buffer message;
    buffer_init(&message, conditions->arena, 0);
    bool is_approvable = false;
    for (size_t i = 0; i < plan->environment_count; i++) {
        const struct planned_environment *planned = &plan->environments[i];
        if (!text_equals(planned->workspace->metadata.name, workspace->metadata.name) ||
            !loosening_is_held(&planned->loosening))
            continue;
        is_approvable = is_approvable || planned->loosening.rule == LOOSENING_REQUIRE_APPROVAL;
        struct text words = loosening_words(conditions->arena, &planned->loosening, planned->namespace);
        buffer_print(&message, "%s%.*s", message.length > 0 ? "; " : "", TEXT_ARG(words));
    }
    if (message.length > 0)
        conditions_add(conditions, TEXT("LooseningPending"), CONDITION_TRUE,
                       is_approvable ? TEXT("ApprovalNeeded") : TEXT("LooseningDenied"),
                       buffer_text(&message));
}

static bool
needs_a_person(struct text reason)
{
    return !text_equals(reason, TEXT("GatewayStarting")) && !text_equals(reason, TEXT("GatewayDown")) &&
           !text_equals(reason, TEXT("NamespaceTerminating"));
}
