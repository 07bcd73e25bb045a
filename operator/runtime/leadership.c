/* Only the leader applies, publishes and serves. */
#include "operator/runtime/leadership.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_lease.h"
#include "operator/runtime/cluster_book.h"
#include "operator/runtime/control_endpoint.h"
#include "operator/runtime/identities.h"
#include "operator/runtime/pass.h"
#include "operator/runtime/pod_samples.h"
#include "operator/runtime/policy_pass.h"

enum { GATHER_MS = 50 };

static void on_leading(void *owner, int64_t epoch);
static void begin_leading(struct cluster_operator *op);
static void on_lost(void *owner);
static void on_trouble(void *owner, const struct error *trouble);
static void on_hello(void *owner, const struct control_hello *gateway);
static void on_verdict(void *owner, const struct control_hello *gateway, struct text reason);
static void on_gone(void *owner, const struct control_hello *gateway);
static void note_all_acked(struct cluster_operator *op, const struct control_hello *gateway);
static void wake(struct cluster_operator *op, const struct control_hello *gateway, int64_t delay_ms);

void
leadership_start(struct cluster_operator *op)
{
    struct text name = op->options->pod_name ? text_of(op->options->pod_name) : TEXT("weir-operator");
    const struct kube_lease_options options = {
        .loop = op->loop,
        .client = op->client,
        .namespace = op->facts.operator_namespace,
        .name = text_of(op->options->lease_name),
        .identity =
            text_format(op->arena, "%.*s_%08llx", TEXT_ARG(name), (unsigned long long)id_random_u64() >> 32),
        .on_leading = on_leading,
        .on_lost = on_lost,
        .on_trouble = on_trouble,
        .owner = op,
    };
    op->state = CLUSTER_FOLLOWING;
    op->lease = kube_lease_start(op->arena, &options);
}

void
leadership_serve(void *owner)
{
    struct cluster_operator *op = owner;
    struct error err = {0};
    struct websocket_server_identity identity = identities_server(op->identities);
    if (op->control) {
        if (!control_server_use_identity(op->control, &identity, &err))
            log_error("certificate_not_used", LOG_STRING("reason", err.message));
        cluster_book_use_identity(op->budgets);
        pod_samples_use_identity(op->samples);
        return;
    }
    const struct control_options options = {
        .loop = op->loop,
        .listen = op->options->control_listen,
        .identity = identity,
        .epoch = kube_lease_epoch(op->lease),
        .events = {.on_hello = on_hello, .on_verdict = on_verdict, .on_gone = on_gone, .owner = op},
    };
    if (!control_server_start(op->arena, &options, &op->control, &err)) {
        log_error("gateways_not_served", LOG_STRING("reason", err.message));
        op->has_failed = true; /* without it nothing is gained by leading: let another replica */
        loop_stop(op->loop);
        return;
    }
    if (op->state == CLUSTER_LEADING)
        begin_leading(op);
    else
        control_server_suspend(op->control);
}

void
leadership_stop(struct cluster_operator *op, void (*on_stopped)(void *owner), void *owner)
{
    pass_cancel_all(op);
    policy_pass_cancel_all(op);
    cluster_book_end(op->budgets);
    pod_samples_end(op->samples);
    if (op->control)
        control_server_close(op->control);
    op->control = NULL;
    if (op->lease && kube_lease_is_held(op->lease))
        kube_lease_release(op->lease, on_stopped, owner);
    else
        on_stopped(owner);
}

static void
on_leading(void *owner, int64_t epoch)
{
    struct cluster_operator *op = owner;
    log_info("leading", LOG_INT("epoch", epoch));
    op->state = CLUSTER_LEADING;
    metric_set(op->measured.leader, 1);
    if (op->control) {
        control_server_resume(op->control, epoch);
        begin_leading(op);
    } else {
        identities_start(op->identities);
    }
}

/* What others wrote meanwhile is in the cache; what gateways run is told anew. */
static void
begin_leading(struct cluster_operator *op)
{
    op->led_since_ms = loop_now_ms(op->loop);
    watches_lead(op->watches, true);
    control_endpoint_start(op);
    cluster_book_begin(op->budgets);
    pod_samples_begin(op->samples);
    cluster_add_all(op, WORKQUEUE_PATIENT);
    loop_timer_start(op->next, 0); /* also when there is none */
}

/* Nothing that was begun is finished: somebody else may lead now. The cache stays warm and the Lease is
 * contended for again, so the loss of the API server for a while ends nobody. */
static void
on_lost(void *owner)
{
    struct cluster_operator *op = owner;
    if (op->state == CLUSTER_STOPPING)
        return;
    log_error("leadership_lost");
    metric_set(op->measured.leader, 0);
    op->state = CLUSTER_FOLLOWING;
    op->has_passed = false;
    op->refused = (struct api_trouble){0};
    loop_timer_stop(op->next);
    watches_lead(op->watches, false);
    pass_cancel_all(op);
    policy_pass_cancel_all(op);
    cluster_book_end(op->budgets);
    pod_samples_end(op->samples);
    if (op->control)
        control_server_suspend(op->control);
}

/* Told once when it begins and once when it is over; /readyz says how it stands. */
static void
on_trouble(void *owner, const struct error *trouble)
{
    struct cluster_operator *op = owner;
    if (!api_trouble_note(&op->unreached, trouble, loop_now_ms(op->loop), clock_unix_ms()))
        return;
    if (trouble->kind != ERROR_NONE) {
        log_warn("api_server_in_trouble", LOG_STRING("reason", trouble->message));
        return;
    }
    log_info("api_server_well_again");
    watches_hurry(op->watches);
}

static void
on_hello(void *owner, const struct control_hello *gateway)
{
    log_info("gateway_connected", LOG_TEXT("workspace", gateway->workspace),
             LOG_TEXT("environment", gateway->environment), LOG_TEXT("gateway", gateway->gateway),
             LOG_TEXT("revision", gateway->revision));
    wake(owner, gateway, GATHER_MS);
}

static void
on_verdict(void *owner, const struct control_hello *gateway, struct text reason)
{
    struct cluster_operator *op = owner;
    if (reason.length > 0) {
        log_warn("config_refused", LOG_TEXT("workspace", gateway->workspace),
                 LOG_TEXT("environment", gateway->environment), LOG_TEXT("gateway", gateway->gateway),
                 LOG_TEXT("reason", reason));
        metric_increase(op->measured.nacks, 1);
        wake(op, gateway, 0);
        return;
    }
    const struct control_count count =
        control_server_count(op->control, gateway->workspace, gateway->environment);
    bool is_last = count.acked >= count.connected;
    if (is_last) {
        note_all_acked(op, gateway);
        cluster_book_settle(op->budgets);
    }
    wake(op, gateway, is_last ? 0 : GATHER_MS);
}

static void
on_gone(void *owner, const struct control_hello *gateway)
{
    log_info("gateway_gone", LOG_TEXT("workspace", gateway->workspace),
             LOG_TEXT("environment", gateway->environment), LOG_TEXT("gateway", gateway->gateway));
    wake(owner, gateway, GATHER_MS);
}

static void
note_all_acked(struct cluster_operator *op, const struct control_hello *gateway)
{
    const struct workspace_record *record = cluster_find_record(op, gateway->workspace);
    struct text namespace;
    void *found;
    for (size_t at = 0; record && map_next(record->environments, &at, &namespace, &found);) {
        struct environment_record *environment = found;
        if (!text_equals(environment->environment, gateway->environment) || environment->is_acked)
            continue;
        environment->is_acked = true;
        int64_t lag_ms = loop_now_ms(op->loop) - environment->pushed_ms;
        metric_observe(op->measured.config_lag, (double)lag_ms / 1000);
        log_info("config_acked", LOG_TEXT("namespace", namespace),
                 LOG_TEXT("revision", environment->revision), LOG_MS("took", lag_ms));
    }
}

static void
wake(struct cluster_operator *op, const struct control_hello *gateway, int64_t delay_ms)
{
    if (op->state != CLUSTER_LEADING || !cluster_find_record(op, gateway->workspace))
        return;
    workqueue_add_after(op->queue, gateway->workspace, WORKQUEUE_PATIENT, delay_ms, loop_now_ms(op->loop));
    cluster_wake(op);
}
