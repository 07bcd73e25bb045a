/* Discovery first, then a watch for each row that the cluster serves. A required resource is watched even
 * when discovery does not name it: its watch waits for it, and says so. */
#include "operator/runtime/watches.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/metrics.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_client.h"
#include "operator/objects/names.h"

enum { DISCOVER_AGAIN_MS = 5000, SETTLE_MS = 500 };

struct watches {
    struct watches_options options;
    struct arena *arena;
    struct kube_cache *cache;
    struct watched *items;
    size_t count;
    struct loop_timer *discover;
    struct arena *discovery; /* of the request under way */
    struct error trouble;    /* of discovery */
    struct metric_family *troubled;
    bool has_discovered, has_synced;
};

/* clang-format off */
static const char *const resource_labels[] = {"resource", NULL};
static const struct metric_description troubled_description = {
    .name = "watch_troubled", .help = "1 while a watch cannot be kept.", .kind = METRIC_GAUGE, .labels = resource_labels};
/* clang-format on */

static bool is_applied_by_us(size_t row);
static void discover(void *owner);
static void on_groups(void *owner, const struct kube_answer *answer);
static void take_groups(struct watches *watches, const struct kube_resource_list *served);
static void start_watch(struct watched *watched);
static void stop_watch(struct watched *watched);
static void on_change(void *owner, enum kube_change change, const struct kube_object *object);
static void on_synced(void *owner);
static void on_trouble(void *owner, const struct error *trouble);
static void note_synced(struct watches *watches);
static bool is_waiting(const struct watched *watched);

struct watches *
watches_start(struct arena *arena, const struct watches_options *options)
{
    struct watches *watches = arena_alloc(arena, sizeof(*watches));
    *watches = (struct watches){.options = *options, .arena = arena, .count = watched_kind_count()};
    watches->cache = kube_cache_new(arena);
    watches->items = arena_alloc_array(arena, watches->count, sizeof(*watches->items));
    if (options->metrics)
        watches->troubled = metrics_add(options->metrics, &troubled_description);
    for (size_t i = 0; i < watches->count; i++) {
        const struct watched_kind *kind = &watched_kinds[i];
        struct text title = text_format(arena, "%.*s/%.*s", TEXT_ARG(kind->resource.api_version),
                                        TEXT_ARG(kind->resource.plural));
        watches->items[i] = (struct watched){
            .kind = kind,
            .watches = watches,
            .table = kube_cache_add(watches->cache, title, &kind->filter),
            .probe = kube_cache_add(watches->cache, text_format(arena, "%.*s, answers", TEXT_ARG(title)),
                                    &kind->filter),
        };
        if (is_applied_by_us(i))
            kube_table_set_owner(watches->items[i].table, TEXT(FIELD_MANAGER));
    }
    watches->discover = loop_timer_new(options->loop, arena, discover, watches);
    loop_timer_start(watches->discover, 0);
    return watches;
}

/* Whole, not only its status; and seen whole, not only its metadata. */
static bool
is_applied_by_us(size_t row)
{
    const struct watched_kind *kind = &watched_kinds[row];
    bool is_ours_only = kind->role == WATCHED_OURS && row != WATCHED_MODEL_POLICIES;
    return !is_ours_only && row != WATCHED_PODS && !kind->filter.is_metadata_only;
}

void
watches_lead(struct watches *watches, bool is_led)
{
    kube_cache_lead(watches->cache, is_led);
}

void
watches_hurry(struct watches *watches)
{
    for (size_t i = 0; i < watches->count; i++)
        if (watches->items[i].watch)
            kube_watch_hurry(watches->items[i].watch);
}

bool
watches_are_synced(const struct watches *watches)
{
    return watches->has_synced;
}

struct text
watches_trouble(struct arena *arena, const struct watches *watches)
{
    struct buffer words;
    buffer_init(&words, arena, 256);
    if (watches->trouble.kind != ERROR_NONE)
        buffer_print(&words, "%s\n", watches->trouble.message);
    for (size_t i = 0; i < watches->count; i++) {
        const struct watched *watched = &watches->items[i];
        if (watched->trouble.kind != ERROR_NONE)
            buffer_print(&words, "%.*s: %s\n", TEXT_ARG(watched->kind->resource.plural),
                         watched->trouble.message);
        else if (watches->has_discovered && is_waiting(watched))
            buffer_print(&words, "%.*s: being listed\n", TEXT_ARG(watched->kind->resource.plural));
    }
    return buffer_text(&words);
}

void
watches_facts(const struct watches *watches, struct cluster_facts *facts)
{
    static const struct text groups[] = {
        TEXT("cert-manager.io/"),
        TEXT("kueue.x-k8s.io/"),
        TEXT("gateway.networking.k8s.io/"),
        TEXT("monitoring.coreos.com/"),
        TEXT("inference.networking.k8s.io/"),
        TEXT("jobset.x-k8s.io/"),
        TEXT("leaderworkerset.x-k8s.io/"),
    };
    bool *const members[] = {
        &facts->has_cert_manager,      &facts->has_kueue,          &facts->has_http_route,
        &facts->has_pod_monitor,       &facts->has_inference_pool, &facts->has_job_set,
        &facts->has_leader_worker_set,
    };
    for (size_t j = 0; j < COUNT_OF(groups); j++)
        *members[j] = false;
    for (size_t i = 0; i < watches->count; i++)
        for (size_t j = 0; j < COUNT_OF(groups); j++)
            if (watches->items[i].watch &&
                text_starts_with(watches->items[i].kind->resource.api_version, groups[j]))
                *members[j] = true;
}

const struct watched *
watches_at(const struct watches *watches, size_t row)
{
    return &watches->items[row];
}

const struct watched *
watches_find(const struct watches *watches, struct text api_version, struct text kind)
{
    for (size_t i = 0; i < watches->count; i++) {
        const struct watched *watched = &watches->items[i];
        if (watched->watch && text_equals(watched->kind->resource.kind, kind) &&
            text_equals(watched->kind->resource.api_version, api_version))
            return watched;
    }
    return NULL;
}

bool
watches_look(const struct watched *watched, struct text json, uint64_t *out_digest, struct text *out_version)
{
    enum kube_change change;
    const struct kube_object *object = NULL;
    size_t at = 0;
    while ((object = kube_table_next(watched->probe, (struct text){0}, &at))) {
        kube_table_remove(watched->probe, object->namespace, object->name);
        at = 0;
    }
    if (!kube_table_put(watched->probe, json, &change, &object) || !object)
        return false;
    *out_digest = watches_digest(watched, object);
    *out_version = object->resource_version;
    return true;
}

uint64_t
watches_digest(const struct watched *watched, const struct kube_object *object)
{
    if (!object)
        return 0;
    return watched->kind->filter.is_metadata_only ? map_hash(object->resource_version) : object->digest;
}

static void
discover(void *owner)
{
    struct watches *watches = owner;
    arena_free(watches->discovery);
    watches->discovery = arena_new(0);
    const struct kube_path_request request = {
        .path = TEXT("/apis"), .accept = TEXT(KUBE_DISCOVERY_ACCEPT), .method = TEXT("GET")};
    kube_request(watches->discovery, watches->options.client, &request, on_groups, watches);
}

static void
on_groups(void *owner, const struct kube_answer *answer)
{
    struct watches *watches = owner;
    struct arena *scratch = arena_new(0);
    struct kube_resource_list served = {0};
    struct error err = answer->error;
    if (err.kind != ERROR_NONE || !kube_discovery_parse(scratch, answer->body, &served, &err)) {
        if (watches->trouble.kind == ERROR_NONE)
            log_warn("discovery_failed", LOG_STRING("reason", err.message));
        error_context(&err, "asking the cluster what it serves");
        watches->trouble = err;
        loop_timer_start(watches->discover, DISCOVER_AGAIN_MS);
    } else {
        watches->trouble = (struct error){0};
        watches->has_discovered = true;
        take_groups(watches, &served);
    }
    arena_free(scratch);
}

static void
take_groups(struct watches *watches, const struct kube_resource_list *served)
{
    bool has_changed = false;
    for (size_t i = 0; i < watches->count; i++) {
        struct watched *watched = &watches->items[i];
        const struct kube_resource *resource = &watched->kind->resource;
        bool is_wanted = !watched->kind->is_optional ||
                         kube_resource_find(served, resource->api_version, resource->kind) != NULL;
        if (is_wanted == (watched->watch != NULL))
            continue;
        has_changed = true;
        if (is_wanted)
            start_watch(watched);
        else
            stop_watch(watched);
    }
    note_synced(watches);
    if (has_changed && watches->options.on_served)
        watches->options.on_served(watches->options.owner);
}

static void
start_watch(struct watched *watched)
{
    const struct watches_options *options = &watched->watches->options;
    const struct kube_watch_options watch = {
        .loop = options->loop,
        .client = options->client,
        .table = watched->table,
        .resource = &watched->kind->resource,
        .label_selector = watched->kind->is_selected ? TEXT(MANAGED_BY_SELECTOR) : (struct text){0},
        .metrics = options->metrics,
        .events = {.on_change = on_change,
                   .on_synced = on_synced,
                   .on_trouble = on_trouble,
                   .owner = watched},
    };
    watched->watch = kube_watch_start(watched->watches->arena, &watch);
}

static void
stop_watch(struct watched *watched)
{
    log_info("resource_gone", LOG_TEXT("resource", watched->kind->resource.plural));
    kube_watch_stop(watched->watch);
    watched->watch = NULL;
    watched->is_synced = false;
    watched->trouble = (struct error){0};
}

static void
on_change(void *owner, enum kube_change change, const struct kube_object *object)
{
    struct watched *watched = owner;
    struct watches *watches = watched->watches;
    if (watched->kind->role == WATCHED_CRD && watches->has_synced)
        loop_timer_start(watches->discover, SETTLE_MS);
    watches->options.on_change(watches->options.owner, watched, change, object);
}

static void
on_synced(void *owner)
{
    struct watched *watched = owner;
    watched->is_synced = true;
    note_synced(watched->watches);
}

static void
on_trouble(void *owner, const struct error *trouble)
{
    struct watched *watched = owner;
    struct watches *watches = watched->watches;
    struct text plural = watched->kind->resource.plural;
    bool is_over = trouble->kind == ERROR_NONE;
    if (is_over && watched->trouble.kind != ERROR_NONE)
        log_info("watch_well_again", LOG_TEXT("resource", plural));
    else if (!is_over && strcmp(trouble->message, watched->trouble.message) != 0)
        log_warn("watch_in_trouble", LOG_TEXT("resource", plural), LOG_STRING("reason", trouble->message));
    watched->trouble = *trouble;
    if (watches->troubled)
        metric_set(metric_with(watches->troubled, &plural), !is_over);
    note_synced(watches);
}

static void
note_synced(struct watches *watches)
{
    if (watches->has_synced || !watches->has_discovered)
        return;
    for (size_t i = 0; i < watches->count; i++)
        if (is_waiting(&watches->items[i]))
            return;
    watches->has_synced = true;
    watches->options.on_synced(watches->options.owner);
}

/* What is optional and cannot be listed holds nobody up. */
static bool
is_waiting(const struct watched *watched)
{
    bool is_given_up = watched->kind->is_optional && watched->trouble.kind != ERROR_NONE;
    return !watched->is_synced && !is_given_up && (watched->watch || !watched->kind->is_optional);
}
