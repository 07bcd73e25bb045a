/* A Kubernetes Secret as the folder store reads it: foreign, core/v1, only what we need of it.
 *
 * On a laptop its values may come from outside the file, so that the file can be committed:
 *     metadata.annotations:
 *       weir.dev/from-env:  apiKey=OPENAI_API_KEY
 *       weir.dev/from-file: token=secrets/token.txt,other=../other.txt      (relative to the manifest's
 * folder) A key is given once: in data, in stringData or by one annotation. */
#pragma once

#include "api/types/object_meta.h"

#define SECRET_FROM_ENV_ANNOTATION "weir.dev/from-env"
#define SECRET_FROM_FILE_ANNOTATION "weir.dev/from-file"
#define SECRET_MAX_KEYS 64
#define SECRET_MAX_VALUE_BYTES (1024 * 1024)

/* clang-format off */
#define SECRET_FIELDS(F, T)                                                                                            \
    OBJECT_TYPE_FIELDS(F, T)                                                                                           \
    F(T, TEXT, type, "type", DEFAULT("Opaque"), DOC("Kubernetes' word for its shape; not looked at."))                 \
    F(T, BOOL, is_immutable, "immutable", DEFAULT("false"), DOC("Kubernetes refuses changes; not looked at."))         \
    F(T, TEXT_MAP, values, "data", SECRET, MAX_ITEMS(SECRET_MAX_KEYS), MAX_LENGTH(SECRET_MAX_VALUE_BYTES), DOC("Values in base64.")) \
    F(T, TEXT_MAP, string_values, "stringData", SECRET, MAX_ITEMS(SECRET_MAX_KEYS), MAX_LENGTH(SECRET_MAX_VALUE_BYTES), \
      DOC("Values as they are."))
/* clang-format on */
DECLARE_SCHEMA(secret, SECRET_FIELDS);

enum secret_source_kind {
    SECRET_FROM_MANIFEST, /* value holds it, base64 already undone */
    SECRET_FROM_ENV,      /* value names an environment variable */
    SECRET_FROM_FILE,     /* value is a path, relative to the manifest's folder */
};

struct secret_source {
    struct text key;
    enum secret_source_kind kind;
    struct text value;
};

struct secret_source_list {
    struct secret_source *items;
    size_t count;
};

/* Where each value comes from, in the order data, stringData, from-env, from-file. False with problems added:
 * base64 that is none, an annotation that is not KEY=NAME,…, a key given twice, more than SECRET_MAX_KEYS. */
MUST_CHECK bool secret_sources(struct arena *arena, const struct secret *secret,
                               struct secret_source_list *out_sources, struct problem_list *problems);
