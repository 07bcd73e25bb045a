/* A file of lines read one after the other, in memory for one line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct line_reader;

struct line {
    uint64_t number;  /* 1-based; empty lines count */
    struct text text; /* without its line end; until the next read */
    bool is_too_long; /* over the reader's bound: text is its beginning */
    bool is_cut;      /* the file ended without a line end */
    uint64_t end;     /* offset of what follows it */
};

/* The file is closed when the arena ends. Lines over max_line_bytes are passed over, not kept. */
MUST_CHECK bool line_reader_open(struct arena *arena, const char *path, size_t max_line_bytes,
                                 struct line_reader **out_reader, struct error *err);
/* False at the end, and when reading failed: then err says so (its kind is ERROR_NONE at the end). */
bool line_reader_next(struct line_reader *reader, struct line *out_line, struct error *err);
