/* Text as (pointer, length): not NUL-terminated, never owned, compared by value. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"

struct arena;

struct text {
    const char *bytes; /* NULL only when length is 0 */
    size_t length;
};

struct text_list {
    struct text *items;
    size_t count;
};

/* A text from a string literal, usable as a static initialiser: TEXT("abc"). */
#define TEXT(LITERAL) ((struct text){(LITERAL), sizeof(LITERAL) - 1})
/* For printf's "%.*s": printf("%.*s", TEXT_ARG(name)). Evaluates T twice: no call with an effect in it. */
#define TEXT_ARG(T) (int)(T).length, (T).bytes ? (T).bytes : ""

struct text text_of(const char *string);                          /* NULL gives the empty text */
struct text text_slice(struct text text, size_t from, size_t to); /* clamped to the text */
bool text_is_empty(struct text text);
bool text_equals(struct text a, struct text b);
bool text_equals_ignore_case(struct text a, struct text b); /* ASCII only */
int text_compare(struct text a, struct text b);             /* bytewise, shorter first */
bool text_starts_with(struct text text, struct text prefix);
bool text_ends_with(struct text text, struct text suffix);
/* The offset of the first occurrence, or -1. */
ptrdiff_t text_find(struct text text, struct text wanted);
ptrdiff_t text_find_byte(struct text text, char wanted);
struct text text_trim(struct text text); /* ASCII blanks, tabs and line ends at both sides */
/* Cuts *rest at the first separator: returns what stands before it and leaves what stands after.
 * At the end *rest becomes empty with bytes NULL; loop with `while (rest.bytes)`. */
struct text text_cut(struct text *rest, char separator);
/* True for valid UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). */
bool text_is_utf8(struct text text);

struct text text_copy(struct arena *arena, struct text text);
/* A NUL-terminated copy, for C interfaces. */
char *text_c_string(struct arena *arena, struct text text);
struct text text_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct text text_join(struct arena *arena, const struct text_list *list, struct text separator);
/* How many single-character edits (insert, delete, replace, swap of neighbours) part a from b;
 * texts over 64 bytes count as 64 apart. */
size_t text_edit_distance(struct text a, struct text b);
