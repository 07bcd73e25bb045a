/* A sample is what a process used between two looks; the first look at one is only remembered. */
#include "operator/local/process_samples.h"

#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/map.h"
#include "lib/net/loop.h"
#include "operator/control/sample_publisher.h"
#include "operator/local/gateway_processes.h"
#include "operator/local/local_ledger.h"
#include "operator/local/pid_stat.h"

enum { LOOK_MS = 10000, BOOT_ID_BYTES = 64 };

struct look {
    int64_t at_ms, cpu_ticks;
};

struct process_samples {
    struct process_samples_options options;
    struct sample_publisher *publisher;
    struct loop_timer *timer;
    struct text boot; /* which start of the machine: pids and ticks begin anew with each */
    /* What each process had used at the last look, by uid; made anew with every look, so that those which are
     * gone are forgotten. */
    struct arena *before_arena;
    struct map *before;
};

struct sampled_process {
    struct text workspace, environment, namespace, name;
    pid_t pid;
};

static void look(void *owner);
static void look_at(struct process_samples *samples, const struct sampled_process *process,
                    struct arena *arena, struct map *now);
static void
say(struct process_samples *samples, const struct runtime_sample *span, int64_t ticks, int64_t pages);
static void release(void *owner);

struct process_samples *
process_samples_start(struct arena *arena, const struct process_samples_options *options)
{
    struct process_samples *samples = arena_alloc(arena, sizeof(*samples));
    *samples = (struct process_samples){.options = *options};
    arena_defer(arena, release, samples);
    if (!file_read(arena, "/proc/sys/kernel/random/boot_id", BOOT_ID_BYTES, &samples->boot, NULL))
        samples->boot = TEXT("boot");
    samples->boot = text_trim(samples->boot);
    samples->before_arena = arena_new(0);
    samples->before = map_new(samples->before_arena);
    const struct sample_publisher_options publisher = {.loop = options->loop,
                                                       .unix_path = options->ledger_socket,
                                                       .on_refused = options->on_refused,
                                                       .owner = options->owner};
    samples->publisher = sample_publisher_start(arena, &publisher);
    samples->timer = loop_timer_new(options->loop, arena, look, samples);
    look(samples);
    return samples;
}

void
process_samples_close(struct process_samples *samples)
{
    loop_timer_stop(samples->timer);
    sample_publisher_close(samples->publisher);
}

static void
look(void *owner)
{
    struct process_samples *samples = owner;
    const struct process_samples_options *options = &samples->options;
    struct arena *arena = arena_new(0);
    struct map *now = map_new(arena);
    const struct sampled_process own = {.name = TEXT("weir-operator"), .pid = getpid()};
    const struct sampled_process ledger = {.name = TEXT("weir-api"),
                                           .pid = local_ledger_pid(options->ledger)};
    look_at(samples, &own, arena, now);
    look_at(samples, &ledger, arena, now);
    for (size_t i = 0; i < gateway_processes_count(options->gateways); i++) {
        const struct gateway_process *gateway = gateway_processes_at(options->gateways, i);
        const struct sampled_process process = {.workspace = gateway->workspace,
                                                .environment = gateway->environment,
                                                .namespace = gateway->namespace,
                                                .name = TEXT("weir-gateway"),
                                                .pid = gateway->pid};
        look_at(samples, &process, arena, now);
    }
    arena_free(samples->before_arena);
    samples->before_arena = arena;
    samples->before = now;
    sample_publisher_send(samples->publisher);
    loop_timer_start(samples->timer, LOOK_MS);
}

static void
look_at(struct process_samples *samples, const struct sampled_process *process, struct arena *arena,
        struct map *now)
{
    struct pid_stat stat;
    if (process->pid == 0 || !pid_stat_read(arena, process->pid, &stat))
        return;
    struct look *seen = arena_alloc(arena, sizeof(*seen));
    struct text uid = text_format(arena, "%.*s/%lld/%.*s", TEXT_ARG(samples->boot), (long long)process->pid,
                                  TEXT_ARG(stat.start));
    const struct look *before = map_find(samples->before, uid);
    *seen = (struct look){clock_unix_ms(), stat.cpu_ticks};
    map_set(now, uid, seen);
    if (!before || seen->at_ms <= before->at_ms)
        return;
    const struct runtime_sample span = {.workspace = process->workspace,
                                        .environment = process->environment,
                                        .namespace = process->namespace,
                                        .pod = process->name,
                                        .uid = uid,
                                        .told_by = RUNTIME_PROCESS,
                                        .from_ms = before->at_ms,
                                        .until_ms = seen->at_ms};
    say(samples, &span, stat.cpu_ticks - before->cpu_ticks, stat.resident_pages);
}

/* A core's millisecond is 1,000 millicores for one. */
static void
say(struct process_samples *samples, const struct runtime_sample *span, int64_t ticks, int64_t pages)
{
    int64_t tick_millicores_ms = 1000 * 1000 / sysconf(_SC_CLK_TCK);
    int64_t bytes = pages * sysconf(_SC_PAGESIZE);
    struct runtime_amount amounts[] = {
        {.resource = TEXT(RUNTIME_CPU), .used = runtime_cpu_amount(ticks * tick_millicores_ms, 1)},
        {.resource = TEXT(RUNTIME_MEMORY),
         .used = runtime_memory_amount(bytes, span->until_ms - span->from_ms)}};
    struct runtime_sample sample = *span;
    sample.amounts = (struct runtime_amount_list){amounts, COUNT_OF(amounts)};
    sample_publisher_add(samples->publisher, &sample);
}

static void
release(void *owner)
{
    arena_free(((struct process_samples *)owner)->before_arena);
}
