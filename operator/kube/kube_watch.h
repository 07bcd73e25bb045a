/* Keeps a table of the cache equal to what the cluster has of one resource: WatchList where the server can,
 * else list and watch; bookmarks, 410, half-open streams, back-off (reference/kubernetes.md 1.4-1.6). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "operator/kube/kube_cache.h"
#include "operator/kube/kube_resource.h"

struct kube_client;
struct kube_watch;
struct loop;
struct metrics;

struct kube_watch_events {
    /* After the table has it; for KUBE_GONE before it leaves the table. Also for each object of the first
     * list. */
    void (*on_change)(void *owner, enum kube_change change, const struct kube_object *object);
    void (*on_synced)(void *owner); /* the first list is whole; once */
    /* Trouble that lasts: forbidden, not served, unreachable; kind ERROR_NONE when it is over. */
    void (*on_trouble)(void *owner, const struct error *trouble);
    void *owner;
};

struct kube_watch_options {
    struct loop *loop;
    struct kube_client *client;
    struct kube_table *table;
    const struct kube_resource *resource; /* outlives the watch */
    struct text namespace;                /* empty: all */
    struct text label_selector;           /* empty: none */
    struct metrics *metrics;              /* NULL: none */
    struct kube_watch_events events;
};

struct kube_watch *kube_watch_start(struct arena *arena, const struct kube_watch_options *options);
void kube_watch_stop(struct kube_watch *watch);
/* The API server has just answered somebody else again: a watch that waits because it was away asks within a
 * second, instead of waiting for up to KUBE_BACKOFF_MOST_MS. If that fails too it waits as long as it would
 * have. */
void kube_watch_hurry(struct kube_watch *watch);
/* The newest version that was seen: objects up to it are in the table. */
struct text kube_watch_version(const struct kube_watch *watch);
