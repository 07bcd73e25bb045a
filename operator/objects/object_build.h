/* Short ways to build an object of Kubernetes. A path is "spec.template.spec": maps by name, made when they
 * are not there; keys that hold dots (labels) are set with document_set_text on the map itself.
 *
 * Texts are not copied: they live at least as long as the arena. What is empty is left out by nobody: put
 * only what shall be there. */
#pragma once

#include "lib/document/document_build.h"
#include "lib/schema/schema.h"

/* Whose an object is, as its labels say; what is empty gets no label. */
struct object_owner {
    struct text workspace, environment, deployment;
};

/* namespace empty: the kind has none. */
struct document *object_new(struct arena *arena, const char *api_version, const char *kind,
                            struct text namespace, struct text name);
/* Sets app.kubernetes.io/managed-by and whose it is in metadata.labels, or in any map of labels. */
void object_set_owner(struct document *object, const struct object_owner *owner);
void object_put_owner_labels(struct document *labels, const struct object_owner *owner);

/* The map at path, to be built further. */
struct document *object_at(struct document *map, const char *path);
void object_put(struct document *map, const char *path, const struct document *value);
void object_put_text(struct document *map, const char *path, struct text value);
void object_put_int(struct document *map, const char *path, int64_t value);
void object_put_bool(struct document *map, const char *path, bool value);
/* The list at path becomes, or is continued by, these. */
void object_put_texts(struct document *map, const char *path, const struct text_list *texts);
void object_put_one_text(struct document *map, const char *path, struct text value);
/* The map at path gets these keys; its values stay the texts they are (labels, quantities). */
void object_put_pairs(struct document *map, const char *path, const struct text_pair_list *pairs);
/* A new map at the end of the list at path: a container, a port, a rule. */
struct document *object_append(struct document *map, const char *path);
/* The same with its name: containers, volumes, ports, environment variables. */
struct document *object_append_named(struct document *map, const char *path, struct text name);
