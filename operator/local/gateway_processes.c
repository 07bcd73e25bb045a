/* All gateways of a laptop. Each one's life is gateway_entry.c's. */
#include "operator/local/gateway_processes.h"

#include <signal.h>

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "operator/local/gateway_entry.h"
#include "operator/local/gateway_record.h"

static struct gateway_entry *find(const struct gateway_processes *processes, struct text namespace);
static struct gateway_entry *
find_environment(const struct gateway_processes *processes, const struct control_hello *hello);
static struct gateway_entry *add(struct gateway_processes *processes, const struct gateway_process *shown);
static void adopt(struct gateway_processes *processes, const struct gateway_record *record);
static void gateway_processes_release(void *owner);

struct gateway_processes *
gateway_processes_new(struct arena *arena, const struct gateway_options *options)
{
    struct gateway_processes *processes = arena_alloc(arena, sizeof(*processes));
    *processes = (struct gateway_processes){.arena = arena, .options = *options};
    arena_defer(arena, gateway_processes_release, processes);
    processes->options.events = (struct gateway_events){0}; /* the owner does not have us yet */
    struct arena *scratch = arena_new(0);
    struct gateway_record_list records = gateway_record_load_all(scratch, options->state);
    for (size_t i = 0; i < records.count; i++)
        adopt(processes, &records.items[i]);
    arena_free(scratch);
    processes->options.events = options->events;
    return processes;
}

void
gateway_processes_want(struct gateway_processes *processes, const struct gateway_process *wanted,
                       int own_port)
{
    struct gateway_entry *entry = find(processes, wanted->namespace);
    if (entry) {
        entry->is_wanted = true;
        if (entry->own_port != own_port && own_port > 0 && own_port != entry->shown.port) {
            gateway_entry_drain(entry); /* it moves: a listening address cannot change in place */
            entry = find(processes, wanted->namespace);
            if (entry)
                entry->is_wanted = true;
        }
        if (entry)
            entry->own_port = own_port;
    }
    if (entry)
        return;
    entry = add(processes, wanted);
    entry->own_port = own_port;
    entry->is_wanted = true;
    gateway_entry_start(entry);
}

void
gateway_processes_drain(struct gateway_processes *processes, struct text namespace)
{
    struct gateway_entry *entry = find(processes, namespace);
    if (entry)
        gateway_entry_drain(entry);
}

void
gateway_processes_kill_all(struct gateway_processes *processes)
{
    for (struct gateway_entry *entry = processes->first; entry; entry = entry->next)
        if (entry->shown.pid > 0)
            kill(entry->shown.pid, SIGKILL);
}

size_t
gateway_processes_count(const struct gateway_processes *processes)
{
    size_t count = 0;
    for (const struct gateway_entry *entry = processes->first; entry; entry = entry->next)
        count++;
    return count;
}

const struct gateway_process *
gateway_processes_at(const struct gateway_processes *processes, size_t index)
{
    const struct gateway_entry *entry = processes->first;
    while (entry && index-- > 0)
        entry = entry->next;
    return entry ? &entry->shown : NULL;
}

const struct gateway_process *
gateway_processes_find(const struct gateway_processes *processes, struct text namespace)
{
    struct gateway_entry *entry = find(processes, namespace);
    return entry ? &entry->shown : NULL;
}

void
gateway_processes_note_hello(struct gateway_processes *processes, const struct control_hello *hello)
{
    struct gateway_entry *entry = find_environment(processes, hello);
    if (!entry || entry->shown.pid != hello->pid) {
        log_warn("gateway_not_known", LOG_TEXT("gateway", hello->gateway), LOG_INT("pid", hello->pid));
        return;
    }
    if (entry->shown.state == GATEWAY_DRAINING)
        return;
    loop_timer_stop(entry->timer);
    bool is_new_port = entry->shown.port != hello->port;
    entry->shown.port = (int)hello->port;
    entry->shown.admin_port = (int)hello->admin_port;
    if (is_new_port)
        gateway_entry_record(entry);
    gateway_entry_set_state(entry, GATEWAY_RUNNING);
}

void
gateway_processes_note_ack(struct gateway_processes *processes, const struct control_hello *hello)
{
    struct gateway_entry *entry = find_environment(processes, hello);
    if (!entry || entry->shown.pid != hello->pid || entry->shown.is_adopted || entry->shown.started_in_ms > 0)
        return;
    int64_t took_ms = loop_now_ms(processes->options.loop) - entry->shown.spawned_ms;
    entry->shown.started_in_ms = took_ms > 0 ? took_ms : 1;
}

/* Of a child we hear when it ends; of an adopted one the stream is all there is. */
void
gateway_processes_note_gone(struct gateway_processes *processes, const struct control_hello *hello)
{
    struct gateway_entry *entry = find_environment(processes, hello);
    if (entry && entry->shown.pid == hello->pid && entry->shown.state == GATEWAY_RUNNING &&
        entry->shown.is_adopted)
        gateway_entry_await_hello(entry);
}

static struct gateway_entry *
find(const struct gateway_processes *processes, struct text namespace)
{
    for (struct gateway_entry *entry = processes->first; entry; entry = entry->next)
        if (text_equals(entry->shown.namespace, namespace))
            return entry;
    return NULL;
}

static struct gateway_entry *
find_environment(const struct gateway_processes *processes, const struct control_hello *hello)
{
    for (struct gateway_entry *entry = processes->first; entry; entry = entry->next)
        if (text_equals(entry->shown.workspace, hello->workspace) &&
            text_equals(entry->shown.environment, hello->environment))
            return entry;
    return NULL;
}

static struct gateway_entry *
add(struct gateway_processes *processes, const struct gateway_process *shown)
{
    struct arena *arena = arena_new(0);
    struct gateway_entry *entry = arena_alloc(arena, sizeof(*entry));
    *entry = (struct gateway_entry){.processes = processes, .arena = arena};
    entry->shown.workspace = text_copy(arena, shown->workspace);
    entry->shown.environment = text_copy(arena, shown->environment);
    entry->shown.namespace = text_copy(arena, shown->namespace);
    entry->shown.state = GATEWAY_WAITING;
    entry->timer = loop_timer_new(processes->options.loop, arena, gateway_entry_on_time, entry);
    struct gateway_entry **last = &processes->first;
    while (*last)
        last = &(*last)->next;
    *last = entry;
    return entry;
}

static void
adopt(struct gateway_processes *processes, const struct gateway_record *record)
{
    struct gateway_process shown = {
        .workspace = record->workspace, .environment = record->environment, .namespace = record->namespace};
    struct gateway_entry *entry = add(processes, &shown);
    entry->shown.pid = (pid_t)record->pid;
    entry->shown.port = (int)record->port;
    entry->shown.is_adopted = true;
    entry->shown.spawned_ms = loop_now_ms(processes->options.loop);
    entry->started = text_copy(entry->arena, record->started);
    entry->is_wanted = true; /* until a plan says otherwise */
    gateway_entry_await_hello(entry);
}

/* The processes themselves live on: an operator's end is no reason for theirs. */
static void
gateway_processes_release(void *owner)
{
    struct gateway_processes *processes = owner;
    processes->options.events = (struct gateway_events){0};
    while (processes->first)
        gateway_entry_forget(processes->first);
}
