/* The folder store: scan, read what changed, judge it, and only then let it take effect. */
#include "operator/local/store.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "operator/local/store_entry.h"

static size_t place_of(const struct store *store, struct text path);
static struct store_entry *find_or_add(struct store *store, struct text path);
static void read_candidate(struct store *store, struct store_entry *entry, const struct folder_file *file);
static bool settle(struct store *store, struct store_refresh *refresh);
static bool settle_entry(struct store *store, struct store_entry *entry, struct store_refresh *refresh);
static bool says_the_same(const struct manifest *a, const struct manifest *b);
static void remove_entry(struct store *store, size_t index);
static void replace(struct store *store, struct manifest *manifest);
static struct broken_object broken_object_of(const struct object *object, struct text problem);
static bool has_good_version(const struct store *store, const struct store_entry *entry,
                             const struct broken_object *broken);
static void add_broken(struct arena *arena, struct broken_object_list *broken, size_t *capacity,
                       const struct broken_object *one);
static void store_release(void *owner);

struct store *
store_new(struct arena *arena, const char *folder)
{
    struct store *store = arena_alloc(arena, sizeof(*store));
    store->arena = arena;
    store->folder = text_c_string(arena, text_of(folder));
    arena_defer(arena, store_release, store);
    return store;
}

void
store_wait_for_writers(struct store *store, bool (*is_being_written)(const void *owner, struct text path),
                       const void *owner)
{
    store->is_being_written = is_being_written;
    store->writers = owner;
}

bool
store_refresh(struct store *store, struct arena *arena, struct store_refresh *out_refresh, struct error *err)
{
    struct folder_listing listing;
    if (!folder_scan(arena, store->folder, &listing, err))
        return false;
    for (size_t i = 0; i < store->count; i++)
        store->entries[i].is_seen = false;
    for (size_t i = 0; i < listing.file_count; i++) {
        const struct folder_file *file = &listing.files[i];
        struct store_entry *entry = find_or_add(store, file->path);
        entry->is_seen = true;
        if (file_stamp_equals(&entry->stamp, &file->stamp) ||
            (store->is_being_written && store->is_being_written(store->writers, file->path)))
            continue;
        read_candidate(store, entry, file);
    }
    *out_refresh = (struct store_refresh){.folders = listing.folders, .left_out = listing.left_out};
    store_find_doubles(store);
    out_refresh->changed = settle(store, out_refresh);
    return true;
}

void
store_forget_replaced(struct store *store)
{
    for (size_t i = 0; i < store->replaced_count; i++)
        manifest_free(store->replaced[i]);
    store->replaced_count = 0;
}

struct store_files
store_files(const struct store *store)
{
    return (struct store_files){.items = store->files, .count = store->count};
}

struct object_list
store_objects(const struct store *store, struct arena *arena)
{
    struct object_list objects = {0};
    size_t capacity = 0;
    for (size_t i = 0; i < store->count; i++) {
        const struct manifest *good = store->entries[i].file.good;
        for (size_t j = 0; good && j < good->objects.count; j++) {
            objects.items =
                arena_grow(arena, objects.items, objects.count, &capacity, sizeof(*objects.items));
            objects.items[objects.count++] = good->objects.items[j];
        }
    }
    return objects;
}

struct broken_object_list
store_broken(const struct store *store, struct arena *arena)
{
    struct broken_object_list broken = {0};
    size_t capacity = 0;
    for (size_t i = 0; i < store->count; i++) {
        const struct manifest *refused = store->entries[i].file.refused;
        if (!refused)
            continue;
        struct text summary = manifest_summary(arena, refused);
        /* A file of which nothing could be read may hold anything, unless it has a good version to stand on.
         */
        if (refused->objects.count == 0 && !store->entries[i].file.good)
            add_broken(arena, &broken, &capacity, &(struct broken_object){.problem = summary});
        for (size_t j = 0; j < refused->objects.count; j++) {
            struct broken_object one = broken_object_of(&refused->objects.items[j], summary);
            if (!has_good_version(store, &store->entries[i], &one))
                add_broken(arena, &broken, &capacity, &one);
        }
    }
    return broken;
}

const struct store_file *
store_find_file(const struct store *store, const struct kind *kind, struct text namespace, struct text name)
{
    for (size_t i = 0; i < store->count; i++) {
        const struct manifest *good = store->entries[i].file.good;
        for (size_t j = 0; good && j < good->objects.count; j++) {
            const struct object *object = &good->objects.items[j];
            if (object->kind == kind && text_equals(object->metadata->name, name) &&
                text_equals(object->metadata->namespace, namespace))
                return &store->entries[i].file;
        }
    }
    return NULL;
}

const struct store_file *
store_find_path(const struct store *store, struct text path)
{
    size_t at = place_of(store, path);
    return at < store->count && text_equals(store->entries[at].file.path, path) ? &store->entries[at].file
                                                                                : NULL;
}

/* Where the path is, or where it would be: entries are sorted. */
static size_t
place_of(const struct store *store, struct text path)
{
    size_t low = 0, high = store->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (text_compare(store->entries[middle].file.path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct store_entry *
find_or_add(struct store *store, struct text path)
{
    size_t at = place_of(store, path);
    if (at < store->count && text_equals(store->entries[at].file.path, path))
        return &store->entries[at];
    store->entries =
        arena_grow(store->arena, store->entries, store->count, &store->capacity, sizeof(*store->entries));
    store->files =
        arena_grow(store->arena, store->files, store->count, &store->file_capacity, sizeof(*store->files));
    memmove(&store->entries[at + 1], &store->entries[at], (store->count - at) * sizeof(*store->entries));
    store->entries[at] = (struct store_entry){.file.path = text_copy(store->arena, path)};
    store->count++;
    return &store->entries[at];
}

static void
read_candidate(struct store *store, struct store_entry *entry, const struct folder_file *file)
{
    struct manifest *manifest = manifest_read(store->folder, file->path);
    if (!manifest) {
        entry->is_seen = false;
        return;
    }
    entry->stamp = file->stamp;
    entry->candidate = manifest;
}

/* Puts what was judged good in force, in one step for all files. True when anything in force changed. */
static bool
settle(struct store *store, struct store_refresh *refresh)
{
    bool changed = false;
    for (size_t i = 0; i < store->count;) {
        struct store_entry *entry = &store->entries[i];
        if (entry->is_seen) {
            changed |= settle_entry(store, entry, refresh);
            i++;
            continue;
        }
        changed |= entry->file.good != NULL;
        refresh->refusals_changed |= entry->file.refused != NULL;
        remove_entry(store, i);
    }
    for (size_t i = 0; i < store->count; i++)
        store->files[i] = store->entries[i].file;
    return changed;
}

static bool
settle_entry(struct store *store, struct store_entry *entry, struct store_refresh *refresh)
{
    struct manifest *candidate = entry->candidate;
    entry->candidate = NULL;
    if (!candidate)
        return false;
    bool is_good = manifest_is_good(candidate) && !entry->is_refused_for_others;
    struct manifest *was_refused = entry->file.refused;
    if (is_good)
        refresh->refusals_changed |= was_refused != NULL;
    else
        refresh->refusals_changed |= !was_refused || !says_the_same(candidate, was_refused);
    replace(store, was_refused);
    entry->file.refused = is_good ? NULL : candidate;
    if (!is_good)
        return false;
    replace(store, entry->file.good);
    entry->file.good = candidate;
    return true;
}

static bool
says_the_same(const struct manifest *a, const struct manifest *b)
{
    struct arena *scratch = arena_new(0);
    bool is_same = text_equals(manifest_summary(scratch, a), manifest_summary(scratch, b));
    arena_free(scratch);
    return is_same;
}

static void
remove_entry(struct store *store, size_t index)
{
    struct store_entry *entry = &store->entries[index];
    replace(store, entry->candidate);
    replace(store, entry->file.good);
    replace(store, entry->file.refused);
    memmove(entry, entry + 1, (store->count - index - 1) * sizeof(*entry));
    store->count--;
}

static void
replace(struct store *store, struct manifest *manifest)
{
    if (!manifest)
        return;
    store->replaced = arena_grow(store->arena, store->replaced, store->replaced_count,
                                 &store->replaced_capacity, sizeof(struct manifest *));
    store->replaced[store->replaced_count++] = manifest;
}

static struct broken_object
broken_object_of(const struct object *object, struct text problem)
{
    struct broken_object broken = {.kind = object->kind, .problem = problem};
    if (object->metadata) {
        broken.namespace = object->metadata->namespace;
        broken.name = object->metadata->name;
    }
    return broken;
}

/* Of an object that is not even named, the good version of its file stands for it. */
static bool
has_good_version(const struct store *store, const struct store_entry *entry,
                 const struct broken_object *broken)
{
    if (!broken->kind || broken->name.length == 0)
        return entry->file.good != NULL;
    return store_find_file(store, broken->kind, broken->namespace, broken->name) != NULL;
}

static void
add_broken(struct arena *arena, struct broken_object_list *broken, size_t *capacity,
           const struct broken_object *one)
{
    broken->items = arena_grow(arena, broken->items, broken->count, capacity, sizeof(*broken->items));
    broken->items[broken->count++] = *one;
}

static void
store_release(void *owner)
{
    struct store *store = owner;
    store_forget_replaced(store);
    for (size_t i = 0; i < store->count; i++) {
        manifest_free(store->entries[i].file.good);
        manifest_free(store->entries[i].file.refused);
    }
}
