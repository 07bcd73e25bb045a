/* JSON text to tree and back, on json-c. For config, REST and small documents: never on the hot path. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/document/document.h"

struct error;

#define JSON_MAX_DEPTH 64

/* Strict RFC 8259: refuses duplicate keys, trailing data, invalid UTF-8, depth over JSON_MAX_DEPTH. file (may
 * be empty) is what places and errors name; errors say file:line:column. */
MUST_CHECK bool json_parse(struct arena *arena, struct text json, struct text file,
                           struct document **out_document, struct error *err);
/* Compact, keys in their order. */
void json_print(const struct document *document, struct buffer *out);
/* The same with two-space indents and a final line end, for people. */
void json_print_pretty(const struct document *document, struct buffer *out);
/* Compact with keys sorted bytewise: equal trees print equally. What hashes are taken over. */
void json_print_canonical(const struct document *document, struct buffer *out);
