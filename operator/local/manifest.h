/* One file of manifests, read and checked: all of it is good or none of it counts. */
#pragma once

#include "api/types/object.h"
#include "lib/schema/problems.h"
#include "operator/local/folder_scan.h"

#define MANIFEST_MAX_BYTES (1024 * 1024)

/* Each in an arena of its own, freed with manifest_free. */
struct manifest {
    struct arena *arena;
    struct text path;           /* relative to the folder; what places name */
    struct text source;         /* its bytes, for showing lines */
    struct object_list objects; /* with errors: what is known of them; kind and metadata may be NULL */
    struct problem_list problems;
};

/* Reads and checks. Problems with the file itself (size, permissions) are problems like any other. NULL when
 * the file is not there any more. */
struct manifest *manifest_read(const char *folder, struct text path);
void manifest_free(struct manifest *manifest);
bool manifest_is_good(const struct manifest *manifest);
/* Every error (notices: with_notices) with its line and carets, as UX shows them. */
void manifest_print_problems(const struct manifest *manifest, bool with_notices, struct buffer *out);
/* Errors as lines without source, for conditions. */
struct text manifest_summary(struct arena *arena, const struct manifest *manifest);
/* Notices about one object, joined by "; "; empty when there are none. */
struct text
manifest_notices(struct arena *arena, const struct manifest *manifest, const struct object *object);
