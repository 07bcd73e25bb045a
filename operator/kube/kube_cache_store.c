/* Entries and groups of a table: one block an object, freed when it is replaced; both indexes are kept here
 * and nowhere else. */
#include <assert.h>

#include "lib/base/block.h"
#include "operator/kube/kube_cache_private.h"

enum { SMALLEST_GROUP = 4 };

static struct kube_group *group_for(struct kube_table *table, struct text namespace);
static void group_add(struct kube_table *table, struct kube_group *group, struct kube_entry *entry);
static void group_remove(struct kube_table *table, struct kube_group *group, uint32_t place);

uint64_t
kube_table_hash(const struct kube_table *table, struct text namespace, struct text name)
{
    struct siphash s;
    siphash_start(&s, table->cache->key);
    siphash_add(&s, namespace.bytes, namespace.length);
    siphash_add(&s, "/", 1);
    siphash_add(&s, name.bytes, name.length);
    return siphash_end(&s);
}

static bool
is_entry(const void *value, const void *wanted)
{
    const struct kube_entry *entry = value;
    const struct kube_object *object = wanted;
    return text_equals(entry->object.name, object->name) &&
           text_equals(entry->object.namespace, object->namespace);
}

struct kube_entry *
kube_table_entry(const struct kube_table *table, struct text namespace, struct text name)
{
    struct kube_object wanted = {.namespace = namespace, .name = name};
    return kube_slots_find(&table->objects, kube_table_hash(table, namespace, name), is_entry, &wanted);
}

static struct text
add_text(char **at, struct text text)
{
    struct text copy = {*at, text.length};
    if (text.length > 0)
        memcpy(*at, text.bytes, text.length);
    *at += text.length;
    return copy;
}

static struct kube_entry *
entry_new(struct kube_table *table, const struct kube_object *seen, struct kube_group *group)
{
    size_t bytes = seen->name.length + seen->uid.length + seen->resource_version.length + seen->json.length;
    struct kube_entry *entry = block_alloc(sizeof(*entry) + bytes);
    *entry = (struct kube_entry){.object = *seen, .group = group, .round = table->round};
    char *at = entry->bytes;
    entry->object.namespace = group->namespace;
    entry->object.name = add_text(&at, seen->name);
    entry->object.uid = add_text(&at, seen->uid);
    entry->object.resource_version = add_text(&at, seen->resource_version);
    entry->object.json = add_text(&at, seen->json);
    table->bytes += block_bytes(entry);
    table->most_bytes = table->bytes > table->most_bytes ? table->bytes : table->most_bytes;
    return entry;
}

static void
entry_free(struct kube_table *table, struct kube_entry *entry)
{
    table->bytes -= block_bytes(entry);
    block_free(entry);
}

struct kube_entry *
kube_table_insert(struct kube_table *table, const struct kube_object *seen)
{
    struct kube_group *group = group_for(table, seen->namespace);
    struct kube_entry *entry = entry_new(table, seen, group);
    group_add(table, group, entry);
    kube_slots_add(&table->objects, kube_table_hash(table, seen->namespace, seen->name), entry);
    return entry;
}

struct kube_entry *
kube_table_replace(struct kube_table *table, struct kube_entry *old, const struct kube_object *seen)
{
    struct kube_entry *entry = entry_new(table, seen, old->group);
    entry->place = old->place;
    entry->group->entries[entry->place] = entry;
    kube_slots_replace(&table->objects, kube_table_hash(table, seen->namespace, seen->name), old, entry);
    entry_free(table, old);
    return entry;
}

void
kube_table_drop(struct kube_table *table, struct kube_entry *entry)
{
    kube_slots_remove(&table->objects, kube_table_hash(table, entry->object.namespace, entry->object.name),
                      entry);
    group_remove(table, entry->group, entry->place);
    entry_free(table, entry);
}

void
kube_table_close(struct kube_table *table)
{
    for (size_t i = 0; i < table->objects.capacity; i++)
        block_free(table->objects.slots[i].value);
    for (size_t i = 0; i < table->groups.capacity; i++) {
        struct kube_group *group = table->groups.slots[i].value;
        if (group)
            block_free(group->entries);
        block_free(group);
    }
    kube_slots_close(&table->objects);
    kube_slots_close(&table->groups);
}

static bool
is_group(const void *value, const void *wanted)
{
    const struct kube_group *group = value;
    const struct text *namespace = wanted;
    return text_equals(group->namespace, *namespace);
}

static uint64_t
group_hash(const struct kube_table *table, struct text namespace)
{
    return siphash(table->cache->key, namespace.bytes, namespace.length);
}

const struct kube_group *
kube_table_group(const struct kube_table *table, struct text namespace)
{
    return kube_slots_find(&table->groups, group_hash(table, namespace), is_group, &namespace);
}

static struct kube_group *
group_for(struct kube_table *table, struct text namespace)
{
    uint64_t hash = group_hash(table, namespace);
    struct kube_group *group = kube_slots_find(&table->groups, hash, is_group, &namespace);
    if (group)
        return group;
    group = block_alloc(sizeof(*group) + namespace.length);
    *group = (struct kube_group){0};
    char *at = group->bytes;
    group->namespace = add_text(&at, namespace);
    table->bytes += block_bytes(group);
    kube_slots_add(&table->groups, hash, group);
    return group;
}

static void
group_resize(struct kube_table *table, struct kube_group *group, size_t capacity)
{
    struct kube_entry **entries = block_alloc(capacity * sizeof(struct kube_entry *));
    if (group->entries) {
        memcpy(entries, group->entries, group->count * sizeof(struct kube_entry *));
        table->bytes -= block_bytes(group->entries);
        block_free(group->entries);
    }
    group->entries = entries;
    group->capacity = capacity;
    table->bytes += block_bytes(entries);
}

static void
group_add(struct kube_table *table, struct kube_group *group, struct kube_entry *entry)
{
    assert(group->count < UINT32_MAX);
    if (group->count == group->capacity)
        group_resize(table, group, group->capacity > 0 ? group->capacity * 2 : SMALLEST_GROUP);
    entry->place = (uint32_t)group->count;
    group->entries[group->count++] = entry;
}

static void
group_remove(struct kube_table *table, struct kube_group *group, uint32_t place)
{
    struct kube_entry *last = group->entries[--group->count];
    group->entries[place] = last;
    last->place = place;
    if (group->count > 0) {
        if (group->capacity > SMALLEST_GROUP && group->count < group->capacity / 4)
            group_resize(table, group, group->capacity / 2);
        return;
    }
    kube_slots_remove(&table->groups, group_hash(table, group->namespace), group);
    table->bytes -= block_bytes(group->entries) + block_bytes(group);
    block_free(group->entries);
    block_free(group);
}
