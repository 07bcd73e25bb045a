/* The life of one gateway process: starting, adopting, running, waiting, draining. */
#include "operator/local/gateway_entry.h"

#include <signal.h>
#include <sys/wait.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "operator/local/gateway_record.h"
#include "operator/local/gateway_spawn.h"
#include "operator/local/program_spawn.h"

enum {
    WATCH_MS = 50
}; /* how often a process that is not our child is looked at, while it is expected to end */

static void on_child(void *owner, pid_t pid, int wait_status);
static void wait_and_retry(struct gateway_entry *entry);
static void look_after_adopted(struct gateway_entry *entry);
static bool is_alive(const struct gateway_entry *entry);

void
gateway_entry_start(struct gateway_entry *entry)
{
    struct gateway_process *shown = &entry->shown;
    const struct gateway_options *options = &entry->processes->options;
    int port = 0;
    gateway_entry_set_note(entry, (struct text){0});
    if (!gateway_port_choose(entry, &port)) {
        wait_and_retry(entry);
        return;
    }
    struct gateway_launch launch = {.program = options->program,
                                    .workspace = shown->workspace,
                                    .environment = shown->environment,
                                    .namespace = shown->namespace,
                                    .port = port};
    struct error err = {0};
    if (!gateway_spawn(options->state, &launch, &shown->pid, &err)) {
        shown->pid = 0;
        gateway_entry_set_note(entry, text_of(err.message));
        wait_and_retry(entry);
        return;
    }
    shown->port = port;
    shown->is_adopted = false;
    shown->spawned_ms = loop_now_ms(options->loop);
    shown->started_in_ms = 0;
    entry->started = gateway_record_start_of(entry->arena, shown->pid);
    gateway_entry_record(entry);
    loop_on_child(options->loop, shown->pid, on_child, entry);
    gateway_entry_set_state(entry, GATEWAY_STARTING);
}

void
gateway_entry_ended(struct gateway_entry *entry, const char *how)
{
    struct gateway_process *shown = &entry->shown;
    const struct gateway_options *options = &entry->processes->options;
    gateway_record_remove(options->state, shown->namespace);
    bool was_drained = shown->state == GATEWAY_DRAINING;
    bool was_healthy = loop_now_ms(options->loop) - shown->spawned_ms > GATEWAY_HEALTHY_MS;
    shown->pid = 0;
    if (!entry->is_wanted) {
        gateway_entry_forget(entry);
        return;
    }
    if (was_drained) {
        gateway_entry_start(entry);
        return;
    }
    if (was_healthy)
        entry->backoff_ms = 0;
    struct arena *scratch = arena_new(0);
    char *log = program_spawn_log(options->state, scratch, shown->namespace);
    gateway_entry_set_note(entry, text_format(scratch, "%s; its log: %s", how, log));
    arena_free(scratch);
    shown->restarts++;
    wait_and_retry(entry);
}

void
gateway_entry_drain(struct gateway_entry *entry)
{
    struct gateway_process *shown = &entry->shown;
    entry->is_wanted = false;
    if (shown->state == GATEWAY_DRAINING)
        return;
    if (shown->pid == 0) {
        gateway_entry_forget(entry);
        return;
    }
    kill(shown->pid, SIGTERM);
    entry->give_up_ms = loop_now_ms(entry->processes->options.loop) + GATEWAY_DRAIN_MS;
    loop_timer_start(entry->timer, shown->is_adopted ? WATCH_MS : GATEWAY_DRAIN_MS);
    gateway_entry_set_state(entry, GATEWAY_DRAINING);
}

void
gateway_entry_await_hello(struct gateway_entry *entry)
{
    entry->give_up_ms = loop_now_ms(entry->processes->options.loop) + GATEWAY_ADOPT_MS;
    loop_timer_start(entry->timer, WATCH_MS);
    gateway_entry_set_state(entry, GATEWAY_ADOPTING);
}

void
gateway_entry_on_time(void *owner)
{
    struct gateway_entry *entry = owner;
    switch (entry->shown.state) {
    case GATEWAY_WAITING:
        gateway_entry_start(entry);
        break;
    case GATEWAY_ADOPTING:
        look_after_adopted(entry);
        break;
    case GATEWAY_DRAINING:
        if (entry->shown.is_adopted && !is_alive(entry)) {
            gateway_entry_ended(entry, "drained");
            break;
        }
        if (loop_now_ms(entry->processes->options.loop) >= entry->give_up_ms)
            kill(entry->shown.pid, SIGKILL);
        loop_timer_start(entry->timer, WATCH_MS);
        break;
    case GATEWAY_STARTING:
    case GATEWAY_RUNNING:
        break;
    }
}

void
gateway_entry_set_state(struct gateway_entry *entry, enum gateway_state state)
{
    const struct gateway_events *events = &entry->processes->options.events;
    entry->shown.state = state;
    if (events->on_change)
        events->on_change(events->owner, &entry->shown);
}

void
gateway_entry_set_note(struct gateway_entry *entry, struct text note)
{
    struct arena *arena = arena_new(0);
    entry->shown.note = text_copy(arena, note);
    arena_free(entry->note_arena);
    entry->note_arena = arena;
}

void
gateway_entry_record(struct gateway_entry *entry)
{
    const struct gateway_process *shown = &entry->shown;
    struct gateway_record record = {.workspace = shown->workspace,
                                    .environment = shown->environment,
                                    .namespace = shown->namespace,
                                    .pid = shown->pid,
                                    .started = entry->started,
                                    .port = shown->port};
    struct error err = {0};
    if (!gateway_record_store(entry->processes->options.state, &record, &err))
        log_warn("gateway_not_recorded", LOG_TEXT("namespace", shown->namespace),
                 LOG_STRING("reason", err.message));
}

void
gateway_entry_forget(struct gateway_entry *entry)
{
    struct gateway_processes *processes = entry->processes;
    for (struct gateway_entry **at = &processes->first; *at; at = &(*at)->next) {
        if (*at == entry) {
            *at = entry->next;
            break;
        }
    }
    const struct gateway_events *events = &processes->options.events;
    if (events->on_ended)
        events->on_ended(events->owner, entry->shown.namespace);
    arena_free(entry->note_arena);
    arena_free(entry->arena);
}

static void
on_child(void *owner, pid_t pid, int wait_status)
{
    struct gateway_entry *entry = owner;
    if (entry->shown.pid != pid)
        return;
    char how[64];
    if (WIFSIGNALED(wait_status))
        snprintf(how, sizeof(how), "ended by signal %d", WTERMSIG(wait_status));
    else
        snprintf(how, sizeof(how), "ended with status %d", WEXITSTATUS(wait_status));
    gateway_entry_ended(entry, how);
}

static void
wait_and_retry(struct gateway_entry *entry)
{
    int64_t next_ms = entry->backoff_ms == 0 ? GATEWAY_BACKOFF_FIRST_MS : entry->backoff_ms * 2;
    entry->backoff_ms = next_ms > GATEWAY_BACKOFF_MOST_MS ? GATEWAY_BACKOFF_MOST_MS : next_ms;
    loop_timer_start(entry->timer, entry->backoff_ms);
    gateway_entry_set_state(entry, GATEWAY_WAITING);
}

/* A gateway that neither redials nor ends is of no use to anybody: it gives up its port to a new one. */
static void
look_after_adopted(struct gateway_entry *entry)
{
    if (!is_alive(entry)) {
        gateway_entry_ended(entry, "ended");
        return;
    }
    if (loop_now_ms(entry->processes->options.loop) < entry->give_up_ms) {
        loop_timer_start(entry->timer, WATCH_MS);
        return;
    }
    bool is_wanted = entry->is_wanted;
    gateway_entry_drain(entry);
    entry->is_wanted = is_wanted;
}

static bool
is_alive(const struct gateway_entry *entry)
{
    return gateway_record_is_running(entry->shown.pid, entry->started);
}
