/* The cache: which of two versions of an object is kept, and what counts as a change. Where objects lie is
 * kube_cache_store.c, what is read of them kube_scan.c. */
#include "operator/kube/kube_cache.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/block.h"
#include "lib/base/error.h"
#include "lib/base/id.h"
#include "operator/kube/kube_cache_private.h"
#include "operator/kube/kube_owned.h"
#include "operator/kube/kube_version.h"

enum { SCRATCH_BYTES = 32 * 1024, WORTH_TRIMMING_BYTES = 4 << 20 };

static bool is_same_content(const struct kube_table *table, const struct kube_object *held,
                            const struct kube_object *seen);
static uint64_t find_owned(const struct kube_table *table, const struct kube_object *seen, struct text json);
static bool is_outdated(const struct kube_object *seen, const struct kube_object *held);
static void give_back(struct kube_table *table);

static void
release_scratch(void *owner)
{
    arena_free(owner);
}

static void
release_table(void *owner)
{
    kube_table_close(owner);
}

struct kube_cache *
kube_cache_new(struct arena *arena)
{
    struct kube_cache *cache = arena_alloc(arena, sizeof(*cache));
    cache->arena = arena;
    cache->scratch = arena_new(SCRATCH_BYTES);
    arena_defer(arena, release_scratch, cache->scratch);
    id_random_bytes(cache->key, sizeof(cache->key));
    return cache;
}

struct kube_table *
kube_cache_add(struct kube_cache *cache, struct text title, const struct kube_filter *filter)
{
    struct kube_table *table = arena_alloc(cache->arena, sizeof(*table));
    table->cache = cache;
    table->title = text_copy(cache->arena, title);
    table->rules = kube_scan_rules_new(cache->arena, filter, cache->key);
    table->is_metadata_only = filter->is_metadata_only;
    arena_defer(cache->arena, release_table, table);
    return table;
}

void
kube_table_set_owner(struct kube_table *table, struct text manager)
{
    table->owner = text_copy(table->cache->arena, manager);
}

void
kube_cache_lead(struct kube_cache *cache, bool is_led)
{
    cache->is_led = is_led;
}

bool
kube_table_is_applied(const struct kube_table *table, const struct kube_object *object,
                      const struct document *wanted)
{
    return object->owned != 0 && object->owned == kube_owned_applied(wanted, table->cache->key);
}

const struct kube_object *
kube_table_find(const struct kube_table *table, struct text namespace, struct text name)
{
    const struct kube_entry *entry = kube_table_entry(table, namespace, name);
    return entry ? &entry->object : NULL;
}

size_t
kube_table_count(const struct kube_table *table)
{
    return table->objects.count;
}

const struct kube_object *
kube_table_next(const struct kube_table *table, struct text namespace, size_t *at)
{
    if (namespace.length > 0) {
        const struct kube_group *group = kube_table_group(table, namespace);
        return group && *at < group->count ? &group->entries[(*at)++]->object : NULL;
    }
    while (*at < table->objects.capacity) {
        const struct kube_entry *entry = table->objects.slots[(*at)++].value;
        if (entry)
            return &entry->object;
    }
    return NULL;
}

size_t
kube_table_bytes(const struct kube_table *table)
{
    return table->bytes + kube_slots_bytes(&table->objects) + kube_slots_bytes(&table->groups);
}

bool
kube_table_is_synced(const struct kube_table *table)
{
    return table->is_synced;
}

bool
kube_table_put(struct kube_table *table, struct text json, enum kube_change *out_change,
               const struct kube_object **out_object)
{
    struct kube_object seen = {0};
    if (!kube_table_read(table, json, &seen, NULL))
        return false;
    *out_change = kube_table_store(table, &seen, out_object);
    return true;
}

void
kube_table_remove(struct kube_table *table, struct text namespace, struct text name)
{
    struct kube_entry *entry = kube_table_entry(table, namespace, name);
    if (!entry)
        return;
    kube_table_drop(table, entry);
    give_back(table);
}

/* When a table has become half as large: what was freed stays the allocator's until then. */
static void
give_back(struct kube_table *table)
{
    if (table->most_bytes - table->bytes < WORTH_TRIMMING_BYTES || table->bytes > table->most_bytes / 2)
        return;
    block_trim();
    table->most_bytes = table->bytes;
}

bool
kube_table_read(struct kube_table *table, struct text json, struct kube_object *out_object, struct error *err)
{
    struct arena *scratch = table->cache->scratch;
    arena_reset(scratch);
    struct kube_object seen = {0};
    if (!kube_scan_object(scratch, table->rules, json, &seen, err))
        return error_context(err, "an object of %.*s", TEXT_ARG(table->title));
    if (seen.name.length == 0)
        return error_set(err, ERROR_INVALID, "an object of %.*s has no name", TEXT_ARG(table->title));
    if (table->owner.length > 0)
        seen.owned = find_owned(table, &seen, json);
    *out_object = seen;
    return true;
}

/* Of what has not changed it was found before: status comes often. */
static uint64_t
find_owned(const struct kube_table *table, const struct kube_object *seen, struct text json)
{
    const struct kube_object *held = kube_table_find(table, seen->namespace, seen->name);
    if (held && held->digest == seen->digest && text_equals(held->uid, seen->uid))
        return held->owned;
    if (held && table->cache->is_led)
        return 0;
    return kube_owned_seen(table->cache->scratch, json, table->owner, table->cache->key);
}

/* In place: of the same length. */
static void
set_version(struct kube_entry *entry, struct text version)
{
    char *held = entry->bytes + (entry->object.resource_version.bytes - entry->bytes);
    if (version.length > 0)
        memcpy(held, version.bytes, version.length);
}

enum kube_change
kube_table_store(struct kube_table *table, const struct kube_object *seen,
                 const struct kube_object **out_object)
{
    struct kube_entry *entry = kube_table_entry(table, seen->namespace, seen->name);
    if (!entry) {
        *out_object = &kube_table_insert(table, seen)->object;
        return KUBE_ADDED;
    }
    struct kube_object *held = &entry->object;
    *out_object = held;
    entry->round = table->round;
    if (is_outdated(seen, held))
        return KUBE_UNCHANGED;

    bool is_same_one = text_equals(held->uid, seen->uid);
    bool is_same = is_same_one && is_same_content(table, held, seen);
    if (is_same && held->resource_version.length == seen->resource_version.length) {
        set_version(entry, seen->resource_version);
        return KUBE_UNCHANGED;
    }
    *out_object = &kube_table_replace(table, entry, seen)->object;
    if (is_same)
        return KUBE_UNCHANGED;
    return is_same_one ? KUBE_MODIFIED : KUBE_ADDED;
}

/* Seen before, or older than what is held; without a version nothing can be said. */
static bool
is_outdated(const struct kube_object *seen, const struct kube_object *held)
{
    return seen->resource_version.length > 0 && held->resource_version.length > 0 &&
           !kube_version_is_newer(seen->resource_version, held->resource_version);
}

/* Nothing that a reader of the cache could see differs. Of metadata alone a new version is all there is. */
static bool
is_same_content(const struct kube_table *table, const struct kube_object *held,
                const struct kube_object *seen)
{
    if (table->is_metadata_only)
        return text_equals(held->resource_version, seen->resource_version);
    return held->digest == seen->digest && held->generation == seen->generation &&
           held->is_deleting == seen->is_deleting && text_equals(held->json, seen->json);
}

void
kube_table_sweep_begin(struct kube_table *table)
{
    table->round++;
    table->is_sweeping = true;
}

void
kube_table_sweep_cancel(struct kube_table *table)
{
    table->is_sweeping = false;
}

void
kube_table_sweep_end(struct kube_table *table, void (*on_gone)(void *owner, const struct kube_object *object),
                     void *owner)
{
    assert(table->is_sweeping);
    table->is_sweeping = false;
    table->is_synced = true;

    /* Dropping moves slots, so first all that go, then each. */
    size_t count = 0;
    struct kube_entry **gone = block_alloc(kube_table_count(table) * sizeof(struct kube_entry *));
    for (size_t i = 0; i < table->objects.capacity; i++) {
        struct kube_entry *entry = table->objects.slots[i].value;
        if (entry && entry->round != table->round)
            gone[count++] = entry;
    }
    for (size_t i = 0; i < count; i++) {
        if (on_gone)
            on_gone(owner, &gone[i]->object);
        kube_table_drop(table, gone[i]);
    }
    block_free(gone);
    give_back(table);
}

void
kube_table_forget_versions(struct kube_table *table)
{
    for (size_t i = 0; i < table->objects.capacity; i++) {
        struct kube_entry *entry = table->objects.slots[i].value;
        if (entry)
            entry->object.resource_version.length = 0;
    }
}
