/* The checkpoints of a file, one after the other, in memory for one: notes with a blank line behind each. */
#pragma once

#include "api/audit/audit_checkpoint.h"

struct audit_checkpoint_reader;

struct audit_noted {
    struct audit_checkpoint checkpoint; /* until the next one is read */
    uint64_t number;                    /* counted from 1 */
    uint64_t line;                      /* of the file, where it starts */
    uint64_t end_bytes;                 /* of the file, behind it and its blank line */
    bool is_last_line_blank;            /* false only for one at the file's end without its blank line */
    bool is_cut;                        /* the file ends in the middle of it: never given out, only refused */
};

MUST_CHECK bool audit_checkpoint_reader_open(struct arena *arena, const char *path,
                                             struct audit_checkpoint_reader **out_reader, struct error *err);
/* False at the end, with err->kind ERROR_NONE, or with what is wrong: then out_noted says where all the same.
 */
bool audit_checkpoint_reader_next(struct audit_checkpoint_reader *reader, struct audit_noted *out_noted,
                                  struct error *err);
