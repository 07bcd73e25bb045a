/* One field's value in its struct: where it lies, what it reads as when absent, how it is written. For
 * lib/schema's own files only.
 *
 * An ENUM member is an int here: gcc and clang give every enum of ours that size (asserted in schema.c). */
#pragma once

#include "lib/schema/schema.h"

/* What every LIST(name), TEXTS, INTS and TEXT_MAP holds, whatever its items are. */
struct any_list {
    void *items;
    size_t count;
};
struct any_list any_list_get(const void *member);
void any_list_set(void *member, struct any_list list);

size_t field_max_length(const struct field *field);
size_t field_max_items(const struct field *field);

/* INT, DURATION, MONEY or TIME: the kinds held as an int64_t. */
bool field_is_number(const struct field *field);
MUST_CHECK bool field_parse_number(const struct field *field, struct text written, int64_t *out_value);
struct text field_print_number(struct arena *arena, const struct field *field, int64_t value);

/* Makes a zeroed member what it reads as when absent. A default that does not fit its field is our own
 * mistake. */
void field_set_default(const struct field *field, void *member);
/* Whether an absent field would read as this value, so that nothing is lost when it is left out. */
bool field_is_like_absent(const struct field *field, const void *member);
/* The document that an object was decoded from, or an ANY holds. */
const struct document *field_source(const void *object);
