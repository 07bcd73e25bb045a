/* One manifest document as a typed object: whichever kind it says it is. */
#pragma once

#include "api/types/kinds.h"
#include "api/types/object_meta.h"

struct workspace;
struct model_policy;
struct deployment;
struct secret;

struct object {
    const struct kind *kind;
    const struct document *document; /* what it was decoded from */
    const struct object_meta *metadata;
    union { /* by kind->id */
        const struct workspace *workspace;
        const struct model_policy *model_policy;
        const struct deployment *deployment;
        const struct secret *secret;
        const void *value;
    };
};

struct object_list {
    struct object *items;
    size_t count;
};

/* Reads apiVersion, kind, metadata by the kind's scope, spec and status by its schema and rules. Adds every
 * problem, each with place, path and a did-you-mean; false when any is an error. Notices name fields without
 * effect here or yet. A namespaced object without a namespace is a problem: a folder has no current
 * namespace. On false *out_object holds what is known of it: kind and metadata may be NULL. */
MUST_CHECK bool object_decode(struct arena *arena, const struct document *document, struct object *out_object,
                              struct problem_list *problems);
/* "ModelPolicy weir-system/org-baseline", "Workspace demo": how messages name it. */
struct text object_title(struct arena *arena, const struct object *object);
