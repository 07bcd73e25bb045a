/* Wires the parts of the cluster operator together and runs until a signal asks it to stop. */
#include "operator/runtime/cluster_operator.h"

#include <signal.h>

#include "lib/base/arena.h"
#include "lib/base/block.h"
#include "lib/base/clock.h"
#include "lib/base/code_pages.h"
#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_auth.h"
#include "operator/kube/kube_events.h"
#include "operator/kube/kube_lease.h"
#include "operator/objects/names.h"
#include "operator/runtime/admin_server.h"
#include "operator/runtime/applied_book.h"
#include "operator/runtime/batch_poll.h"
#include "operator/runtime/cluster_book.h"
#include "operator/runtime/cluster_changes.h"
#include "operator/runtime/identities.h"
#include "operator/runtime/leadership.h"
#include "operator/runtime/namespace_owners.h"
#include "operator/runtime/organisation.h"
#include "operator/runtime/pass.h"
#include "operator/runtime/pod_samples.h"
#include "operator/runtime/policy_pass.h"
#include "operator/runtime/secret_values.h"
#include "operator/runtime/workload_keys.h"

enum {
    MOST_PASSES = 16,
    MOST_PASS_BYTES = 12 << 20, /* then no further one is begun: large workspaces pass few at a time */
    TURN_US = 20000,
    GATE_MS = 20,
    REST_MS = 1000,
    STOP_MS = 3000,
};

static bool open_client(struct cluster_operator *op, struct error *err);
static void start_memory(struct cluster_operator *op);
static bool may_write(void *owner);
static void on_warning(void *owner, struct text path, struct text words);
static void on_synced(void *owner);
static void on_served(void *owner);
static void on_namespace_news(void *owner, struct text namespace);
static void on_keys(void *owner);
static void on_next(void *owner);
static bool is_room_for_pass(const struct cluster_operator *op);
static bool start_one(struct cluster_operator *op);
static void on_rest(void *owner);
static void on_signal(void *owner, int signal);
static void on_stopped(void *owner);
static void release(void *owner);

bool
cluster_operator_run(const struct cluster_options *options, struct error *err)
{
    struct arena *arena = arena_new(0);
    struct cluster_operator *op = arena_alloc(arena, sizeof(*op));
    *op = (struct cluster_operator){.options = options, .arena = arena};
    arena_defer(arena, release, op);
    op->loop = loop_new(arena);
    op->metrics = metrics_new(arena);
    runtime_metrics_init(&op->measured, op->metrics);
    bool is_right = open_client(op, err);
    if (is_right) {
        start_memory(op);
        is_right = admin_server_start(op, err);
    }
    if (is_right) {
        loop_on_signal(op->loop, SIGTERM, on_signal, op);
        loop_on_signal(op->loop, SIGINT, on_signal, op);
        log_info("started", LOG_TEXT("server", kube_auth_server(op->auth)),
                 LOG_STRING("version", WEIR_VERSION));
        loop_run(op->loop);
        pass_cancel_all(op);
        policy_pass_cancel_all(op);
        log_info("stopped");
        if (op->has_failed)
            is_right = error_set(err, ERROR_UNAVAILABLE, "gateways cannot be served: see the line before");
    }
    arena_free(arena);
    return is_right;
}

void
cluster_wake(struct cluster_operator *op)
{
    if (op->state != CLUSTER_LEADING)
        return;
    int64_t wait_ms = workqueue_wait_ms(op->queue, loop_now_ms(op->loop));
    if (is_room_for_pass(op) && wait_ms >= 0)
        loop_timer_start(op->next, wait_ms);
}

void
cluster_add(struct cluster_operator *op, struct text key, enum workqueue_lane lane)
{
    workqueue_add(op->queue, key, lane, loop_now_ms(op->loop));
    cluster_wake(op);
}

void
cluster_add_all(struct cluster_operator *op, enum workqueue_lane lane)
{
    const struct kube_object *object;
    const struct kube_table *workspaces = watches_at(op->watches, WATCHED_WORKSPACES)->table;
    for (size_t at = 0; (object = kube_table_next(workspaces, (struct text){0}, &at));)
        workqueue_add(op->queue, object->name, lane, loop_now_ms(op->loop));
    cluster_wake(op);
}

struct workspace_record *
cluster_find_record(const struct cluster_operator *op, struct text workspace)
{
    return map_find(op->records, workspace);
}

struct workspace_record *
cluster_record(struct cluster_operator *op, struct text workspace)
{
    struct workspace_record *record = map_find(op->records, workspace);
    if (!record) {
        record = workspace_record_new(workspace);
        map_set(op->records, workspace, record);
    }
    return record;
}

static bool
open_client(struct cluster_operator *op, struct error *err)
{
    const struct cluster_options *options = op->options;
    const struct kube_auth_options auth = {
        .loop = op->loop, .kubeconfig = options->kubeconfig, .context = options->context};
    if (!kube_auth_open(op->arena, &auth, &op->auth, err))
        return error_context(err, "finding the cluster");
    const struct kube_client_options client = {
        .loop = op->loop,
        .auth = op->auth,
        .metrics = op->metrics,
        .may_write = may_write,
        .on_warning = on_warning,
        .owner = op,
        .user_agent = "weir-operator/" WEIR_VERSION " (linux)",
    };
    op->client = kube_client_new(op->arena, &client);
    op->facts = (struct cluster_facts){
        .operator_namespace = text_of(options->namespace),
        .gateway_image = text_of(options->gateway_image),
        .tools_image = text_of(options->tools_image),
        .control_url = text_format(op->arena, "wss://%s.%s.svc:%d", options->control_service,
                                   options->namespace, CONTROL_PORT),
    };
    if (options->ledger_service)
        op->facts.ledger_url = text_format(op->arena, "wss://%s.%s.svc:%d", options->ledger_service,
                                           options->namespace, LEDGER_PORT);
    return true;
}

static void
start_memory(struct cluster_operator *op)
{
    struct arena *arena = op->arena;
    op->next = loop_timer_new(op->loop, arena, on_next, op);
    op->rest = loop_timer_new(op->loop, arena, on_rest, op);
    op->queue = workqueue_new(arena, id_random_u64);
    op->records = map_new(arena);
    op->book = applied_book_new(arena);
    op->budgets = cluster_book_new(arena, op);
    op->samples = pod_samples_new(arena, op);
    op->owners = namespace_owners_new(arena);
    const struct kube_events_options events = {
        .loop = op->loop,
        .client = op->client,
        .metrics = op->metrics,
        .controller = TEXT(EVENT_CONTROLLER),
        .instance = op->options->pod_name ? text_of(op->options->pod_name) : TEXT("weir-operator")};
    op->events = kube_events_new(arena, &events);
    const struct batch_poll_options batches = {.loop = op->loop, .on_change = on_namespace_news, .owner = op};
    op->batches = batch_poll_new(arena, &batches);
    const struct watches_options watches = {.loop = op->loop,
                                            .client = op->client,
                                            .metrics = op->metrics,
                                            .on_change = cluster_note_change,
                                            .on_synced = on_synced,
                                            .on_served = on_served,
                                            .owner = op};
    op->watches = watches_start(arena, &watches);
    op->organisation =
        organisation_new(arena, watches_at(op->watches, WATCHED_MODEL_POLICIES)->table, &op->facts);
    const struct secret_values_options secrets = {.loop = op->loop,
                                                  .client = op->client,
                                                  .table = watches_at(op->watches, WATCHED_SECRETS)->table,
                                                  .on_change = on_namespace_news,
                                                  .owner = op};
    op->secrets = secret_values_new(arena, &secrets);
    const struct identities_options identities = {.loop = op->loop,
                                                  .client = op->client,
                                                  .secrets = op->secrets,
                                                  .namespace = op->facts.operator_namespace,
                                                  .service = text_of(op->options->control_service),
                                                  .on_ready = leadership_serve,
                                                  .owner = op};
    op->identities = identities_new(arena, &identities);
    const struct workload_keys_options keys = {
        .loop = op->loop, .client = op->client, .on_change = on_keys, .owner = op};
    op->keys = workload_keys_new(arena, &keys);
}

/* Asked before each mutating request, by the clock of right now. */
static bool
may_write(void *owner)
{
    struct cluster_operator *op = owner;
    return op->lease && op->state == CLUSTER_LEADING && kube_lease_is_held(op->lease);
}

/* The client hands each on once: of a version that goes away, of a field that does nothing. */
static void
on_warning(void *owner, struct text path, struct text words)
{
    struct cluster_operator *op = owner;
    log_warn("api_server_warns", LOG_TEXT("path", path), LOG_TEXT("words", words));
    metric_increase(op->measured.warnings, 1);
}

static void
on_synced(void *owner)
{
    struct cluster_operator *op = owner;
    log_info("synced");
    cluster_rest_soon(op);
    if (op->state != CLUSTER_STARTING)
        return;
    workload_keys_start(op->keys);
    leadership_start(op);
}

static void
on_served(void *owner)
{
    struct cluster_operator *op = owner;
    watches_facts(op->watches, &op->facts);
    if (op->state == CLUSTER_LEADING)
        cluster_add_all(op, WORKQUEUE_PATIENT);
}

static void
on_namespace_news(void *owner, struct text namespace)
{
    struct cluster_operator *op = owner;
    struct text workspace = namespace_owners_find(op->owners, namespace);
    if (workspace.length > 0 && op->state == CLUSTER_LEADING)
        cluster_add(op, workspace, WORKQUEUE_URGENT);
}

static void
on_keys(void *owner)
{
    struct cluster_operator *op = owner;
    if (op->state == CLUSTER_LEADING)
        cluster_add_all(op, WORKQUEUE_PATIENT);
}

/* As many passes as fit into a short turn: the lease and the watches want theirs too. */
static void
on_next(void *owner)
{
    struct cluster_operator *op = owner;
    int64_t until_us = clock_now_us() + TURN_US;
    while (op->state == CLUSTER_LEADING && is_room_for_pass(op) && clock_now_us() < until_us)
        if (!start_one(op))
            break;
    const struct workqueue_count count = workqueue_count(op->queue, loop_now_ms(op->loop));
    if (op->control && count.due == 0 && count.at_work == 0)
        op->has_passed = true;
    cluster_wake(op);
}

static bool
is_room_for_pass(const struct cluster_operator *op)
{
    return op->pass_count < MOST_PASSES && pass_bytes(op) < MOST_PASS_BYTES;
}

void
cluster_rest_soon(struct cluster_operator *op)
{
    if (op->is_rest_due)
        return;
    op->is_rest_due = true;
    loop_timer_start(op->rest, REST_MS);
}

/* What passes and lists used goes back to the kernel: the allocator would keep it for ever, and libraries the
 * code of their start. */
static void
on_rest(void *owner)
{
    struct cluster_operator *op = owner;
    op->is_rest_due = false;
    block_trim();
    code_pages_release();
}

static bool
start_one(struct cluster_operator *op)
{
    struct text key;
    int64_t now_ms = loop_now_ms(op->loop);
    if (!workqueue_take(op->queue, now_ms, &key))
        return false;
    if (!pass_may_look(op, key)) {
        metric_increase(op->measured.stale_skips, 1);
        workqueue_done(op->queue, key, WORKQUEUE_FINISHED, now_ms);
        workqueue_add_after(op->queue, key, WORKQUEUE_URGENT, GATE_MS, now_ms);
    } else if (policy_pass_is_key(key)) {
        policy_pass_start(op, key);
    } else {
        pass_start(op, key);
    }
    return true;
}

/* The first signal gives back in order, the second one ends at once. */
static void
on_signal(void *owner, int signal)
{
    (void)signal;
    struct cluster_operator *op = owner;
    if (op->state == CLUSTER_STOPPING) {
        loop_stop(op->loop);
        return;
    }
    log_info("stopping");
    op->state = CLUSTER_STOPPING;
    struct loop_timer *deadline = loop_timer_new(op->loop, op->arena, on_stopped, op);
    loop_timer_start(deadline, STOP_MS);
    leadership_stop(op, on_stopped, op);
}

static void
on_stopped(void *owner)
{
    loop_stop(((struct cluster_operator *)owner)->loop);
}

static void
release(void *owner)
{
    struct cluster_operator *op = owner;
    struct text key;
    void *found;
    for (size_t at = 0; op->records && map_next(op->records, &at, &key, &found);)
        workspace_record_free(found);
}
