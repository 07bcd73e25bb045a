/* One watch against a real API server, by hand: says when it is synced, what it takes, what it is told.
 *     watch_probe [--pages] API_VERSION PLURAL [--metadata | PATH...]      PATHs are what a filter keeps
 * $KUBECONFIG says where. SIGUSR1 prints the state; SIGTERM prints it and ends. */
#include <signal.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/metrics.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_auth.h"
#include "operator/kube/kube_cache_private.h"
#include "operator/kube/kube_client.h"
#include "operator/kube/kube_watch.h"

enum { MOST_PATHS = 20 };

struct probe {
    struct arena *arena;
    struct loop *loop;
    struct metrics *metrics;
    struct kube_table *table;
    struct kube_watch *watch;
    size_t changes[KUBE_GONE + 1];
    int64_t started_ms;
    bool lists_pages; /* as if the server had no WatchList */
};

static void
print_rss(struct probe *probe)
{
    struct text status;
    if (!file_read(probe->arena, "/proc/self/status", 1 << 16, &status, NULL))
        return;
    for (struct text rest = status; rest.bytes;) {
        struct text line = text_cut(&rest, '\n');
        if (text_starts_with(line, TEXT("VmRSS")) || text_starts_with(line, TEXT("VmHWM")))
            printf(" %.*s", TEXT_ARG(line));
    }
    printf("\n");
}

/* Equal for equal tables, in whatever order they were filled. */
static uint64_t
checksum(const struct kube_table *table)
{
    static const uint8_t key[SIPHASH_KEY_BYTES];
    uint64_t sum = 0;
    size_t at = 0;
    for (const struct kube_object *object; (object = kube_table_next(table, (struct text){0}, &at));) {
        struct siphash s;
        siphash_start(&s, key);
        siphash_add(&s, object->uid.bytes, object->uid.length);
        siphash_add(&s, object->resource_version.bytes, object->resource_version.length);
        siphash_add(&s, object->json.bytes, object->json.length);
        sum ^= siphash_end(&s);
    }
    return sum;
}

static void
print_state(struct probe *probe, const char *what)
{
    size_t count = kube_table_count(probe->table);
    size_t bytes = kube_table_bytes(probe->table);
    printf("%6lld ms %-8s %zu objects, sum %016llx, %zu bytes (%zu each), version %.*s, added %zu modified "
           "%zu gone %zu,",
           (long long)(clock_now_ms() - probe->started_ms), what, count,
           (unsigned long long)checksum(probe->table), bytes, count ? bytes / count : 0,
           TEXT_ARG(kube_watch_version(probe->watch)), probe->changes[KUBE_ADDED],
           probe->changes[KUBE_MODIFIED], probe->changes[KUBE_GONE]);
    print_rss(probe);
    fflush(stdout);
}

static void
on_change(void *owner, enum kube_change change, const struct kube_object *object)
{
    struct probe *probe = owner;
    (void)object;
    probe->changes[change]++;
}

static void
on_synced(void *owner)
{
    print_state(owner, "synced");
}

static void
on_trouble(void *owner, const struct error *trouble)
{
    print_state(owner, trouble->kind == ERROR_NONE ? "well" : "trouble");
    if (trouble->kind != ERROR_NONE)
        printf("          %s\n", trouble->message);
    fflush(stdout);
}

static void
on_signal(void *owner, int signal)
{
    struct probe *probe = owner;
    print_state(probe, "now");
    if (signal == SIGUSR1)
        return;
    struct buffer out;
    buffer_init(&out, probe->arena, 0);
    metrics_print(probe->metrics, &out);
    printf("%.*s", TEXT_ARG(buffer_text(&out)));
    loop_stop(probe->loop);
}

static void
start(struct probe *probe, char **arguments, struct kube_client *client)
{
    static const char *paths[MOST_PATHS + 1];
    size_t count = 0;
    bool is_metadata_only = arguments[2] && strcmp(arguments[2], "--metadata") == 0;
    for (char **path = arguments + 2; *path && !is_metadata_only && count < MOST_PATHS; path++)
        paths[count++] = *path;
    struct kube_filter filter = {.paths = count ? paths : NULL, .is_metadata_only = is_metadata_only};
    struct kube_cache *cache = kube_cache_new(probe->arena);
    cache->lacks_watch_list = probe->lists_pages;
    probe->table = kube_cache_add(cache, text_of(arguments[1]), &filter);

    struct kube_resource *resource = arena_alloc(probe->arena, sizeof(*resource));
    *resource = (struct kube_resource){
        .api_version = text_of(arguments[0]), .plural = text_of(arguments[1]), .is_namespaced = true};
    struct kube_watch_options options = {
        .loop = probe->loop,
        .client = client,
        .table = probe->table,
        .resource = resource,
        .metrics = probe->metrics,
        .events = {.on_change = on_change, .on_synced = on_synced, .on_trouble = on_trouble, .owner = probe}};
    probe->watch = kube_watch_start(probe->arena, &options);
}

int
main(int count, char **arguments)
{
    bool lists_pages = count > 1 && strcmp(arguments[1], "--pages") == 0;
    arguments += lists_pages;
    if (count - lists_pages < 3) {
        printf("usage: watch_probe [--pages] API_VERSION PLURAL [--metadata | PATH...]\n");
        return 2;
    }
    scoped_arena struct arena *arena = arena_new(0);
    struct probe probe = {.arena = arena,
                          .loop = loop_new(arena),
                          .metrics = metrics_new(arena),
                          .started_ms = clock_now_ms(),
                          .lists_pages = lists_pages};
    struct kube_auth_options auth_options = {.loop = probe.loop};
    struct kube_auth *auth;
    struct error err = {0};
    if (!kube_auth_open(arena, &auth_options, &auth, &err)) {
        printf("%s\n", err.message);
        return 1;
    }
    struct kube_client_options options = {.loop = probe.loop, .auth = auth, .user_agent = "weir-watch-probe"};
    struct kube_client *client = kube_client_new(arena, &options);
    start(&probe, arguments + 1, client);
    print_state(&probe, "start");
    static const int signals[] = {SIGUSR1, SIGTERM, SIGINT};
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        loop_on_signal(probe.loop, signals[i], on_signal, &probe);
    loop_run(probe.loop);
    return 0;
}
