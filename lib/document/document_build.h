/* Building a document. A text handed in is not copied: it lives at least as long as the arena. */
#pragma once

#include "lib/document/document.h"

struct document *document_new_null(struct arena *arena);
struct document *document_new_bool(struct arena *arena, bool value);
struct document *document_new_int(struct arena *arena, int64_t value);
struct document *document_new_number(struct arena *arena, struct text written); /* JSON's grammar, asserted */
struct document *document_new_text(struct arena *arena, struct text value);
struct document *document_new_list(struct arena *arena);
struct document *document_new_map(struct arena *arena);
struct arena *document_arena(const struct document *document); /* which it was made in, and grows in */
void document_append(struct document *list, const struct document *item);
/* Adds or replaces; the order of first addition stays. */
void document_set(struct document *map, struct text key, const struct document *value);
/* A key that the map does not have yet, and where it stands: for readers, which have just looked. */
struct document_key {
    struct text key;
    struct document_place place;
};
void document_add(struct document *map, const struct document_key *key, const struct document *value);
/* The map or the list under key, to be built further; made when it is not there. What is there must have been
 * built by the same hands: a node that two trees share would change in both. Asserts its kind. */
struct document *document_map_in(struct document *map, struct text key);
struct document *document_list_in(struct document *map, struct text key);
void document_set_text(struct document *map, const char *key, struct text value);
void document_set_int(struct document *map, const char *key, int64_t value);
void document_set_bool(struct document *map, const char *key, bool value);
void document_set_place(struct document *document, struct document_place place);
/* Where the key itself stands, for problems that are about the key. */
void document_set_key_place(struct document *map, struct text key, struct document_place place);
