/* A Deployment's status put together. Each look at the cluster is in a file of its own. */
#include "operator/reconcile/status_deployment.h"

#include "lib/base/arena.h"
#include "operator/objects/names.h"
#include "operator/reconcile/deployment_policy.h"
#include "operator/reconcile/deployment_state.h"
#include "operator/reconcile/fields_without_effect.h"
#include "operator/reconcile/model_servers.h"
#include "operator/reconcile/status_conditions.h"
#include "operator/reconcile/status_inference_pool.h"

enum { CHILDREN_MOST = 16 };

static struct verdict verdict_of(const struct deployment_state *state, struct deployment_status *status);
static struct verdict verdict_of_hold(const struct deployment_state *state);
static struct verdict find_refused_child(const struct deployment_state *state);
static void put_children(const struct deployment_state *state, struct deployment_status *status);
static bool child_is_ready(struct arena *arena, const struct observed_object *child);
static struct text url_of(const struct deployment_state *state);
static void put_policy(const struct deployment_state *state, struct deployment_status *status);
static void add_policy_accepted(const struct deployment_state *state, struct conditions *conditions);
static void add_admitted(const struct deployment_state *state, const struct verdict *verdict,
                         struct conditions *conditions);
static void add_routed(const struct deployment_state *state, struct conditions *conditions);

struct deployment_status
status_of_deployment(struct arena *arena, const struct cluster_view *view,
                     const struct planned_environment *planned, const struct deployment *deployment,
                     const struct planned_children *children)
{
    struct deployment_state state = {.arena = arena,
                                     .view = view,
                                     .planned = planned,
                                     .deployment = deployment,
                                     .workload = deployment_as_workload(arena, view, planned, deployment),
                                     .hold = children->hold,
                                     .desired = children->objects};
    struct deployment_status status;
    schema_set_defaults(&deployment_status_schema, &status);
    status.observed_generation = deployment->metadata.generation;
    struct text_list selector = {(struct text[]){TEXT(DEPLOYMENT_LABEL "="), deployment->metadata.name}, 2};
    status.selector = text_join(arena, &selector, (struct text){0});
    status.url = url_of(&state);
    status.last_run = deployment->status.last_run;
    status.replicas = 0;
    status.ready_replicas = 0;
    put_children(&state, &status);
    put_policy(&state, &status);

    struct conditions conditions;
    conditions_init(&conditions, arena, deployment->metadata.generation);
    struct verdict verdict = verdict_of(&state, &status);
    conditions_add_ready(&conditions, verdict.status, verdict.reason, verdict.message);
    add_policy_accepted(&state, &conditions);
    add_admitted(&state, &verdict, &conditions);
    add_routed(&state, &conditions);
    status_inference_pool_add(&state, &conditions);
    struct text idle = fields_without_effect(arena, &deployment_schema, deployment->source);
    if (idle.length > 0)
        conditions_add(&conditions, TEXT("Honoured"), CONDITION_FALSE, TEXT("FieldsWithoutEffect"), idle);
    status.conditions = conditions.list;
    return status;
}

/* The counts of what still runs are told even while nothing may be changed. */
static struct verdict
verdict_of(const struct deployment_state *state, struct deployment_status *status)
{
    struct verdict of_type;
    if (!text_is_empty(workload_schedule(state->deployment)))
        of_type = verdict_of_cron_job(state, status);
    else if (deployment_runs_once(state->deployment))
        of_type = verdict_of_job(state, status);
    else
        of_type = verdict_of_pods(state, status);

    if (hold_is_set(&state->hold))
        return verdict_of_hold(state);
    struct verdict refused = find_refused_child(state);
    return verdict_is_set(&refused) ? refused : of_type;
}

/* What another object's coming could mend is waited for. */
static struct verdict
verdict_of_hold(const struct deployment_state *state)
{
    bool can_pass = text_equals(state->hold.reason, TEXT("ModelUnknown")) ||
                    text_equals(state->hold.reason, TEXT("ModelUnavailable"));
    return can_pass ? verdict_working(state->hold.reason, state->hold.message)
                    : verdict_needs_a_person(state->hold.reason, state->hold.message);
}

static struct verdict
find_refused_child(const struct deployment_state *state)
{
    for (size_t i = 0; i < state->view->refused.count; i++) {
        const struct refused_object *refused = &state->view->refused.items[i];
        for (size_t j = 0; j < state->desired.count; j++) {
            const struct desired_object *child = &state->desired.items[j];
            if (!text_equals(child->kind, refused->kind) || !text_equals(child->name, refused->name) ||
                !text_equals(child->namespace, refused->namespace))
                continue;
            if (text_find(refused->message, TEXT("exceeded quota")) >= 0)
                return quota_find_shortage(state, refused->message);
            struct text message = text_format(state->arena, "the cluster refused %.*s %.*s (%.*s): %.*s",
                                              TEXT_ARG(refused->kind), TEXT_ARG(refused->name),
                                              TEXT_ARG(refused->reason), TEXT_ARG(refused->message));
            bool is_invalid = text_equals(refused->reason, TEXT("Invalid")) ||
                              text_find(refused->message, TEXT("field not declared in schema")) >= 0;
            return verdict_needs_a_person(is_invalid ? TEXT("InvalidSpec") : TEXT("ChildRefused"), message);
        }
    }
    return (struct verdict){0};
}

static void
put_children(const struct deployment_state *state, struct deployment_status *status)
{
    status->children.items = arena_alloc_array(state->arena, CHILDREN_MOST, sizeof(*status->children.items));
    for (size_t i = 0; i < state->desired.count && status->children.count < CHILDREN_MOST; i++) {
        const struct desired_object *child = &state->desired.items[i];
        const struct observed_object *seen =
            observed_find(&state->view->observed, child->kind, child->namespace, child->name);
        status->children.items[status->children.count++] =
            (struct deployment_child){.api_version = child->api_version,
                                      .kind = child->kind,
                                      .name = child->name,
                                      .ready = child_is_ready(state->arena, seen)};
    }
}

/* What has no state of its own works as soon as it is there. */
static bool
child_is_ready(struct arena *arena, const struct observed_object *child)
{
    if (!child || child->is_deleting)
        return false;
    if (text_equals(child->kind, TEXT("Deployment"))) {
        int64_t wanted = 1, ready = 0;
        if (!document_int(document_get(child->document, "spec.replicas"), &wanted))
            wanted = 1;
        if (!document_int(document_get(child->document, "status.readyReplicas"), &ready))
            ready = 0;
        return ready >= wanted;
    }
    if (text_equals(child->kind, TEXT("Job")) || text_equals(child->kind, TEXT("JobSet"))) {
        bool has_failed = false;
        return job_end_unix_ms(child, &has_failed) != FIELD_UNSET && !has_failed;
    }
    if (text_equals(child->kind, TEXT("PersistentVolumeClaim")))
        return text_equals(document_text(document_get(child->document, "status.phase")), TEXT("Bound"));
    if (text_equals(child->kind, TEXT("InferencePool")))
        return text_is_empty(status_inference_pool_refusal(arena, child));
    return true;
}

static struct text
url_of(const struct deployment_state *state)
{
    const struct deployment_spec *spec = &state->deployment->spec;
    if (spec->type == DEPLOYMENT_MODEL_SERVER && spec->exposure.via_gateway)
        return text_format(state->arena, "%.*s/v1", TEXT_ARG(state->workload.gateway_url));
    int64_t port = WORKLOAD_SERVICE_PORT;
    if (spec->type == DEPLOYMENT_SERVICE && spec->workload.service.ports.count > 0)
        port = spec->workload.service.ports.items[0].port;
    else if (spec->type != DEPLOYMENT_MODEL_SERVER)
        return (struct text){0};
    return text_format(state->arena, "http://%.*s:%lld", TEXT_ARG(workload_host(&state->workload)),
                       (long long)port);
}

static void
put_policy(const struct deployment_state *state, struct deployment_status *status)
{
    const struct applied_policy_list *policies = &state->planned->effective->policies;
    status->policy.source = state->deployment->source; /* it is told */
    status->policy.hash = state->planned->config->config.policy_digest;
    struct text_list *sources = &status->policy.sources;
    sources->items = arena_alloc_array(state->arena, policies->count, sizeof(*sources->items));
    for (size_t i = 0; i < policies->count; i++)
        sources->items[sources->count++] = policies->items[i].title;
}

static void
add_policy_accepted(const struct deployment_state *state, struct conditions *conditions)
{
    struct hold hold = deployment_policy_hold(state->arena, state->view, state->planned, state->deployment);
    if (!hold_is_set(&hold) && text_equals(state->hold.reason, TEXT("PolicyDenied")))
        hold = state->hold;
    if (hold_is_set(&state->planned->hold))
        conditions_add(conditions, TEXT("PolicyAccepted"), CONDITION_UNKNOWN, state->planned->hold.reason,
                       state->planned->hold.message);
    else if (text_equals(hold.reason, TEXT("PolicyDenied")))
        conditions_add(conditions, TEXT("PolicyAccepted"), CONDITION_FALSE, hold.reason, hold.message);
    else
        conditions_add(conditions, TEXT("PolicyAccepted"), CONDITION_TRUE, TEXT("WithinConstraints"),
                       (struct text){0});
}

static void
add_admitted(const struct deployment_state *state, const struct verdict *verdict,
             struct conditions *conditions)
{
    bool is_short = text_equals(verdict->reason, TEXT("QuotaExceeded"));
    if (hold_is_set(&state->hold))
        return;
    if (is_short || text_equals(verdict->reason, TEXT("Queued")))
        conditions_add(conditions, TEXT("Admitted"), CONDITION_FALSE, verdict->reason, verdict->message);
    else if (state->deployment->spec.type == DEPLOYMENT_JOB &&
             !text_is_empty(state->deployment->spec.workload.job.queue) && !state->view->facts->has_kueue)
        conditions_add(conditions, TEXT("Admitted"), CONDITION_TRUE, TEXT("QueueUnavailable"),
                       TEXT("job.queue has no effect: this cluster does not serve Kueue; the job starts at "
                            "once, within the environment's quota"));
    else
        conditions_add(conditions, TEXT("Admitted"), CONDITION_TRUE,
                       text_is_empty(state->workload.queue) ? TEXT("WithinQuota") : TEXT("QuotaReserved"),
                       (struct text){0});
}

/* Only ModelServers have a place in the gateways' config. */
static void
add_routed(const struct deployment_state *state, struct conditions *conditions)
{
    const struct deployment_spec *spec = &state->deployment->spec;
    if (spec->type != DEPLOYMENT_MODEL_SERVER || !spec->exposure.via_gateway || hold_is_set(&state->hold))
        return;
    const struct gateway_report *report = NULL;
    for (size_t i = 0; i < state->view->gateways.count; i++)
        if (text_equals(state->view->gateways.items[i].namespace, state->planned->namespace))
            report = &state->view->gateways.items[i];
    struct model_server_list servers =
        model_servers_ready(state->arena, state->view, state->planned->namespace);
    bool is_ready = false;
    for (size_t i = 0; i < servers.count; i++)
        if (servers.items[i].deployment == state->deployment)
            is_ready = servers.items[i].is_ready;
    if (!is_ready)
        conditions_add(conditions, TEXT("Routed"), CONDITION_FALSE, TEXT("NotReady"),
                       TEXT("gateways call it once a pod of it is ready"));
    else if (!report || report->gateways == 0 || report->acked < report->gateways)
        conditions_add(conditions, TEXT("Routed"), CONDITION_UNKNOWN, TEXT("GatewayStarting"),
                       TEXT("not every gateway of the environment has confirmed its config yet"));
    else
        conditions_add(conditions, TEXT("Routed"), CONDITION_TRUE, TEXT("GatewayAcked"),
                       text_format(state->arena, "revision %.*s", TEXT_ARG(report->revision)));
}
