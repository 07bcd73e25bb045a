/* Wires the parts of the local operator together and runs until a signal asks it to stop. */
#include "operator/local/local_operator.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"
#include "operator/local/folder_scan.h"
#include "operator/local/folder_watch.h"
#include "operator/local/local_callers.h"
#include "operator/local/local_ledger.h"
#include "operator/local/object_records.h"
#include "operator/local/operator_parts.h"
#include "operator/local/program_spawn.h"
#include "operator/local/secrets.h"
#include "operator/local/state_folder.h"
#include "operator/local/transcript.h"

static bool open_folders(struct local_operator *op, struct error *err);
static bool start_parts(struct local_operator *op, struct error *err);
static bool start_gateways(struct local_operator *op, struct error *err);
static void tell_start(struct local_operator *op);
static bool is_being_written(const void *owner, struct text path);
static void on_folder_change(void *owner);
static void on_hello(void *owner, const struct control_hello *gateway);
static void raise_epoch(struct local_operator *op, const struct control_hello *gateway);
static void on_verdict(void *owner, const struct control_hello *gateway, struct text reason);
static void on_gone(void *owner, const struct control_hello *gateway);
static void on_gateway_change(void *owner, const struct gateway_process *gateway);
static bool start_ledger(struct local_operator *op, struct error *err);
static void tell_rest(struct local_operator *op);
static void on_ledger_trouble(void *owner, const char *note);
static void on_ledger_stopped(void *owner);
static void on_gateway_ended(void *owner, struct text namespace);
static void on_settle(void *owner);
static void on_stop(void *owner, int signal);
static void stop_when_drained(struct local_operator *op);
static void clean_up(struct local_operator *op);
static void operator_release(void *owner);

bool
local_operator_run(const struct local_options *options, struct error *err)
{
    struct arena *arena = arena_new(0);
    struct local_operator *op = arena_alloc(arena, sizeof(*op));
    *op = (struct local_operator){.options = options, .arena = arena};
    arena_defer(arena, operator_release, op);
    bool is_right = open_folders(op, err) && start_parts(op, err);
    if (is_right) {
        op->seen_ms = loop_now_ms(op->loop);
        operator_look(op);
        tell_start(op);
        loop_run(op->loop);
        clean_up(op);
    }
    arena_free(arena);
    return is_right;
}

static bool
open_folders(struct local_operator *op, struct error *err)
{
    char folder[PATH_MAX];
    struct stat status;
    if (!realpath(op->options->folder, folder) || stat(folder, &status) != 0)
        return error_set_errno(err, errno, "opening the folder %s", op->options->folder);
    if (!S_ISDIR(status.st_mode))
        return error_set(err, ERROR_INVALID, "%s is not a folder: name the folder that holds your manifests",
                         op->options->folder);
    op->folder = text_c_string(op->arena, text_of(folder));
    const char *state = op->options->state;
    if (!state)
        state = text_c_string(op->arena, text_format(op->arena, "%s/.weir", op->folder));
    if (!state_folder_open(op->arena, state, &op->state, err))
        return false;
    if (folder_would_scan(op->folder, state_folder_path(op->state)))
        return error_set(
            err, ERROR_INVALID,
            "the state folder %s is among the manifests and would be read as one: give it a name that "
            "begins with a dot, or another place",
            state);
    return state_folder_announce(op->folder, err);
}

static bool
start_parts(struct local_operator *op, struct error *err)
{
    op->loop = loop_new(op->arena);
    op->settle = loop_timer_new(op->loop, op->arena, on_settle, op);
    op->transcript = transcript_new(op->arena, stdout, op->options->as_json);
    op->records = object_records_new(op->arena);
    op->store = store_new(op->arena, op->folder);
    store_wait_for_writers(op->store, is_being_written, op);
    op->secrets = secrets_new(op->arena, op->state, op->folder);
    op->callers = local_callers_new(op->arena, op->state);
    loop_on_signal(op->loop, SIGINT, on_stop, op);
    loop_on_signal(op->loop, SIGTERM, on_stop, op);
    loop_on_signal(op->loop, SIGHUP, on_stop, op); /* the terminal is gone */
    struct folder_watch_options watch = {
        .loop = op->loop, .folder = op->folder, .on_change = on_folder_change, .owner = op};
    return folder_watch_start(op->arena, &watch, &op->watch, err) && start_ledger(op, err) &&
           start_gateways(op, err) && operator_start_sampling(op, err) && operator_serve_api(op, err);
}

static bool
start_ledger(struct local_operator *op, struct error *err)
{
    struct local_ledger_options ledger = {
        .loop = op->loop,
        .state = op->state,
        .rest_port = op->options->rest_port,
        .alert_key = op->options->alert_key,
        .price_card = op->options->price_card,
        .on_trouble = on_ledger_trouble,
        .owner = op,
    };
    if (!program_spawn_find(op->arena, NULL, "weir-api", &ledger.program, err) ||
        !local_ledger_start(op->arena, &ledger, &op->ledger, err) || !operator_start_book(op, err))
        return false;
    if (ledger.rest_port > 0)
        tell_rest(op);
    return true;
}

static void
tell_rest(struct local_operator *op)
{
    scoped_arena struct arena *scratch = arena_new(0);
    transcript_note(
        op->transcript, "ledger_rest",
        text_format(scratch, "The ledger answers at http://127.0.0.1:%d (/openapi.json); its token is in %s.",
                    op->options->rest_port, local_ledger_token_file(op->state, scratch)));
}

static bool
start_gateways(struct local_operator *op, struct error *err)
{
    struct gateway_options gateways = {
        .loop = op->loop,
        .state = op->state,
        .first_port = op->options->port,
        .events = {.on_change = on_gateway_change, .on_ended = on_gateway_ended, .owner = op},
    };
    struct control_options control = {
        .loop = op->loop,
        .epoch = state_folder_epoch(op->state),
        .events = {.on_hello = on_hello, .on_verdict = on_verdict, .on_gone = on_gone, .owner = op},
    };
    char *socket = NULL;
    if (!program_spawn_find(op->arena, op->options->gateway, "weir-gateway", &gateways.program, err) ||
        !state_folder_socket(op->state, op->arena, "control.sock", &socket, err))
        return false;
    control.unix_path = socket;
    if (!control_server_start(op->arena, &control, &op->control, err))
        return false;
    op->processes = gateway_processes_new(op->arena, &gateways);
    return true;
}

static void
tell_start(struct local_operator *op)
{
    const struct object_list *objects = &op->pass.view.objects;
    bool has_workspace = false;
    for (size_t i = 0; i < objects->count; i++) {
        if (objects->items[i].kind->id != KIND_WORKSPACE)
            continue;
        const struct workspace *workspace = objects->items[i].workspace;
        struct transcript_start start = {.folder = op->options->folder,
                                         .workspace = workspace->metadata.name,
                                         .environments = workspace->spec.environments.count};
        for (size_t j = 0; j < objects->count; j++) {
            if (objects->items[j].kind->id != KIND_MODEL_POLICY)
                continue;
            const struct planned_environment *planned =
                plan_find_namespace(op->pass.plan, objects->items[j].metadata->namespace);
            start.environment_policies += planned && planned->workspace == workspace;
            start.organisation_policies +=
                text_equals(objects->items[j].metadata->namespace, TEXT(WEIR_SYSTEM_NAMESPACE));
        }
        transcript_started(op->transcript, &start);
        has_workspace = true;
    }
    if (!has_workspace)
        transcript_note(op->transcript, "no_workspace",
                        TEXT("There is no valid Workspace in this folder yet; it is watched for one."));
}

static bool
is_being_written(const void *owner, struct text path)
{
    const struct local_operator *op = owner;
    return folder_watch_is_being_written(op->watch, path);
}

static void
on_folder_change(void *owner)
{
    struct local_operator *op = owner;
    if (op->stop_signals > 0)
        return;
    op->seen_ms = folder_watch_event_ms(op->watch);
    operator_look(op);
}

static void
on_hello(void *owner, const struct control_hello *gateway)
{
    struct local_operator *op = owner;
    if (gateway->epoch > state_folder_epoch(op->state))
        raise_epoch(op, gateway);
    gateway_processes_note_hello(op->processes, gateway);
    operator_settle_soon(op);
}

/* Gateways refuse an operator that is behind. We hold the folder's lock, so nobody is ahead of us: the folder
 * has lost its count. */
static void
raise_epoch(struct local_operator *op, const struct control_hello *gateway)
{
    struct arena *scratch = arena_new(0);
    struct error err = {0};
    int64_t before = state_folder_epoch(op->state);
    struct text told = {0};
    if (state_folder_raise_epoch(op->state, gateway->epoch, &err)) {
        control_server_raise_epoch(op->control, state_folder_epoch(op->state));
        told = text_format(scratch,
                           "The state folder lost count: it is at epoch %lld, gateway %.*s has seen %lld. "
                           "Going on with %lld.",
                           (long long)before, TEXT_ARG(gateway->gateway), (long long)gateway->epoch,
                           (long long)state_folder_epoch(op->state));
        transcript_note(op->transcript, "epoch_raised", told);
    } else {
        told = text_format(scratch, "Gateway %.*s will refuse configs, it has seen epoch %lld: %s.",
                           TEXT_ARG(gateway->gateway), (long long)gateway->epoch, err.message);
        transcript_note(op->transcript, "epoch_not_raised", told);
    }
    arena_free(scratch);
}

static void
on_verdict(void *owner, const struct control_hello *gateway, struct text reason)
{
    struct local_operator *op = owner;
    if (reason.length == 0)
        gateway_processes_note_ack(op->processes, gateway);
    operator_settle_soon(op);
}

static void
on_gone(void *owner, const struct control_hello *gateway)
{
    struct local_operator *op = owner;
    gateway_processes_note_gone(op->processes, gateway);
    operator_settle_soon(op);
}

static void
on_gateway_change(void *owner, const struct gateway_process *gateway)
{
    (void)gateway;
    operator_settle_soon(owner);
}

static void
on_gateway_ended(void *owner, struct text namespace)
{
    struct local_operator *op = owner;
    transcript_drained(op->transcript, namespace);
    struct live_environment *live = operator_find_live(op, namespace);
    if (live)
        live->is_acked = live->was_ready = false; /* should it come back, it is told like a new one */
    if (op->stop_signals > 0)
        stop_when_drained(op);
    else
        operator_settle_soon(op);
}

static void
on_settle(void *owner)
{
    struct local_operator *op = owner;
    if (op->stop_signals > 0)
        stop_when_drained(op);
    else
        operator_settle(op);
}

/* The first signal drains, the second one kills. */
static void
on_stop(void *owner, int signal)
{
    (void)signal;
    struct local_operator *op = owner;
    if (op->stop_signals++ > 0) {
        gateway_processes_kill_all(op->processes);
        local_ledger_kill(op->ledger);
        return;
    }
    size_t count = gateway_processes_count(op->processes);
    if (count > 0)
        transcript_note(op->transcript, "draining", TEXT("Draining; Ctrl-C again stops at once."));
    while (count-- > 0)
        gateway_processes_drain(op->processes, gateway_processes_at(op->processes, count)->namespace);
    operator_settle_soon(op);
}

static void
stop_when_drained(struct local_operator *op)
{
    if (gateway_processes_count(op->processes) > 0 || op->is_ledger_stopping)
        return;
    op->is_ledger_stopping = true;
    local_ledger_stop(op->ledger, on_ledger_stopped, op);
}

static void
on_ledger_trouble(void *owner, const char *note)
{
    struct local_operator *op = owner;
    op->has_ledger_failed = true;
    operator_settle_soon(op);
    scoped_arena struct arena *scratch = arena_new(0);
    transcript_note(
        op->transcript, "ledger_down",
        text_format(scratch, "The ledger does not run: %s. Gateways keep what it is to know.", note));
}

static void
on_ledger_stopped(void *owner)
{
    struct local_operator *op = owner;
    loop_stop(op->loop);
}

/* A clean stop leaves no key and no secret behind; after a crash they stay, for the gateways that go on. */
static void
clean_up(struct local_operator *op)
{
    secrets_wipe(op->secrets);
    local_callers_forget(op->callers);
    control_server_close(op->control);
    book_publisher_close(op->books);
    operator_end_sampling(op);
    struct arena *scratch = arena_new(0);
    unlink(state_folder_file(op->state, scratch, "control.sock"));
    unlink(state_folder_file(op->state, scratch, "api.sock"));
    unlink(state_folder_file(op->state, scratch, "ledger.sock"));
    unlink(state_folder_file(op->state, scratch, "ledger-api.sock"));
    arena_free(scratch);
    transcript_note(op->transcript, "stopped", TEXT("Stopped."));
}

static void
operator_release(void *owner)
{
    struct local_operator *op = owner;
    arena_free(op->pass.arena);
    arena_free(op->trouble_arena);
    arena_free(op->undeclared_arena);
    arena_free(op->left_out_arena);
    for (size_t i = 0; i < op->live_count; i++)
        arena_free(op->live[i]->arena);
}
