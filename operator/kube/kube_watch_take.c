/* What one event, one item, one end of a list does to the table. */
#include "lib/base/arena.h"
#include "operator/kube/kube_cache_private.h"
#include "operator/kube/kube_scan_event.h"
#include "operator/kube/kube_version.h"
#include "operator/kube/kube_watch_flow.h"
#include "operator/kube/kube_watch_metrics.h"

static bool take_object(struct kube_watch_flow *flow, struct text json, bool is_deleted);
static bool take_bookmark(struct kube_watch_flow *flow, struct text json);
static bool take_error(struct kube_watch_flow *flow, struct text json);

bool
kube_watch_take_line(struct kube_watch_flow *flow, struct text line)
{
    enum kube_line_type type;
    struct text object;
    if (!kube_scan_event(line, &type, &object, &flow->why))
        return kube_watch_flow_fail(flow, KUBE_END_GARBLED);
    kube_watch_count_event(flow->options.table, type);
    switch (type) {
    case KUBE_LINE_ADDED:
    case KUBE_LINE_MODIFIED:
    case KUBE_LINE_DELETED:
        return take_object(flow, object, type == KUBE_LINE_DELETED);
    case KUBE_LINE_BOOKMARK:
        return take_bookmark(flow, object);
    case KUBE_LINE_ERROR:
        return take_error(flow, object);
    case KUBE_LINE_OTHER:
        return true;
    }
    return true;
}

static void
tell(struct kube_watch_flow *flow, enum kube_change change, const struct kube_object *object)
{
    const struct kube_watch_events *events = &flow->options.events;
    if (change != KUBE_UNCHANGED && events->on_change)
        events->on_change(events->owner, change, object);
}

static void
store(struct kube_watch_flow *flow, const struct kube_object *seen)
{
    const struct kube_object *object;
    enum kube_change change = kube_table_store(flow->options.table, seen, &object);
    tell(flow, change, object);
}

/* Unless the one that is held is newer: the event is of an object that was there before it. */
static void
take_away(struct kube_watch_flow *flow, const struct kube_object *seen)
{
    struct kube_table *table = flow->options.table;
    const struct kube_object *held = kube_table_find(table, seen->namespace, seen->name);
    if (!held || kube_version_is_newer(held->resource_version, seen->resource_version))
        return;
    tell(flow, KUBE_GONE, held);
    kube_table_remove(table, held->namespace, held->name); /* seen may be gone by now */
}

/* A watch sends versions in ascending order, so what is not newer has been seen before: it must neither bring
 * back what is gone nor count twice. A WatchList's first objects have no order. */
static bool
take_object(struct kube_watch_flow *flow, struct text json, bool is_deleted)
{
    struct kube_object seen;
    if (!kube_table_read(flow->options.table, json, &seen, &flow->why))
        return kube_watch_flow_fail(flow, KUBE_END_GARBLED);
    flow->end.had_events = true;
    bool is_watch = flow->state.ask == KUBE_ASK_WATCH;
    struct text version = seen.resource_version;
    if (is_watch && version.length > 0 && !kube_version_is_newer(version, kube_watch_flow_version(flow)))
        return true;

    /* Before the callbacks, which may make the cache's scratch be used anew. */
    if (is_watch && version.length > 0 && !kube_watch_flow_set_version(flow, version))
        return kube_watch_flow_fail(flow, KUBE_END_GARBLED);
    if (is_deleted)
        take_away(flow, &seen);
    else
        store(flow, &seen);
    return !flow->is_stopped;
}

bool
kube_watch_take_item(struct kube_watch_flow *flow, struct text json)
{
    struct kube_object seen;
    if (!kube_table_read(flow->options.table, json, &seen, &flow->why))
        return kube_watch_flow_fail(flow, KUBE_END_GARBLED);
    flow->end.had_events = true;
    store(flow, &seen);
    return !flow->is_stopped;
}

static bool
take_bookmark(struct kube_watch_flow *flow, struct text json)
{
    struct kube_bookmark bookmark;
    struct arena *scratch = flow->options.table->cache->scratch;
    arena_reset(scratch);
    if (!kube_scan_bookmark(scratch, json, &bookmark, &flow->why))
        return kube_watch_flow_fail(flow, KUBE_END_GARBLED);
    flow->end.had_events = true;
    if (flow->state.ask == KUBE_ASK_WATCH_LIST)
        return !bookmark.is_initial_end || kube_watch_take_list_end(flow, bookmark.version);
    if (!kube_version_is_newer(bookmark.version, kube_watch_flow_version(flow)))
        return true;
    return kube_watch_flow_set_version(flow, bookmark.version) ||
           kube_watch_flow_fail(flow, KUBE_END_GARBLED);
}

static bool
take_error(struct kube_watch_flow *flow, struct text json)
{
    struct kube_status status;
    struct arena *scratch = flow->options.table->cache->scratch;
    arena_reset(scratch);
    kube_scan_status(scratch, json, &status);
    flow->end.code = status.code;
    flow->end.retry_after_ms = status.retry_after_ms;
    error_set(&flow->why, ERROR_UNAVAILABLE, "%lld %.*s: %.*s", (long long)status.code,
              TEXT_ARG(status.reason), TEXT_ARG(status.message));
    return kube_watch_flow_fail(flow, status.is_too_new ? KUBE_END_BEHIND : KUBE_END_ANSWERED);
}

static void
tell_gone(void *owner, const struct kube_object *object)
{
    struct kube_watch_flow *flow = owner;
    if (!flow->is_stopped)
        tell(flow, KUBE_GONE, object);
}

bool
kube_watch_take_list_end(struct kube_watch_flow *flow, struct text version)
{
    struct kube_table *table = flow->options.table;
    struct text held = kube_watch_flow_version(flow);
    if (kube_version_is_newer(held, version)) {
        error_set(&flow->why, ERROR_UNAVAILABLE, "the list is of version %.*s, older than %.*s",
                  TEXT_ARG(version), TEXT_ARG(held));
        return kube_watch_flow_fail(flow, KUBE_END_BEHIND);
    }
    if (!kube_watch_flow_set_version(flow, version))
        return kube_watch_flow_fail(flow, KUBE_END_GARBLED);
    if (flow->state.ask == KUBE_ASK_WATCH_LIST)
        flow->state.ask = KUBE_ASK_WATCH;
    bool is_first = !kube_table_is_synced(table);
    kube_table_sweep_end(table, tell_gone, flow);
    if (is_first && !flow->is_stopped && flow->options.events.on_synced)
        flow->options.events.on_synced(flow->options.events.owner);
    return !flow->is_stopped;
}
