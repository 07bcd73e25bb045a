/* One field as an OpenAPI property. For lib/schema's own files only. */
#pragma once

#include "lib/schema/schema.h"

struct document *field_openapi(struct arena *arena, const struct field *field);
/* The doc, the bounds that the schema cannot express, and what does not work yet. */
struct text field_description(struct arena *arena, const struct field *field);
