/* One file of manifests, read and judged as `weir up` would. */
#pragma once

#include "api/types/object.h"

struct map;

#define CHECK_MAX_FILE_BYTES (1024 * 1024)

struct checked_file {
    struct text name;
    struct text source; /* empty when it could not be read */
    size_t object_count;
    struct object_list good;      /* of these, those without a problem */
    struct problem_list problems; /* a file that is not YAML at all is one problem */
};

/* path "-" is standard input. seen maps "Kind namespace/name" to the place of its first object, over all
 * files of a run, so that doubles are problems. */
struct checked_file *check_file(struct arena *arena, struct text path, struct map *seen);
