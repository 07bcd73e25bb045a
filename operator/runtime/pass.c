/* The life of a pass. What is read is read before anything is written; what is written is written phase by
 * phase, each phase at once. */
#include "operator/runtime/pass_parts.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_version.h"
#include "operator/reconcile/redial.h"
#include "operator/runtime/cluster_book.h"
#include "operator/runtime/namespace_owners.h"
#include "operator/runtime/organisation.h"

enum { SETTLE_MS = 400, LONGEST_GATE_MS = 5000, REMOVAL_LOOK_MS = 10000 };

static bool begin(struct pass *pass);
static bool leaves_writes(struct pass *pass);
static int64_t redial_ms(const struct pass *pass);
static void begin_phase(struct pass *pass);
static void finish(struct pass *pass, const char *result);
static void note_result(struct pass *pass);
static void release(struct pass *pass, enum workqueue_outcome outcome);
static bool is_shown(const struct cluster_operator *op, const struct awaited_write *awaited);

void
pass_start(struct cluster_operator *op, struct text workspace)
{
    struct arena *arena = arena_new(0);
    struct pass *pass = arena_alloc(arena, sizeof(*pass));
    *pass = (struct pass){.op = op,
                          .arena = arena,
                          .workspace = text_copy(arena, workspace),
                          .record = cluster_record(op, workspace),
                          .started_us = clock_now_us()};
    pass->next = op->passes;
    if (op->passes)
        op->passes->previous = pass;
    op->passes = pass;
    op->pass_count++;
    workspace_record_await_nothing(pass->record);
    if (!begin(pass))
        finish(pass, "waiting");
    else if (leaves_writes(pass))
        finish(pass, "announced");
    else
        pass_go_on(pass);
}

bool
pass_may_look(struct cluster_operator *op, struct text workspace)
{
    const struct workspace_record *record = cluster_find_record(op, workspace);
    if (!record || clock_now_ms() - record->awaited_since_ms > LONGEST_GATE_MS)
        return true;
    for (size_t i = 0; i < record->awaited_count; i++)
        if (!is_shown(op, &record->awaited[i]))
            return false;
    return true;
}

size_t
pass_bytes(const struct cluster_operator *op)
{
    size_t bytes = 0;
    for (const struct pass *pass = op->passes; pass; pass = pass->next)
        bytes += arena_size_bytes(pass->arena);
    return bytes;
}

void
pass_cancel_all(struct cluster_operator *op)
{
    while (op->passes)
        release(op->passes, WORKQUEUE_FINISHED);
}

void
pass_go_on(struct pass *pass)
{
    if (pass->is_beginning)
        return;
    while (pass->in_flight == 0 && pass->phase < PASS_OVER) {
        pass->is_beginning = true;
        begin_phase(pass);
        pass->is_beginning = false;
        bool is_removing = pass->phase == PASS_REMOVE && pass->in_flight > 0;
        if (!is_removing)
            pass->phase++;
    }
    if (pass->in_flight == 0 && pass->phase == PASS_OVER)
        finish(pass, pass->has_failed ? "error" : pass->has_written ? "written" : "unchanged");
}

/* False when the pass has to wait for something that is on its way, and will be woken by it: nothing to say
 * about that yet. */
static bool
begin(struct pass *pass)
{
    struct cluster_operator *op = pass->op;
    view_build(pass->arena, op, pass->workspace, &pass->built);
    if (pass->built.waits_for.length > 0)
        return pass_say_waiting(pass);
    pass->record->waiting_since_ms = 0;
    pass->plan = cluster_reconcile(pass->arena, &pass->built.view);
    cluster_book_note(pass->op->budgets, pass);
    pass->is_announced = pass_publish(pass);
    pass->redial_ms = redial_ms(pass);
    if (!pass->is_announced && pass->redial_ms == 0)
        pass_note_policies(pass);
    return true;
}

/* Gateways before objects: an edit of the organisation's policy is on its way to every gateway before
 * anything of it is written down anywhere. Never twice in a row, or edits that follow each other would keep
 * objects from being written. */
static bool
leaves_writes(struct pass *pass)
{
    bool is_owed = pass->record->owes_writes;
    pass->record->owes_writes = pass->is_changed && !is_owed;
    return pass->record->owes_writes;
}

static int64_t
redial_ms(const struct pass *pass)
{
    const struct cluster_plan *plan = pass->plan;
    if (!plan->workspace || plan->is_removed || plan->is_broken)
        return 0;
    return redial_wait_ms(loop_now_ms(pass->op->loop) - pass->op->led_since_ms, &plan->workspace->status,
                          &plan->status);
}

static void
begin_phase(struct pass *pass)
{
    const struct cluster_plan *plan = pass->plan;
    if (!plan->workspace)
        return;
    switch (pass->phase) {
    case PASS_FINALIZER:
        if (plan->needs_finalizer)
            pass_add_finalizer(pass);
        break;
    case PASS_NAMESPACES:
        pass_apply_objects(pass, true);
        break;
    case PASS_OBJECTS:
        pass_apply_objects(pass, false);
        break;
    case PASS_OBJECT_STATUSES:
        pass_apply_statuses(pass);
        break;
    case PASS_PRUNE:
        pass_prune(pass);
        break;
    case PASS_REMOVE:
        pass_remove_next(pass);
        break;
    case PASS_STATUSES:
        if (!pass->is_announced && pass->redial_ms == 0)
            pass_write_statuses(pass);
        break;
    case PASS_RELEASE:
        if (plan->is_removed && plan->removal.is_done)
            pass_drop_finalizer(pass);
        break;
    case PASS_OVER:
        break;
    }
}

static void
finish(struct pass *pass, const char *result)
{
    struct cluster_operator *op = pass->op;
    runtime_metrics_count(op->measured.passes, "Workspace", result);
    metric_observe(op->measured.pass_seconds, (double)(clock_now_us() - pass->started_us) / 1e6);
    if (pass->plan && pass->built.waits_for.length == 0)
        note_result(pass);
    release(pass, pass->has_failed ? WORKQUEUE_FAILED : WORKQUEUE_FINISHED);
    cluster_book_settle(op->budgets);
    cluster_wake(op);
}

static void
note_result(struct pass *pass)
{
    struct cluster_operator *op = pass->op;
    const struct cluster_plan *plan = pass->plan;
    int64_t now_ms = loop_now_ms(op->loop);
    pass->record->has_passed |= !pass->has_failed && !pass->record->owes_writes;
    pass->record->is_gone = !plan->workspace;
    if (!pass->record->owes_writes && workspace_record_set_refused(pass->record, &pass->refused))
        workqueue_add(op->queue, pass->workspace, WORKQUEUE_URGENT, now_ms); /* to say so */
    if (pass->record->owes_writes && !pass->is_taken)
        workqueue_add(op->queue, pass->workspace, WORKQUEUE_PATIENT, now_ms); /* nobody will say anything */
    else if (pass->is_announced)
        workqueue_add_after(op->queue, pass->workspace, WORKQUEUE_PATIENT, SETTLE_MS, now_ms);
    if (pass->redial_ms > 0)
        workqueue_add_after(op->queue, pass->workspace, WORKQUEUE_PATIENT, pass->redial_ms, now_ms);
    if (plan->is_removed && !plan->removal.is_done)
        workqueue_add_after(op->queue, pass->workspace, WORKQUEUE_PATIENT, REMOVAL_LOOK_MS, now_ms);
    if (plan->wake_unix_ms > 0)
        workqueue_add_after(op->queue, pass->workspace, WORKQUEUE_PATIENT,
                            plan->wake_unix_ms - clock_unix_ms(), now_ms);
}

static void
release(struct pass *pass, enum workqueue_outcome outcome)
{
    struct cluster_operator *op = pass->op;
    workqueue_done(op->queue, pass->workspace, outcome, loop_now_ms(op->loop));
    if (pass->previous)
        pass->previous->next = pass->next;
    else
        op->passes = pass->next;
    if (pass->next)
        pass->next->previous = pass->previous;
    op->pass_count--;
    if (pass->built.organisation)
        organisation_unref(pass->built.organisation);
    arena_free(pass->arena);
    cluster_rest_soon(op);
}

static bool
is_shown(const struct cluster_operator *op, const struct awaited_write *awaited)
{
    const struct watched *watched = watches_at(op->watches, awaited->row);
    return !watched->watch || !kube_version_is_newer(awaited->version, kube_watch_version(watched->watch));
}
