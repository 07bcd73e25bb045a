/* Objects that shall exist in the cluster, whole as they are applied; and objects as they were seen there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/text.h"

struct arena;
struct document;

struct desired_object {
    const struct document *document; /* apiVersion, kind, metadata and the rest, without status */
    const struct document *status;   /* NULL: none of ours; only for ModelPolicy effective */
    struct text api_version, kind, namespace, name;
    /* Its spec cannot be changed, and to make it again would run it again (Job): applied only while it is not
     * there. One that is there gets spec.suspend of this, when this has one and it differs, and nothing else.
     */
    bool is_made_once;
};

struct desired_objects {
    struct arena *arena;
    struct desired_object *items;
    size_t count, capacity;
};

void desired_add(struct desired_objects *objects, const struct document *document);
void desired_add_once(struct desired_objects *objects, const struct document *document); /* is_made_once */

/* Kept by the cache: of pods only labels and status, of Secrets nothing but who they are. */
struct observed_object {
    struct text api_version, kind, namespace, name, uid;
    const struct document *document;
    bool is_deleting;
};

struct observed_objects {
    struct observed_object *items;
    size_t count;
    const struct observed_index *index; /* NULL: none was made, and each search looks at all of them */
};

/* Once all of them are there: makes searches cheap. Items may not move or change after it. */
void observed_make_index(struct arena *arena, struct observed_objects *objects);

/* Empty when it carries none. Keys hold dots, so these are no paths. */
struct text observed_label(const struct observed_object *object, const char *key);
struct text observed_annotation(const struct observed_object *object, const char *key);
/* NULL when it was not seen. */
const struct observed_object *observed_find(const struct observed_objects *objects, struct text kind,
                                            struct text namespace, struct text name);
/* The pods that bear a Deployment's label, in the order of items: begin with last NULL, until NULL comes. */
const struct observed_object *observed_next_pod(const struct observed_objects *objects, struct text namespace,
                                                struct text deployment, const struct observed_object *last);
