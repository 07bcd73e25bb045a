/* Text to pointer: entries in insertion order, and a table of slots that finds them by hash.
 *
 * A removed entry leaves a hole that the next rebuild closes; a rebuild happens in place when holes are what
 * fills the map, so one that is set and removed for ever keeps its size (but for its keys' copies). */
#include "lib/base/map.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/id.h"
#include "lib/base/siphash.h"

enum { SMALLEST_SLOTS = 16 };

struct entry {
    struct text key;
    uint64_t hash;
    void *value;
    bool is_removed;
};

struct map {
    struct arena *arena;
    struct entry *entries; /* slot_count / 2 of them */
    uint32_t *slots;       /* an entry's index + 1; 0 is empty */
    size_t slot_count;     /* a power of two, 0 at first */
    size_t used;           /* entries, with the removed ones */
    size_t count;
};

static struct entry *find_entry(const struct map *map, struct text key, uint64_t hash);
static void make_room(struct map *map);
static void fill_slots(struct map *map);

struct map *
map_new(struct arena *arena)
{
    struct map *map = arena_alloc(arena, sizeof(*map));
    map->arena = arena;
    return map;
}

void *
map_set(struct map *map, struct text key, void *value)
{
    uint64_t hash = map_hash(key);
    struct entry *entry = find_entry(map, key, hash);
    if (entry) {
        void *replaced = entry->value;
        entry->value = value;
        return replaced;
    }
    if (map->used == map->slot_count / 2)
        make_room(map);

    map->entries[map->used] = (struct entry){.key = text_copy(map->arena, key), .hash = hash, .value = value};
    size_t slot = hash & (map->slot_count - 1);
    while (map->slots[slot] != 0)
        slot = (slot + 1) & (map->slot_count - 1);
    map->used++;
    map->slots[slot] = (uint32_t)map->used;
    map->count++;
    return NULL;
}

void *
map_find(const struct map *map, struct text key)
{
    if (map->count == 0)
        return NULL; /* not even hashed: many are asked before anything is in them */
    struct entry *entry = find_entry(map, key, map_hash(key));
    return entry ? entry->value : NULL;
}

bool
map_remove(struct map *map, struct text key)
{
    struct entry *entry = find_entry(map, key, map_hash(key));
    if (!entry)
        return false;
    entry->is_removed = true;
    map->count--;
    return true;
}

size_t
map_count(const struct map *map)
{
    return map->count;
}

bool
map_next(const struct map *map, size_t *at, struct text *out_key, void **out_value)
{
    while (*at < map->used && map->entries[*at].is_removed)
        (*at)++;
    if (*at >= map->used)
        return false;
    const struct entry *entry = &map->entries[(*at)++];
    *out_key = entry->key;
    *out_value = entry->value;
    return true;
}

uint64_t
map_hash(struct text key)
{
    static uint8_t secret[SIPHASH_KEY_BYTES];
    static bool has_secret;
    if (!has_secret) {
        id_random_bytes(secret, sizeof(secret));
        has_secret = true;
    }
    return siphash(secret, key.bytes, key.length);
}

static struct entry *
find_entry(const struct map *map, struct text key, uint64_t hash)
{
    if (map->count == 0)
        return NULL;
    size_t slot = hash & (map->slot_count - 1);
    while (map->slots[slot] != 0) {
        struct entry *entry = &map->entries[map->slots[slot] - 1];
        if (entry->hash == hash && !entry->is_removed && text_equals(entry->key, key))
            return entry;
        slot = (slot + 1) & (map->slot_count - 1);
    }
    return NULL;
}

static void
make_room(struct map *map)
{
    struct entry *old = map->entries;
    size_t old_used = map->used;
    if (map->count >= map->slot_count / 4) {
        map->slot_count = map->slot_count > 0 ? map->slot_count * 2 : SMALLEST_SLOTS;
        assert(map->slot_count <= UINT32_MAX);
        map->entries = arena_alloc_array(map->arena, map->slot_count / 2, sizeof(*map->entries));
        map->slots = arena_alloc_array(map->arena, map->slot_count, sizeof(*map->slots));
    }
    map->used = 0;
    for (size_t i = 0; i < old_used; i++)
        if (!old[i].is_removed)
            map->entries[map->used++] = old[i];
    fill_slots(map);
}

static void
fill_slots(struct map *map)
{
    memset(map->slots, 0, map->slot_count * sizeof(*map->slots));
    for (size_t i = 0; i < map->used; i++) {
        size_t slot = map->entries[i].hash & (map->slot_count - 1);
        while (map->slots[slot] != 0)
            slot = (slot + 1) & (map->slot_count - 1);
        map->slots[slot] = (uint32_t)(i + 1);
    }
}
