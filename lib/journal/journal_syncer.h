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
/* Readable when a sync ended: call journal_syncer_end. */
int journal_syncer_fd(const struct journal_syncer *syncer);
/* Begins to sync what was written so far. False when one is under way or there is nothing to sync. */
bool journal_syncer_begin(struct journal_syncer *syncer, struct journal *journal);
/* Takes the outcome of the sync that ended. */
MUST_CHECK bool journal_syncer_end(struct journal_syncer *syncer, struct error *err);
