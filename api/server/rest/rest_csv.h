/* A type's values as lines of CSV. Pure. */
#pragma once

#include "lib/schema/schema.h"

struct buffer;

/* The keys of a type's fields, and a row of such a value as schema_encode has it: what is absent reads as its
 * default. Lines end in CRLF. */
void rest_csv_add_heading(struct buffer *out, const struct schema *schema);
void rest_csv_add_row(struct buffer *out, const struct schema *schema, const struct document *encoded);
