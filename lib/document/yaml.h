/* YAML text to trees and back, on libyaml's events: line and column kept, no tags, bounded aliases. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/document/document.h"

struct error;

#define YAML_MAX_DEPTH 64
#define YAML_MAX_NODES 200000 /* aliases count each time they are used: no billion laughs */

struct document_list {
    struct document **items;
    size_t count;
};

/* Every document of a stream, empty ones left out. Plain scalars resolve as YAML 1.2's core schema does in
 * Kubernetes (true/false, null/~/empty, integers, floats), all others are text; quoted ones are always text.
 * Words that YAML 1.1 reads otherwise (yes, on, n, 1_000) are refused: its readers are in every cluster.
 * Duplicate keys, tags, non-scalar keys and invalid UTF-8 are refused; errors say file:line:column. */
MUST_CHECK bool yaml_parse(struct arena *arena, struct text yaml, struct text file,
                           struct document_list *out_documents, struct error *err);
/* Block style, two-space indents; text that would read back as something else is quoted. */
void yaml_print(const struct document *document, struct buffer *out);
