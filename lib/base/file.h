/* Whole small files: manifests, keys, certificates, what a program keeps between starts. Read up to a bound;
 * written so that a reader, also one after a power cut, finds the old bytes or the new, never half of either.
 *
 * Blocking: for a start and for a change of config, never while a call waits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

/* The whole file. One over max_bytes is ERROR_INVALID, and so is anything but a regular file; one that is not
 * there is ERROR_NOT_FOUND. */
MUST_CHECK bool
file_read(struct arena *arena, const char *path, size_t max_bytes, struct text *out_bytes, struct error *err);
/* Replaces path by these bytes, with exactly this mode: written beside it, synced, renamed over it, the
 * folder synced. After a failure the old file is untouched. */
MUST_CHECK bool file_write_atomic(const char *path, struct text bytes, mode_t mode, struct error *err);
/* Makes the folder if it is not there and gives it exactly this mode; its parent must exist. */
MUST_CHECK bool file_make_folder(const char *path, mode_t mode, struct error *err);
/* Makes the folder and those above it that are not there; what is there stays as it is. */
MUST_CHECK bool file_make_folders(const char *path, mode_t mode, struct error *err);
