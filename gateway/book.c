/* A map of reference-counted things, each in an arena of its own so that its memory really goes when it does.
 */
#include "gateway/book.h"

#include <assert.h>
#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"

struct book {
    struct map *entries;
};

struct book_entry {
    struct book *book;
    struct arena *arena;
    struct text key;
    size_t bytes;
    size_t references;
    max_align_t thing[];
};

struct book *
book_new(struct arena *arena)
{
    struct book *book = arena_alloc(arena, sizeof(*book));
    book->entries = map_new(arena);
    return book;
}

static struct book_entry *
new_entry(struct book *book, struct text key, size_t bytes)
{
    struct arena *arena = arena_new(sizeof(struct book_entry) + bytes + key.length + 2 * sizeof(max_align_t));
    struct book_entry *entry = arena_alloc(arena, sizeof(*entry) + bytes);
    entry->book = book;
    entry->arena = arena;
    entry->key = text_copy(arena, key);
    entry->bytes = bytes;
    map_set(book->entries, key, entry);
    return entry;
}

void *
book_take(struct book *book, struct text key, size_t bytes, bool *out_is_new)
{
    struct book_entry *entry = map_find(book->entries, key);
    *out_is_new = !entry;
    if (!entry)
        entry = new_entry(book, key, bytes);
    assert(entry->bytes == bytes);
    entry->references++;
    return entry->thing;
}

void
book_return(void *thing)
{
    struct book_entry *entry = (struct book_entry *)((char *)thing - offsetof(struct book_entry, thing));
    assert(entry->references > 0);
    if (--entry->references > 0)
        return;
    map_remove(entry->book->entries, entry->key);
    arena_free(entry->arena);
}

size_t
book_count(const struct book *book)
{
    return map_count(book->entries);
}
