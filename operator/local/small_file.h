/* Small files written whole or not at all, and read up to a bound: the operator's own state, secrets,
 * manifests. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

/* Replaces path by these bytes in one step (a new file, renamed over it), with exactly this mode. */
MUST_CHECK bool small_file_write(const char *path, struct text bytes, mode_t mode, struct error *err);
/* The whole file. A file over most_bytes is ERROR_INVALID, one that is not there ERROR_NOT_FOUND; anything
 * but a regular file is ERROR_INVALID. */
MUST_CHECK bool small_file_read(struct arena *arena, const char *path, size_t most_bytes,
                                struct text *out_bytes, struct error *err);
/* Makes the folder if it is not there and gives it exactly this mode; its parent must exist. */
MUST_CHECK bool small_file_make_folder(const char *path, mode_t mode, struct error *err);
