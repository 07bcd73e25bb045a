/* JSON text to tree and back, on json-c. For config, REST and small documents: never on the hot path. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/document/document.h"

struct error;

#define JSON_MAX_DEPTH 64

/* Strict RFC 8259: refuses duplicate keys, trailing data, invalid UTF-8, depth over JSON_MAX_DEPTH. file is
 * what places and errors name; errors say file:line:column. Without a file nodes have no place: nobody looks
 * up a line of what came over a wire, and counting lines costs as much as reading numbers. */
MUST_CHECK bool json_parse(struct arena *arena, struct text json, struct text file,
                           struct document **out_document, struct error *err);
/* Compact, keys in their order. */
void json_print(const struct document *document, struct buffer *out);
/* The same with two-space indents and a final line end, for people. */
void json_print_pretty(const struct document *document, struct buffer *out);
/* Compact with sorted keys: equal trees print equally. What hashes are taken over.
 *
 * These are RFC 8785's bytes for every tree whose numbers are integers within 2^53 either way: keys are in
 * the order of their UTF-16 units (3.2.3) and strings escaped as in 3.2.2.2. It differs in other numbers,
 * which stay as they were written, where RFC 8785 rounds them to a double first; so what is to be verified by
 * others has none. Texts that are no UTF-8, which RFC 8785 refuses, cannot come out of a reader of ours. */
void json_print_canonical(const struct document *document, struct buffer *out);
