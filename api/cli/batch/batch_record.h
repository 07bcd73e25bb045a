/* The output and error files of a batch: what was answered, and by that what need not be sent again.
 *
 * One run at a time has them (flock). A last line that a crash cut off is taken away at the next start; a
 * line counts as finished once it stands there whole. Lines reach the kernel at once and the disk with
 * batch_record_sync. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/cli/batch/batch_index.h"

struct batch_record;

struct batch_paths {
    const char *output, *errors;
};

/* Makes the folders and files, and reads what stands in them. ERROR_INVALID when they answer another input,
 * ERROR_CONFLICT when another run has them. Closed when the arena ends. */
MUST_CHECK bool
batch_record_open(struct arena *arena, const struct batch_paths *paths, const struct batch_index *index,
                  struct batch_record **out_record, struct error *err);
bool batch_record_is_done(const struct batch_record *record, uint64_t line_number);
/* text: one line with its line end. */
MUST_CHECK bool batch_record_add(struct batch_record *record, uint64_t line_number, bool has_failed,
                                 struct text text, struct error *err);
MUST_CHECK bool batch_record_sync(struct batch_record *record, struct error *err);
int64_t batch_record_succeeded(const struct batch_record *record);
int64_t batch_record_failed(const struct batch_record *record);
