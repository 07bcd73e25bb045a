/* What the files of the cache and the watch share. */
#pragma once

#include "lib/base/compiler.h"
#include "lib/base/siphash.h"
#include "operator/kube/kube_cache.h"
#include "operator/kube/kube_cache_slots.h"
#include "operator/kube/kube_scan.h"

struct error;
struct metric_family;

/* An object in one block of its own, with all its texts but the namespace. */
struct kube_entry {
    struct kube_object object; /* first, so that a kube_object of ours is its entry */
    struct kube_group *group;
    uint32_t place; /* among the group's */
    uint32_t round; /* of the table, when it was last put */
    char bytes[];
};

/* The objects of one namespace (of none: cluster-wide). Goes with its last object. */
struct kube_group {
    struct kube_entry **entries;
    size_t count, capacity;
    struct text namespace;
    char bytes[];
};

struct kube_table {
    struct kube_cache *cache;
    struct text title, owner;
    struct kube_scan_rules *rules;
    struct kube_slots objects; /* struct kube_entry by namespace and name */
    struct kube_slots groups;  /* struct kube_group by namespace */
    size_t bytes;              /* of entries and groups */
    size_t most_bytes;         /* since free memory was last given back to the kernel */
    uint32_t round;            /* grows with each list */
    bool is_metadata_only, is_synced, is_sweeping;
};

struct kube_cache {
    struct arena *arena;
    struct arena *scratch; /* of one object that is being read */
    uint8_t key[SIPHASH_KEY_BYTES];
    bool is_led;           /* kube_cache_lead */
    bool lacks_watch_list; /* the API server said so; all watches of a client share the cache */
    struct metric_family *events_total, *restarts_total; /* NULL until a watch has a registry */
};

/* Where an object lies; hash is of namespace and name. */
uint64_t kube_table_hash(const struct kube_table *table, struct text namespace, struct text name);
struct kube_entry *kube_table_entry(const struct kube_table *table, struct text namespace, struct text name);

/* Texts of *out_object are valid until the next read of the cache. INVALID when it is no object or has no
 * name. */
MUST_CHECK bool kube_table_read(struct kube_table *table, struct text json, struct kube_object *out_object,
                                struct error *err);
/* Stores what was read, unless the one that is held is newer. */
enum kube_change kube_table_store(struct kube_table *table, const struct kube_object *seen,
                                  const struct kube_object **out_object);
/* Ends a sweep that was begun and could not be finished: nothing goes. */
void kube_table_sweep_cancel(struct kube_table *table);
/* The next version of each object is believed, also a lower one: the cluster was put back to an older state.
 */
void kube_table_forget_versions(struct kube_table *table);

/* For kube_cache.c: makes, replaces and frees entries and keeps both indexes. */
struct kube_entry *kube_table_insert(struct kube_table *table, const struct kube_object *seen);
struct kube_entry *
kube_table_replace(struct kube_table *table, struct kube_entry *old, const struct kube_object *seen);
void kube_table_drop(struct kube_table *table, struct kube_entry *entry);
const struct kube_group *kube_table_group(const struct kube_table *table, struct text namespace);
void kube_table_close(struct kube_table *table);
