/* An append-only log of records in segment files: length, CRC-32C, bytes. Knows nothing of what a record
 * means.
 *
 * A frame is: u32 little-endian length, u32 CRC-32C of the length and the bytes, the bytes. A segment is
 * "<first record's number, 20 digits>.log" with a 16-byte header ("WEIRJNL1", u64 first number). A torn tail
 * (a crash in the middle of a write) is found at open, kept aside as "<name>.torn" when it holds anything,
 * and cut off. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct journal;
struct journal_reader;

struct journal_options {
    size_t max_record_bytes;  /* a longer one is refused; less than 4 MiB */
    size_t max_segment_bytes; /* a new segment starts beyond it */
    size_t max_total_bytes; /* oldest closed segments are NOT deleted by us: appending fails (disk budget) */
};

/* Opens or makes the folder's journal and recovers its tail. CONFLICT while another program has it open. */
MUST_CHECK bool journal_open(struct arena *arena, const char *folder, const struct journal_options *options,
                             struct journal **out_journal, struct error *err);
/* Puts a record into the current batch (memory only; bounded: UNAVAILABLE when 4 MiB wait). */
MUST_CHECK bool journal_append(struct journal *journal, struct text record, struct error *err);
/* Writes the batch to the file (one write); records survive our own death from here on. On failure (disk
 * full) the batch stays for the next try and nothing half-written remains in the file. */
MUST_CHECK bool journal_write(struct journal *journal, struct error *err);
/* fdatasync of what was written; survives the machine's death from here on. */
MUST_CHECK bool journal_sync(struct journal *journal, struct error *err);
/* For journal_syncer: a duplicate of the descriptor whose writes are not synced yet, the caller's to sync and
 * close, or -1 when there is none (or no descriptor is left: then journal_sync is still to do). */
int journal_take_unsynced(struct journal *journal);
/* The number the next appended record will have; numbers begin at 0. */
uint64_t journal_next_number(const struct journal *journal);
/* Records before this number are in the file, synced or not. */
uint64_t journal_written_number(const struct journal *journal);
/* Who it is, wherever its folder is moved: a ULID made with it. Lives with the journal. */
struct text journal_id(const struct journal *journal);
/* Deletes the first segment if it holds nothing from this number on; never the one that is written to.
 * *out_fd: its descriptor, the caller's to close, which is what takes the time of a large file (tens of
 * milliseconds): see journal_syncer_close. -1: there was none to delete. */
MUST_CHECK bool journal_drop(struct journal *journal, uint64_t before, int *out_fd, struct error *err);
size_t journal_waiting_bytes(const struct journal *journal);
/* Bytes of a torn tail that journal_open cut off, for the log. */
uint64_t journal_torn_bytes(const struct journal *journal);
/* Closes the files and lets another writer in; what was not written is lost. Also done when the arena ends.
 */
void journal_close(struct journal *journal);

/* Reads a folder's records from number `from` in order, also while somebody appends. NULL folder error:
 * NOT_FOUND. */
MUST_CHECK bool journal_reader_open(struct arena *arena, const char *folder, uint64_t from,
                                    struct journal_reader **out_reader, struct error *err);
/* The next record (valid until the next call). False at the end (err->kind is then NONE; call again for what
 * was written since) or, with err set, when a record is damaged: the call after that goes on behind it. */
bool journal_reader_next(struct journal_reader *reader, uint64_t *out_number, struct text *out_record,
                         struct error *err);
void journal_reader_close(struct journal_reader *reader);
