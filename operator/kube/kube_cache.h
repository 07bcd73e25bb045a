/* What was seen of the cluster: for each watched resource its objects, by namespace and name, as compact JSON
 * of only the members that somebody reads. Filled by kube_watch alone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/text.h"

struct arena;
struct document;
struct kube_cache;
struct kube_table; /* the objects of one watched resource */

/* Lives until it changes or goes: nothing of it may be kept over a turn of the loop. */
struct kube_object {
    struct text namespace, name, uid, resource_version;
    int64_t generation;
    uint64_t digest;  /* of everything but status, resourceVersion, generation and managedFields */
    uint64_t owned;   /* of what the table's owner applied of it (kube_owned.h); 0: not known */
    bool is_deleting; /* metadata.deletionTimestamp is set */
    struct text
        json; /* compact: managedFields and last-applied-configuration never, then what the filter keeps */
};

/* Which members are kept, as paths from the top ("metadata.labels", "status.phase"); through a list into each
 * of its objects ("status.conditions.type"). Paths NULL: everything. metadata.name, namespace and uid are
 * always kept. */
struct kube_filter {
    const char *const *paths; /* NULL-terminated */
    bool is_metadata_only;    /* asks for PartialObjectMetadata; keeps no JSON at all */
};

struct kube_cache *kube_cache_new(struct arena *arena);
struct kube_table *
kube_cache_add(struct kube_cache *cache, struct text title, const struct kube_filter *filter);
/* The field manager whose part of each object is kept as kube_object.owned; before anything is put. */
void kube_table_set_owner(struct kube_table *table, struct text manager);
/* Whether owners apply from this process now: what they change is then not read for kube_object.owned again,
 * for they know it, and is 0. False until told. */
void kube_cache_lead(struct kube_cache *cache, bool is_led);
/* True when the owner has applied just this and it still is so: to apply it again would change nothing. */
bool kube_table_is_applied(const struct kube_table *table, const struct kube_object *object,
                           const struct document *wanted);
/* NULL when it is not there. */
const struct kube_object *
kube_table_find(const struct kube_table *table, struct text namespace, struct text name);
size_t kube_table_count(const struct kube_table *table);
/* Walks all objects, or those of one namespace (cheap: indexed), in no order: size_t at = 0; while ((o =
 * next(t, ns, &at))) */
const struct kube_object *kube_table_next(const struct kube_table *table, struct text namespace, size_t *at);
size_t kube_table_bytes(const struct kube_table *table);
bool kube_table_is_synced(const struct kube_table *table); /* the first list is whole */

/* For kube_watch.c and tests. Reads one object's JSON (from a list or an event) and stores it; returns what
 * changed: KUBE_UNCHANGED when it is not newer than what is held, or when only its version is; false when it
 * is no object or has no name. Another uid under the same name is KUBE_ADDED. */
enum kube_change { KUBE_UNCHANGED, KUBE_ADDED, KUBE_MODIFIED, KUBE_GONE };
bool kube_table_put(struct kube_table *table, struct text json, enum kube_change *out_change,
                    const struct kube_object **out_object);
void kube_table_remove(struct kube_table *table, struct text namespace, struct text name);
/* Relist as mark and sweep: what was not put between the two is gone; on_gone hears of each before it goes.
 */
void kube_table_sweep_begin(struct kube_table *table);
void kube_table_sweep_end(struct kube_table *table,
                          void (*on_gone)(void *owner, const struct kube_object *object), void *owner);
