/* One pass: folder → view → plan → gateways. The plan is pure; everything that acts is here. */
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/net/loop.h"
#include "operator/local/folder_watch.h"
#include "operator/local/local_callers.h"
#include "operator/local/object_records.h"
#include "operator/local/operator_parts.h"
#include "operator/local/secrets.h"
#include "operator/local/state_folder.h"
#include "operator/local/transcript.h"
#include "operator/reconcile/explain.h"

enum { LOOK_AGAIN_MS = 1000 };

static void tell_trouble(struct local_operator *op, const char *event, const struct error *err);
static void tell_left_out(struct local_operator *op, struct text left_out);
static void tell_refusals(struct local_operator *op);
static bool make_pass(struct local_operator *op, struct pass *out_pass, struct error *err);
static void carry_out(struct local_operator *op, const struct pass *pass);
static void push_config(struct local_operator *op, const struct planned_environment *planned);
static void
note_push(struct local_operator *op, const struct planned_environment *planned, struct text revision);
static struct text
change_of(struct local_operator *op, struct arena *arena, const struct planned_environment *planned);
static void tell_hold(struct local_operator *op, const struct planned_environment *planned);
static void drain_unwanted(struct local_operator *op, const struct plan *plan);
static struct live_environment *find_or_add_live(struct local_operator *op, struct text namespace);

void
operator_look(struct local_operator *op)
{
    struct arena *scratch = arena_new(0);
    struct error err = {0};
    struct store_refresh refresh = {0};
    if (!store_refresh(op->store, scratch, &refresh, &err)) {
        /* Not knowing what is wanted is no reason to stop what runs. */
        tell_trouble(op, "folder_unreadable", &err);
        folder_watch_look_again(op->watch, LOOK_AGAIN_MS);
        arena_free(scratch);
        return;
    }
    if (!folder_watch_set_folders(op->watch, &refresh.folders, &err))
        transcript_note(op->transcript, "not_watched", text_of(err.message));
    tell_left_out(op, text_join(scratch, &refresh.left_out, TEXT("; ")));
    if (refresh.refusals_changed)
        tell_refusals(op);

    struct pass pass = {0};
    if (make_pass(op, &pass, &err)) {
        carry_out(op, &pass);
        arena_free(op->pass.arena);
        op->pass = pass;
        store_forget_replaced(op->store);
        op->trouble = (struct text){0};
    } else {
        tell_trouble(op, "not_carried_out", &err);
        folder_watch_look_again(op->watch, LOOK_AGAIN_MS);
    }
    operator_settle_soon(op);
    arena_free(scratch);
}

struct live_environment *
operator_find_live(const struct local_operator *op, struct text namespace)
{
    for (size_t i = 0; i < op->live_count; i++)
        if (text_equals(op->live[i]->namespace, namespace))
            return op->live[i];
    return NULL;
}

/* Once: the look is repeated until it works. */
static void
tell_trouble(struct local_operator *op, const char *event, const struct error *err)
{
    struct arena *arena = arena_new(0);
    struct text trouble = text_format(arena, "%s. Nothing was changed.", err->message);
    if (!text_equals(trouble, op->trouble))
        transcript_note(op->transcript, event, trouble);
    arena_free(op->trouble_arena);
    op->trouble_arena = arena;
    op->trouble = trouble;
}

/* Links out of the folder and the like: told when they change. */
static void
tell_left_out(struct local_operator *op, struct text left_out)
{
    if (text_equals(left_out, op->left_out))
        return;
    struct arena *arena = arena_new(0);
    op->left_out = text_copy(arena, left_out);
    arena_free(op->left_out_arena);
    op->left_out_arena = arena;
    if (left_out.length > 0)
        transcript_note(op->transcript, "left_out", left_out);
}

static void
tell_refusals(struct local_operator *op)
{
    struct store_files files = store_files(op->store);
    size_t problems = 0, refused = 0;
    for (size_t i = 0; i < files.count; i++) {
        const struct manifest *manifest = files.items[i].refused;
        if (!manifest)
            continue;
        transcript_refused(op->transcript, manifest);
        problems += manifest->problems.error_count;
        refused++;
    }
    if (refused > 0)
        transcript_nothing_changed(op->transcript, problems, refused);
    else
        transcript_mended(op->transcript);
}

static bool
make_pass(struct local_operator *op, struct pass *out_pass, struct error *err)
{
    struct arena *arena = arena_new(0);
    struct pass pass = {.arena = arena};
    pass.view.objects = store_objects(op->store, arena);
    pass.view.broken = store_broken(op->store, arena);
    object_records_update(op->records, &pass.view.objects, clock_unix_ms());
    if (!secrets_resolve(op->secrets, arena, &pass.view.objects, &pass.view.credentials, err) ||
        !local_callers_ensure(op->callers, &pass.view.objects, &pass.view.callers, err)) {
        arena_free(arena);
        return false;
    }
    pass.plan = reconcile(arena, &pass.view);
    *out_pass = pass;
    return true;
}

/* op->pass is still the pass before: what changed is told by comparing. */
static void
carry_out(struct local_operator *op, const struct pass *pass)
{
    operator_publish_book(op, pass);
    for (size_t i = 0; i < pass->plan->environment_count; i++) {
        const struct planned_environment *planned = &pass->plan->environments[i];
        if (hold_is_set(&planned->hold))
            tell_hold(op, planned);
        else
            push_config(op, planned);
    }
    if (!hold_is_set(&pass->plan->hold))
        drain_unwanted(op, pass->plan);
}

static void
push_config(struct local_operator *op, const struct planned_environment *planned)
{
    struct arena *scratch = arena_new(0);
    int64_t generation = 0;
    struct error err = {0};
    const struct environment_config *config = planned->config;
    if (!state_folder_generation(op->state, planned->namespace, config->hash, &generation, &err)) {
        transcript_note(op->transcript, "not_carried_out", text_of(err.message));
        arena_free(scratch);
        return;
    }
    struct control_snapshot snapshot = {
        .epoch = state_folder_epoch(op->state),
        .revision = gateway_config_revision(scratch, generation, config->hash),
        .hash = config->hash,
        .config = config->document,
    };
    note_push(op, planned, snapshot.revision);
    control_server_publish(op->control, planned->workspace->metadata.name, planned->environment->name,
                           &snapshot);
    struct gateway_process wanted = {.workspace = planned->workspace->metadata.name,
                                     .environment = planned->environment->name,
                                     .namespace = planned->namespace};
    int64_t port = planned->environment->gateway.port;
    gateway_processes_want(op->processes, &wanted, port == FIELD_UNSET ? 0 : (int)port);
    arena_free(scratch);
}

static void
note_push(struct local_operator *op, const struct planned_environment *planned, struct text revision)
{
    struct live_environment *live = find_or_add_live(op, planned->namespace);
    live->held = (struct text){0};
    if (text_equals(live->revision, revision))
        return;
    struct arena *arena = arena_new(0);
    struct live_environment next = {
        .arena = arena,
        .namespace = text_copy(arena, planned->namespace),
        .revision = text_copy(arena, revision),
        .change = live->was_ready ? change_of(op, arena, planned) : (struct text){0},
        .pushed_ms = op->seen_ms,
        .was_ready = live->was_ready,
    };
    arena_free(live->arena);
    *live = next;
}

static struct text
change_of(struct local_operator *op, struct arena *arena, const struct planned_environment *planned)
{
    const struct planned_environment *before =
        op->pass.plan ? plan_find_namespace(op->pass.plan, planned->namespace) : NULL;
    if (!before)
        return (struct text){0};
    struct arena *scratch = arena_new(0);
    struct explanation_row_list rows_before = explain_rows(scratch, before);
    struct explanation_row_list rows_after = explain_rows(scratch, planned);
    struct text change = text_copy(arena, explain_difference(scratch, &rows_before, &rows_after));
    arena_free(scratch);
    return change.length > 0 ? change : TEXT("callers, credentials or places in files");
}

static void
tell_hold(struct local_operator *op, const struct planned_environment *planned)
{
    struct live_environment *live = find_or_add_live(op, planned->namespace);
    if (text_equals(live->held, planned->hold.message))
        return;
    live->held = text_copy(live->arena, planned->hold.message);
    struct arena *scratch = arena_new(0);
    struct environment_state state = {
        .workspace = planned->workspace->metadata.name,
        .environment = planned->environment->name,
        .namespace_ = planned->namespace,
        .revision = live->revision,
        .reason = TEXT("Held"),
        .message = text_format(scratch, "%.*s. It stays as it is until that is mended.",
                               TEXT_ARG(planned->hold.message)),
    };
    transcript_trouble(op->transcript, "held", &state);
    arena_free(scratch);
}

static void
drain_unwanted(struct local_operator *op, const struct plan *plan)
{
    /* Draining may take entries out of the list: look from the start after each. */
    for (size_t i = 0; i < gateway_processes_count(op->processes);) {
        const struct gateway_process *gateway = gateway_processes_at(op->processes, i);
        const struct planned_environment *planned = plan_find_namespace(plan, gateway->namespace);
        bool is_same = planned && text_equals(planned->workspace->metadata.name, gateway->workspace) &&
                       text_equals(planned->environment->name, gateway->environment);
        size_t before = gateway_processes_count(op->processes);
        if (!is_same) {
            control_server_withdraw(op->control, gateway->workspace, gateway->environment);
            gateway_processes_drain(op->processes, gateway->namespace);
        }
        i = gateway_processes_count(op->processes) < before ? 0 : i + 1;
    }
}

static struct live_environment *
find_or_add_live(struct local_operator *op, struct text namespace)
{
    struct live_environment *live = operator_find_live(op, namespace);
    if (live)
        return live;
    live = arena_alloc(op->arena, sizeof(*live));
    live->arena = arena_new(0);
    live->namespace = text_copy(live->arena, namespace);
    op->live = arena_grow(op->arena, op->live, op->live_count, &op->live_capacity,
                          sizeof(struct live_environment *));
    op->live[op->live_count++] = live;
    return live;
}
