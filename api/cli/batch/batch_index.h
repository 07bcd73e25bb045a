/* What a batch's input holds, seen in one pass before anything is sent: how many lines, and the hash of each
 * one's custom_id (8 bytes a line is all that is kept of the file). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

#define BATCH_MAX_LINES 20000000u

struct batch_index {
    uint64_t *hashes; /* by line number - 1; 0: the line has no custom_id */
    uint64_t line_count, request_count;
};

/* ERROR_INVALID for a custom_id that two lines have (which two is said), too many lines, or none. */
MUST_CHECK bool batch_index_read(struct arena *arena, const char *path, struct text endpoint,
                                 struct batch_index *out_index, struct error *err);
uint64_t batch_index_hash(struct text custom_id); /* never 0 but for the empty text */

/* Bits, 0-based. */
bool bit_is_set(const uint64_t *bits, uint64_t at);
void bit_set(uint64_t *bits, uint64_t at);
