/* Building a document, by readers of text and by encoders. */
#include "lib/document/document_build.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"
#include "lib/document/document_node.h"
#include "lib/document/json_lex.h"

#define MAP_INDEX_FROM 16 /* keys; below that a search is faster than a hash */
#define FIRST_KEYS 4      /* room for them at once: most maps have no more */
#define LONGEST_INT 20    /* "-9223372036854775808" */

static struct document *
new_node(struct arena *arena, enum document_kind kind)
{
    struct document *document = arena_alloc_raw(arena, sizeof(*document));
    *document = (struct document){.kind = kind, .arena = arena};
    return document;
}

struct document *
document_new_null(struct arena *arena)
{
    return new_node(arena, DOCUMENT_NULL);
}

struct document *
document_new_bool(struct arena *arena, bool value)
{
    struct document *document = new_node(arena, DOCUMENT_BOOL);
    document->boolean = value;
    return document;
}

struct document *
document_new_int(struct arena *arena, int64_t value)
{
    struct document *document = new_node(arena, DOCUMENT_NUMBER);
    struct buffer digits;
    buffer_init(&digits, arena, LONGEST_INT);
    buffer_add_int(&digits, value);
    document->text = buffer_text(&digits);
    return document;
}

struct document *
document_new_number(struct arena *arena, struct text written)
{
    assert(json_lex_is_number(written));
    struct document *document = new_node(arena, DOCUMENT_NUMBER);
    document->text = written;
    return document;
}

struct document *
document_new_text(struct arena *arena, struct text value)
{
    struct document *document = new_node(arena, DOCUMENT_TEXT);
    document->text = value;
    return document;
}

struct document *
document_new_list(struct arena *arena)
{
    return new_node(arena, DOCUMENT_LIST);
}

struct document *
document_new_map(struct arena *arena)
{
    return new_node(arena, DOCUMENT_MAP);
}

struct arena *
document_arena(const struct document *document)
{
    return document->arena;
}

void
document_append(struct document *list, const struct document *item)
{
    assert(list->kind == DOCUMENT_LIST && item);
    if (list->list.count == list->list.capacity)
        list->list.items =
            arena_grow(list->arena, list->list.items, list->list.count, &list->list.capacity, sizeof(void *));
    list->list.items[list->list.count++] = item;
}

static void
index_entry(struct document *map, size_t position)
{
    map_set(map->map.index, map->map.entries[position].key, (void *)(uintptr_t)(position + 1));
}

/* Starts the index when the map has become big, or adds the newest entry to it. */
static void
index_newest(struct document *map)
{
    if (map->map.index) {
        index_entry(map, map->map.count - 1);
    } else if (map->map.count > MAP_INDEX_FROM) {
        map->map.index = map_new(map->arena);
        for (size_t i = 0; i < map->map.count; i++)
            index_entry(map, i);
    }
}

void
document_set(struct document *map, struct text key, const struct document *value)
{
    struct document_entry *entry = document_find_entry(map, key);
    if (entry) {
        entry->value = value;
        return;
    }

    document_add(map, &(struct document_key){.key = key}, value);
}

void
document_add(struct document *map, const struct document_key *key, const struct document *value)
{
    assert(map->kind == DOCUMENT_MAP && value);
    if (map->map.capacity == 0) {
        map->map.entries = arena_alloc_array(map->arena, FIRST_KEYS, sizeof(struct document_entry));
        map->map.capacity = FIRST_KEYS;
    }
    if (map->map.count == map->map.capacity)
        map->map.entries = arena_grow(map->arena, map->map.entries, map->map.count, &map->map.capacity,
                                      sizeof(struct document_entry));
    map->map.entries[map->map.count++] =
        (struct document_entry){.key = key->key, .value = value, .key_place = key->place};
    index_newest(map);
}

/* The tree is const to its readers; whoever holds its root unconst is still building it. */
static struct document *
child_in(struct document *map, struct text key, enum document_kind kind)
{
    struct document_entry *entry = document_find_entry(map, key);
    if (entry) {
        assert(entry->value->kind == kind);
        return (struct document *)(uintptr_t)entry->value;
    }
    struct document *child = new_node(map->arena, kind);
    document_set(map, key, child);
    return child;
}

struct document *
document_map_in(struct document *map, struct text key)
{
    return child_in(map, key, DOCUMENT_MAP);
}

struct document *
document_list_in(struct document *map, struct text key)
{
    return child_in(map, key, DOCUMENT_LIST);
}

void
document_set_text(struct document *map, const char *key, struct text value)
{
    document_set(map, text_of(key), document_new_text(map->arena, value));
}

void
document_set_int(struct document *map, const char *key, int64_t value)
{
    document_set(map, text_of(key), document_new_int(map->arena, value));
}

void
document_set_bool(struct document *map, const char *key, bool value)
{
    document_set(map, text_of(key), document_new_bool(map->arena, value));
}

void
document_set_place(struct document *document, struct document_place place)
{
    document->place = place;
}

void
document_set_key_place(struct document *map, struct text key, struct document_place place)
{
    struct document_entry *entry = document_find_entry(map, key);
    assert(entry);
    entry->key_place = place;
}
