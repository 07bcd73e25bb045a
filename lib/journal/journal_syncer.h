/* Makes what a journal wrote survive the machine's death without its writer waiting for the disk.
 *
 * A worker (lib/base/worker.h) calls fdatasync on duplicated descriptors: it shares no memory with anybody,
 * so there is still nothing to lock. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"

struct arena;
struct error;
struct journal;
struct journal_syncer;

/* The thread ends with the arena, after the sync that is under way. */
MUST_CHECK bool
journal_syncer_start(struct arena *arena, struct journal_syncer **out_syncer, struct error *err);
/* Readable when something ended: call journal_syncer_end. */
int journal_syncer_fd(const struct journal_syncer *syncer);
/* Begins to sync what was written so far. False when one is under way or there is nothing to sync. */
bool journal_syncer_begin(struct journal_syncer *syncer, struct journal *journal);
/* Closes the descriptor of a deleted segment: with the last one its blocks are given back, which takes as
 * long as there are many. It ends as a sync does. */
void journal_syncer_close(struct journal_syncer *syncer, int fd);
/* Takes the outcome of what ended. *out_is_sync: it was the sync, not a segment that was closed. */
MUST_CHECK bool journal_syncer_end(struct journal_syncer *syncer, bool *out_is_sync, struct error *err);
