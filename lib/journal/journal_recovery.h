/* Making the last segment fit to be written on after a crash. Private to the journal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"

struct error;

struct journal_recovered {
    uint64_t segment_bytes; /* what is left of the file, header included */
    uint64_t record_count;  /* in it, damaged ones inside included */
    uint64_t torn_bytes;    /* cut off its end */
};

/* Finds the end of the last whole frame, keeps what is behind it in "<name>.torn" if any of it is not zero,
 * and cuts it off. A file without its header is torn from the start and gets a new one. fd is open for
 * reading and writing. */
MUST_CHECK bool journal_recover_segment(int folder_fd, int fd, uint64_t first_number,
                                        struct journal_recovered *out_recovered, struct error *err);
