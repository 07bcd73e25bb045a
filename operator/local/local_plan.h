/* What a folder of manifests would have gateways go by, without running any of it. */
#pragma once

#include <stddef.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

#define LOCAL_PLAN_MAX_PATHS 64

struct local_plan_options {
    const char *folder;                          /* of manifests; NULL: none but those below */
    const char *replacing[LOCAL_PLAN_MAX_PATHS]; /* files and folders whose objects go before the folder's */
    size_t replacing_count;
};

/* {"configs": [...]}: the gateway config of each environment. An object of a replacing file takes the place
 * of the folder's of the same kind, namespace and name. Secrets count as there, whatever they hold: no value
 * is read; what would wait for an approval counts as approved. INVALID when a file is wrong, an object stands
 * in two replacing files, or an environment could not get its config; problems of files are told on standard
 * error. */
MUST_CHECK bool local_plan_print(struct arena *arena, const struct local_plan_options *options,
                                 struct text *out_json, struct error *err);
