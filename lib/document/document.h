/* One tree for JSON and YAML, with line and column. Built once, then read; lives in its arena.
 *
 * Text is UTF-8. A map keeps the order of its keys and has no key twice (readers refuse duplicates).
 * Numbers keep the text they were written as, so that 64-bit integers and long decimals survive. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct document;

enum document_kind {
    DOCUMENT_NULL,
    DOCUMENT_BOOL,
    DOCUMENT_NUMBER,
    DOCUMENT_TEXT,
    DOCUMENT_LIST,
    DOCUMENT_MAP,
};

/* Where a node starts: file is empty and line 0 for nodes that were built, not read. 1-based. */
struct document_place {
    struct text file;
    int line;
    int column;
};

/* Reading. A NULL document reads as DOCUMENT_NULL, so chains of finds need no checks. */
enum document_kind document_kind(const struct document *document);
struct document_place document_place(const struct document *document);
bool document_bool(const struct document *document); /* false unless a BOOL */
/* TEXT's value or NUMBER as written; else empty. */
struct text document_text(const struct document *document);
/* An integral NUMBER in range, written in digits. */
MUST_CHECK bool document_int(const struct document *document, int64_t *out_value);
/* Of a LIST's items or a MAP's keys; else 0. */
size_t document_count(const struct document *document);
const struct document *document_at(const struct document *list, size_t index); /* NULL beyond the end */
struct text document_key_at(const struct document *map, size_t index);
const struct document *document_value_at(const struct document *map, size_t index);
const struct document *document_find(const struct document *map, struct text key); /* NULL when absent */
/* Walks "spec.limits[2].rpm"; NULL when anything on the way is absent. For foreign objects only: our own
 * types are decoded with their schema. */
const struct document *document_get(const struct document *document, const char *path);
/* Where the key itself stands, for "unknown field" problems; the value's place for built maps. */
struct document_place document_key_place(const struct document *map, struct text key);
bool document_equals(const struct document *a, const struct document *b); /* map order does not matter */
