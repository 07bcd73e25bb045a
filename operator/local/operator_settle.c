/* After a burst of events: which environments became ready, which are in trouble, and since when each
 * condition holds. */
#include <limits.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/net/loop.h"
#include "operator/local/local_callers.h"
#include "operator/local/object_records.h"
#include "operator/local/operator_parts.h"
#include "operator/local/transcript.h"

/* False while its gateway is still on the way. */
static bool
settle_environment(struct local_operator *op, struct arena *arena, const struct planned_environment *planned);
static void
tell_ready(struct local_operator *op, struct live_environment *live, const struct environment_state *state);
static bool all_are_ready(const struct local_operator *op);
static void tell_how_to_try(struct local_operator *op, struct arena *arena);
static struct text own_command(struct arena *arena);
static void note_conditions(struct local_operator *op, struct arena *arena);

void
operator_settle_soon(struct local_operator *op)
{
    if (!loop_timer_is_running(op->settle))
        loop_timer_start(op->settle, 0);
}

void
operator_settle(struct local_operator *op)
{
    const struct plan *plan = op->pass.plan;
    if (!plan || op->stop_signals > 0)
        return;
    struct arena *scratch = arena_new(0);
    for (size_t i = 0; i < plan->environment_count; i++)
        if (!settle_environment(op, scratch, &plan->environments[i]) && !op->has_told_all_ready)
            break; /* the first lines come in the order of the manifests */
    note_conditions(op, scratch);
    operator_narrow_book(op);
    if (!op->has_told_all_ready && all_are_ready(op) && operator_book_is_in_force(op)) {
        op->has_told_all_ready = true;
        tell_how_to_try(op, scratch);
    }
    arena_free(scratch);
}

/* False while its gateway is still on the way. */
static bool
settle_environment(struct local_operator *op, struct arena *arena, const struct planned_environment *planned)
{
    struct live_environment *live = operator_find_live(op, planned->namespace);
    if (!live || hold_is_set(&planned->hold))
        return true;
    struct environment_state state = operator_environment_state(op, arena, planned);
    if (state.ready && !live->is_acked) {
        live->is_acked = true;
        tell_ready(op, live, &state);
    } else if (!state.ready && live->is_acked && text_equals(state.reason, TEXT("Restarting"))) {
        live->is_acked = false;
        live->change = (struct text){0};
        transcript_trouble(op->transcript, "gateway_down", &state);
    } else if (text_equals(state.reason, TEXT("Nacked")) && !text_equals(live->held, state.message)) {
        live->held = text_copy(live->arena, state.message);
        transcript_trouble(op->transcript, "nacked", &state);
    }
    return !text_equals(state.reason, TEXT("Starting"));
}

static void
tell_ready(struct local_operator *op, struct live_environment *live, const struct environment_state *state)
{
    if (live->was_ready && live->change.length > 0) {
        transcript_changed(op->transcript, state, live->change, loop_now_ms(op->loop) - live->pushed_ms);
        return;
    }
    struct text key = live->was_ready ? (struct text){0} : local_callers_key(op->callers, live->namespace);
    if (state->message.length > 0)
        transcript_note(op->transcript, "note", state->message);
    transcript_gateway_ready(op->transcript, state, key);
    live->was_ready = true;
}

static bool
all_are_ready(const struct local_operator *op)
{
    for (size_t i = 0; i < op->pass.plan->environment_count; i++) {
        const struct live_environment *live =
            operator_find_live(op, op->pass.plan->environments[i].namespace);
        if (!live || !live->is_acked)
            return false;
    }
    return op->pass.plan->environment_count > 0;
}

static void
tell_how_to_try(struct local_operator *op, struct arena *arena)
{
    const struct plan *plan = op->pass.plan;
    const struct planned_environment *last = &plan->environments[plan->environment_count - 1];
    struct environment_state first = operator_environment_state(op, arena, &plan->environments[0]);
    struct transcript_try example = {
        .state = &first,
        .key = local_callers_key(op->callers, first.namespace_),
        .weir = own_command(arena),
        .explain =
            text_format(arena, "%.*s/%.*s", TEXT_ARG(first.workspace), TEXT_ARG(last->environment->name)),
        .edit = text_of(op->options->folder),
    };
    if (last->effective->policies.count > 0) {
        struct text file = document_place(last->effective->policies.items[0].policy->source).file;
        size_t length = example.edit.length;
        while (length > 1 && example.edit.bytes[length - 1] == '/')
            length--;
        example.edit = text_format(arena, "%.*s/%.*s", (int)length, example.edit.bytes, TEXT_ARG(file));
    }
    transcript_all_ready(op->transcript, &example);
}

/* The program `weir` beside this one, as it would be typed in this folder. */
static struct text
own_command(struct arena *arena)
{
    char program[PATH_MAX], folder[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program));
    while (length > 0 && program[length - 1] != '/')
        length--;
    if (length <= 0 || !getcwd(folder, sizeof(folder)))
        return TEXT("weir");
    struct text beside = {program, (size_t)length - 1};
    struct text path = text_of(getenv("PATH"));
    while (path.bytes)
        if (text_equals(text_cut(&path, ':'), beside))
            return TEXT("weir");
    struct text here = text_format(arena, "%s/", folder);
    if (text_starts_with(beside, here))
        return text_format(arena, "./%.*s/weir", TEXT_ARG(text_slice(beside, here.length, beside.length)));
    return text_format(arena, "%.*s/weir", TEXT_ARG(beside));
}

/* Keeps the times of transition right also when nobody asks for a status in between. */
static void
note_conditions(struct local_operator *op, struct arena *arena)
{
    struct status_view view = operator_status_view(op, arena);
    int64_t now_ms = clock_unix_ms();
    for (size_t i = 0; i < op->pass.view.objects.count; i++) {
        const struct object *object = &op->pass.view.objects.items[i];
        struct object_record *record = object_records_get(op->records, object);
        struct condition_list conditions = {0};
        if (object->kind->id == KIND_WORKSPACE)
            conditions = status_of_workspace(arena, &view, object->workspace, record->generation).conditions;
        else if (object->kind->id == KIND_MODEL_POLICY)
            conditions = status_of_policy(arena, &view, object->model_policy, record->generation).conditions;
        else if (object->kind->id == KIND_DEPLOYMENT)
            conditions = status_of_unsupported(arena, &view, object, record->generation);
        object_record_note_conditions(record, &conditions, now_ms);
    }
}
