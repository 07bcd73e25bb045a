/* The same object in two files: which one counts must not depend on file names, so the newcomer is refused.
 */
#include "lib/base/arena.h"
#include "operator/local/store_entry.h"

static void try_refused_again(struct store *store);
static bool find_round(struct store *store);
static bool judge(struct store_entry *entry, const struct object *object, struct store_entry *first_entry,
                  const struct object *first);
static bool refuse(struct store_entry *entry, const struct object *object, const struct object *other);

/* What object keys lead to while doubles are looked for. */
struct holder {
    struct store_entry *entry;
    const struct object *object;
};

void
store_find_doubles(struct store *store)
{
    try_refused_again(store);
    /* A refused file falls back to its good version, which may be a double of another candidate: look again.
     */
    while (find_round(store))
        continue;
}

const struct manifest *
store_entry_wanted(const struct store_entry *entry)
{
    if (!entry->is_seen)
        return NULL;
    if (entry->candidate && !entry->is_refused_for_others && manifest_is_good(entry->candidate))
        return entry->candidate;
    return entry->file.good;
}

bool
store_object_key(struct arena *arena, const struct object *object, struct text *out_key)
{
    if (!object->kind || !object->metadata || object->metadata->name.length == 0)
        return false;
    *out_key = object_title(arena, object);
    return true;
}

/* A file that was a double of another may no longer be one: its newest version is read again from memory. */
static void
try_refused_again(struct store *store)
{
    for (size_t i = 0; i < store->count; i++) {
        struct store_entry *entry = &store->entries[i];
        if (entry->candidate) {
            entry->is_refused_for_others = false;
        } else if (entry->is_refused_for_others && entry->is_seen) {
            entry->candidate = manifest_read(store->folder, entry->file.path);
            entry->is_seen = entry->candidate != NULL;
            entry->is_refused_for_others = false;
        }
    }
}

static bool
find_round(struct store *store)
{
    struct arena *scratch = arena_new(0);
    struct map *holders = map_new(scratch);
    bool has_refused = false;
    for (size_t i = 0; i < store->count && !has_refused; i++) {
        const struct manifest *wanted = store_entry_wanted(&store->entries[i]);
        for (size_t j = 0; wanted && j < wanted->objects.count && !has_refused; j++) {
            const struct object *object = &wanted->objects.items[j];
            struct text key;
            if (!store_object_key(scratch, object, &key))
                continue;
            struct holder *first = map_find(holders, key);
            if (first)
                has_refused = judge(&store->entries[i], object, first->entry, first->object);
            struct holder holder = {.entry = &store->entries[i], .object = object};
            if (!first)
                map_set(holders, key, arena_copy(scratch, &holder, sizeof(holder)));
        }
    }
    arena_free(scratch);
    return has_refused;
}

/* Refuses the newer of the two, both when both are new; false when neither could be refused. */
static bool
judge(struct store_entry *entry, const struct object *object, struct store_entry *first_entry,
      const struct object *first)
{
    bool has_refused = refuse(entry, object, first);
    if (first_entry != entry)
        has_refused |= refuse(first_entry, first, object);
    return has_refused;
}

static bool
refuse(struct store_entry *entry, const struct object *object, const struct object *other)
{
    struct manifest *candidate = entry->candidate;
    if (!candidate || store_entry_wanted(entry) != candidate)
        return false; /* what is in force stays */
    struct document_place place = document_place(other->document);
    problems_add(&candidate->problems, object->document, (struct text){0},
                 "%.*s is also given in %.*s:%d: give it once",
                 TEXT_ARG(object_title(candidate->arena, object)), TEXT_ARG(place.file), place.line);
    entry->is_refused_for_others = true;
    return true;
}
