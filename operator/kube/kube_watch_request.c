/* The three questions of a watch as paths (reference "kubernetes.md" 1.4-1.6). */
#include "lib/base/arena.h"
#include "operator/kube/kube_cache_private.h"
#include "operator/kube/kube_watch_flow.h"

#define METADATA_LIST "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
#define METADATA_WATCH "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

static void
add_value(struct buffer *path, const char *name, struct text value)
{
    buffer_add_string(path, name);
    buffer_add_text(path, kube_escape(path->arena, value));
}

static void
add_page(struct buffer *path, const struct kube_watch_flow *flow)
{
    buffer_print(path, "?limit=%d", KUBE_PAGE_ITEMS);
    struct text version = kube_watch_flow_version(flow);
    if (flow->token.length > 0) {
        add_value(path, "&continue=", flow->token);
    } else if (version.length > 0) { /* never back in time */
        add_value(path, "&resourceVersion=", version);
        buffer_add_string(path, "&resourceVersionMatch=NotOlderThan");
    }
}

static void
add_stream(struct buffer *path, const struct kube_watch_flow *flow, int64_t timeout_ms)
{
    buffer_print(path, "?watch=1&allowWatchBookmarks=true&timeoutSeconds=%lld",
                 (long long)((timeout_ms + 999) / 1000));
    if (flow->state.ask == KUBE_ASK_WATCH_LIST)
        buffer_add_string(path, "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
    add_value(path, "&resourceVersion=", kube_watch_flow_version(flow)); /* empty: the newest there is */
}

struct kube_path_request
kube_watch_request(struct kube_watch_flow *flow, struct arena *arena, int64_t timeout_ms)
{
    const struct kube_watch_options *options = &flow->options;
    bool is_page = flow->state.ask == KUBE_ASK_LIST;
    struct buffer path;
    buffer_init(&path, arena, 256);
    buffer_add_text(&path,
                    kube_resource_path(arena, options->resource, options->namespace, (struct text){0}));
    if (is_page)
        add_page(&path, flow);
    else
        add_stream(&path, flow, timeout_ms);
    if (options->label_selector.length > 0)
        add_value(&path, "&labelSelector=", options->label_selector);

    struct text accept = TEXT("application/json");
    if (options->table->is_metadata_only)
        accept = is_page ? TEXT(METADATA_LIST) : TEXT(METADATA_WATCH);
    return (struct kube_path_request){.path = buffer_text(&path), .accept = accept, .method = TEXT("GET")};
}
