/* How environments and gateways are right now, put together from plan, processes and control stream. */
#include "lib/base/arena.h"
#include "operator/local/operator_parts.h"

static struct gateway_report
report_of(struct local_operator *op, struct arena *arena, const struct planned_environment *planned);
static struct refused_edit_list refused_edits(const struct local_operator *op, struct arena *arena);
static void add_refused(struct arena *arena, struct refused_edit_list *list, size_t *capacity,
                        const struct manifest *manifest, struct text problem);
static struct text url_of(struct arena *arena, int port);
static void
say_state(struct arena *arena, const struct planned_environment *planned, const struct gateway_report *report,
          const struct gateway_process *process, struct environment_state *state);

struct status_view
operator_status_view(struct local_operator *op, struct arena *arena)
{
    const struct plan *plan = op->pass.plan;
    struct status_view view = {.plan = plan};
    view.gateways.items = arena_alloc_array(arena, plan->environment_count, sizeof(*view.gateways.items));
    for (size_t i = 0; i < plan->environment_count; i++)
        view.gateways.items[view.gateways.count++] = report_of(op, arena, &plan->environments[i]);
    view.refused = refused_edits(op, arena);
    return view;
}

struct environment_state
operator_environment_state(struct local_operator *op, struct arena *arena,
                           const struct planned_environment *planned)
{
    struct gateway_report report = report_of(op, arena, planned);
    struct environment_state state = {
        .workspace = planned->workspace->metadata.name,
        .environment = planned->environment->name,
        .namespace_ = planned->namespace,
        .tier = planned->environment->tier,
        .url = report.url,
        .revision = report.revision,
        .gateways = report.gateways,
        .gateways_acked = report.acked,
        .models = planned->config->models,
    };
    const struct gateway_process *process = gateway_processes_find(op->processes, planned->namespace);
    if (process) {
        state.admin_url = url_of(arena, process->admin_port);
        state.pid = process->pid;
        state.started_in_ms = process->started_in_ms;
        state.restarts = process->restarts;
    }
    say_state(arena, planned, &report, process, &state);
    return state;
}

/* On a laptop an environment has one gateway; while another one of it dials too, both count. */
static struct gateway_report
report_of(struct local_operator *op, struct arena *arena, const struct planned_environment *planned)
{
    struct gateway_report report = {.namespace = planned->namespace};
    const struct live_environment *live = operator_find_live(op, planned->namespace);
    if (live)
        report.revision = text_copy(arena, live->revision);
    struct control_count count =
        control_server_count(op->control, planned->workspace->metadata.name, planned->environment->name);
    report.acked = count.acked;
    report.nack_reason = text_copy(arena, count.nack_reason);
    const struct gateway_process *process = gateway_processes_find(op->processes, planned->namespace);
    if (!process)
        return report;
    report.gateways = count.connected > 1 ? count.connected : 1;
    if (process->state == GATEWAY_RUNNING)
        report.url = url_of(arena, process->port);
    if (process->state == GATEWAY_WAITING)
        report.trouble = text_format(arena, "its gateway does not run: %.*s; it is started again",
                                     TEXT_ARG(process->note));
    return report;
}

static struct refused_edit_list
refused_edits(const struct local_operator *op, struct arena *arena)
{
    struct refused_edit_list list = {0};
    size_t capacity = 0;
    struct store_files files = store_files(op->store);
    for (size_t i = 0; i < files.count; i++) {
        if (!files.items[i].refused)
            continue;
        struct text problem = manifest_summary(arena, files.items[i].refused);
        add_refused(arena, &list, &capacity, files.items[i].refused, problem);
        if (files.items[i].good)
            add_refused(arena, &list, &capacity, files.items[i].good, problem);
    }
    return list;
}

static void
add_refused(struct arena *arena, struct refused_edit_list *list, size_t *capacity,
            const struct manifest *manifest, struct text problem)
{
    for (size_t i = 0; i < manifest->objects.count; i++) {
        const struct object *object = &manifest->objects.items[i];
        if (!object->kind || !object->metadata)
            continue;
        list->items = arena_grow(arena, list->items, list->count, capacity, sizeof(*list->items));
        list->items[list->count++] = (struct refused_edit){.kind = object->kind,
                                                           .namespace = object->metadata->namespace,
                                                           .name = object->metadata->name,
                                                           .problem = problem};
    }
}

static struct text
url_of(struct arena *arena, int port)
{
    return port > 0 ? text_format(arena, "http://127.0.0.1:%d", port) : (struct text){0};
}

static void
say_state(struct arena *arena, const struct planned_environment *planned, const struct gateway_report *report,
          const struct gateway_process *process, struct environment_state *state)
{
    if (hold_is_set(&planned->hold)) {
        state->reason = TEXT("Held");
        state->message = planned->hold.message;
    } else if (report->nack_reason.length > 0) {
        state->reason = TEXT("Nacked");
        state->message =
            text_format(arena, "the gateway refused revision %.*s and keeps its last good one: %.*s",
                        TEXT_ARG(report->revision), TEXT_ARG(report->nack_reason));
    } else if (report->trouble.length > 0) {
        state->reason = TEXT("Restarting");
        state->message = report->trouble;
    } else if (report->gateways > 0 && report->acked >= report->gateways) {
        state->ready = true;
        state->reason = TEXT("Ready");
        state->message = process ? text_copy(arena, process->note) : (struct text){0};
    } else {
        state->reason = TEXT("Starting");
    }
}
