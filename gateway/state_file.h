/* Whole small files: keys, certificates, the last good config. Bounded reading; writing that survives a
 * crash. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

/* Reads a regular file of at most max_bytes. */
MUST_CHECK bool state_file_read(struct arena *arena, const char *path, size_t max_bytes,
                                struct text *out_contents, struct error *err);
/* Replaces the file (mode 0600): written beside it, synced, renamed, and the folder synced. After a failure
 * the old one is untouched. */
MUST_CHECK bool
state_file_replace(struct arena *arena, const char *path, struct text contents, struct error *err);
/* Makes the folder (mode 0700) and those above it. */
MUST_CHECK bool state_file_make_folder(struct arena *arena, const char *path, struct error *err);
