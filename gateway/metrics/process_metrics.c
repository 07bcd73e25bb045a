/* See the header. Linux's /proc; sizes and times as proc(5) has them. */
#include "gateway/metrics/process_metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "lib/base/arena.h"
#include "lib/base/metrics.h"
#include "lib/base/parse.h"

struct process_metrics {
    struct metric *cpu_seconds, *resident_bytes, *virtual_bytes, *open_fds, *max_fds;
    int64_t counted_cpu_seconds;
};

/* clang-format off */
static const struct metric_description cpu_description = {
    .name = "process_cpu_seconds_total", .help = "User and system CPU time, whole seconds.", .kind = METRIC_COUNTER};
static const struct metric_description resident_description = {
    .name = "process_resident_memory_bytes", .help = "Resident memory.", .kind = METRIC_GAUGE};
static const struct metric_description virtual_description = {
    .name = "process_virtual_memory_bytes", .help = "Virtual memory.", .kind = METRIC_GAUGE};
static const struct metric_description open_fds_description = {
    .name = "process_open_fds", .help = "Open file descriptors.", .kind = METRIC_GAUGE};
static const struct metric_description max_fds_description = {
    .name = "process_max_fds", .help = "Most file descriptors it may have.", .kind = METRIC_GAUGE};
static const struct metric_description start_description = {
    .name = "process_start_time_seconds", .help = "When it started, Unix seconds.", .kind = METRIC_GAUGE};
/* clang-format on */

static int64_t cpu_seconds(void);
static int64_t count_open_fds(void);
static void read_memory(struct process_metrics *process);

struct process_metrics *
process_metrics_new(struct arena *arena, struct metrics *metrics, int64_t start_unix_ms)
{
    struct process_metrics *process = arena_alloc(arena, sizeof(*process));
    process->cpu_seconds = metric_with(metrics_add(metrics, &cpu_description), NULL);
    process->resident_bytes = metric_with(metrics_add(metrics, &resident_description), NULL);
    process->virtual_bytes = metric_with(metrics_add(metrics, &virtual_description), NULL);
    process->open_fds = metric_with(metrics_add(metrics, &open_fds_description), NULL);
    process->max_fds = metric_with(metrics_add(metrics, &max_fds_description), NULL);
    metric_set(metric_with(metrics_add(metrics, &start_description), NULL), start_unix_ms / 1000);
    process_metrics_update(process);
    return process;
}

void
process_metrics_update(struct process_metrics *process)
{
    int64_t seconds = cpu_seconds();
    if (seconds > process->counted_cpu_seconds) {
        metric_increase(process->cpu_seconds, seconds - process->counted_cpu_seconds);
        process->counted_cpu_seconds = seconds;
    }

    read_memory(process);
    int64_t open_fds = count_open_fds();
    if (open_fds >= 0)
        metric_set(process->open_fds, open_fds);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        metric_set(process->max_fds, (int64_t)limit.rlim_cur);
}

static int64_t
cpu_seconds(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    int64_t us = (int64_t)usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + us / 1000000;
}

/* Without ".", ".." and the descriptor of the folder itself. */
static int64_t
count_open_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return -1;
    int64_t count = -3;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

/* "size resident shared ..." in pages */
static void
read_memory(struct process_metrics *process)
{
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    char bytes[256];
    ssize_t length = read(fd, bytes, sizeof(bytes));
    close(fd);
    if (length <= 0)
        return;

    struct text rest = {bytes, (size_t)length};
    int64_t page_bytes = sysconf(_SC_PAGESIZE), pages;
    if (parse_int64(text_cut(&rest, ' '), &pages))
        metric_set(process->virtual_bytes, pages * page_bytes);
    if (parse_int64(text_cut(&rest, ' '), &pages))
        metric_set(process->resident_bytes, pages * page_bytes);
}
