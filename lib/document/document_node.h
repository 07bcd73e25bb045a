/* What a document is made of. For lib/document's own files only: everyone else reads and builds through
 * document.h and document_build.h. */
#pragma once

#include <stddef.h>

#include "lib/document/document.h"

struct map;

struct document_entry {
    struct text key;
    const struct document *value;
    struct document_place key_place;
};

struct document {
    enum document_kind kind;
    struct document_place place;
    struct arena *arena; /* what a list or a map grows in */
    union {
        bool boolean;
        struct text text; /* TEXT's value, NUMBER as written */
        struct {
            const struct document **items;
            size_t count, capacity;
        } list;
        struct {
            struct document_entry *entries;
            size_t count, capacity;
            struct map *index; /* key -> position + 1, once the map is too big to search; else NULL */
        } map;
    };
};

/* NULL when absent; the entry may be changed by its map's builder. */
struct document_entry *document_find_entry(const struct document *map, struct text key);
