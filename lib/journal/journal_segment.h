/* A journal's segment files: their names, their headers, which there are. Private to the journal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"

struct error;

#define JOURNAL_SEGMENT_HEADER_BYTES 16
#define JOURNAL_SEGMENT_NAME_BYTES 25 /* 20 digits, ".log", NUL */

/* What one walk over the folder found, as seen from a record number. */
struct journal_survey {
    bool is_empty; /* no segment at all; the numbers below say nothing */
    uint64_t highest;
    uint64_t total_bytes;
    uint64_t holding; /* the segment `number` is in, or would be: the last that starts at or before it, else
                         the first */
    bool has_next;
    uint64_t next; /* the first that starts behind `number` */
};

MUST_CHECK bool
journal_survey_take(int folder_fd, uint64_t number, struct journal_survey *out_survey, struct error *err);

void journal_segment_name(uint64_t first_number, char out_name[JOURNAL_SEGMENT_NAME_BYTES]);
/* Opens with these open(2) flags; -1 and errno when it does not work. */
int journal_segment_open(int folder_fd, uint64_t first_number, int flags);
/* True when the file begins with the header of that segment. */
bool journal_segment_is_ours(int fd, uint64_t first_number);
/* Writes the header and makes it and the file's name durable. */
MUST_CHECK bool journal_segment_begin(int folder_fd, int fd, uint64_t first_number, struct error *err);
/* All bytes at the offset or an error; what came through of a failed write is not cut off. */
MUST_CHECK bool
journal_write_at(int fd, const char *bytes, size_t length, uint64_t offset, struct error *err);
