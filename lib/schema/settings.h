/* One file of settings: a single YAML document of one schema. */
#pragma once

#include "lib/schema/schema.h"

struct error;

#define SETTINGS_MAX_BYTES (1 << 20)

/* ERROR_INVALID names the first thing that is wrong, with its line; *out_value is of no use then. */
MUST_CHECK bool settings_read(struct arena *arena, const struct schema *schema, const char *path,
                              void *out_value, struct error *err);
/* The same of a file's text. */
struct settings_text {
    struct text yaml, name; /* name: for errors */
};
MUST_CHECK bool settings_parse(struct arena *arena, const struct schema *schema,
                               const struct settings_text *written, void *out_value, struct error *err);
