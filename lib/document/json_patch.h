/* RFC 6902 over documents, one operation at a time. A document is never changed: what differs is new, the
 * rest is shared with the old one. */
#pragma once

#include "lib/document/document.h"

struct error;

#define JSON_PATCH_MAX_NODES 20000 /* of a result: copying a tree into itself doubles it */

enum json_patch_op {
    JSON_PATCH_ADD,
    JSON_PATCH_REMOVE,
    JSON_PATCH_REPLACE,
    JSON_PATCH_MOVE,
    JSON_PATCH_COPY,
    JSON_PATCH_TEST,
};

struct json_patch {
    enum json_patch_op op;
    struct text path;             /* RFC 6901 pointer; empty: the whole document */
    struct text from;             /* with move and copy */
    const struct document *value; /* with add, replace and test */
};

/* ERROR_INVALID: the pointer leads nowhere, the test fails (RFC 6902 5), or the result would be larger than
 * JSON_PATCH_MAX_NODES or deeper than JSON_MAX_DEPTH. *out_document may be the variable that `document` came
 * from. */
MUST_CHECK bool
json_patch_apply(struct arena *arena, const struct document *document, const struct json_patch *patch,
                 const struct document **out_document, struct error *err);
/* What an RFC 6901 pointer names, or NULL. */
const struct document *
json_pointer_find(struct arena *arena, const struct document *document, struct text pointer);
