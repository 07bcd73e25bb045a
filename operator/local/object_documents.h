/* An object as others read it: manifest, generation, status. */
#pragma once

struct arena;
struct broken_object;
struct document;
struct local_operator;
struct object;
struct status_view;

/* apiVersion, kind, metadata with generation and creationTimestamp, spec with its defaults, status. Secrets
 * are redacted. */
const struct document *object_document_of(struct local_operator *op, struct arena *arena,
                                          const struct status_view *view, const struct object *object);
/* One that never had a good version: its name, and what is wrong with it. Its kind and name must be known. */
const struct document *object_document_of_broken(struct arena *arena, const struct broken_object *broken);
