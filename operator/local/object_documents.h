/* An object as others read it: manifest, generation, status. */
#pragma once

struct arena;
struct document;
struct local_operator;
struct object;
struct status_view;

/* apiVersion, kind, metadata with generation and creationTimestamp, spec with its defaults, status. Secrets
 * are redacted. */
const struct document *object_document_of(struct local_operator *op, struct arena *arena,
                                          const struct status_view *view, const struct object *object);
