/* The writer's side: batch, write, rotate, sync, under a lock that keeps a second writer out.
 *
 * Between two calls the file holds whole frames only: a write that fails is cut back, and its batch is kept.
 */
#include "lib/journal/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/journal/journal_frame.h"
#include "lib/journal/journal_identity.h"
#include "lib/journal/journal_recovery.h"
#include "lib/journal/journal_segment.h"

/* A batch grown larger by a burst gives its memory back when it was written. */
#define KEPT_BATCH_BYTES ((size_t)256 << 10)

struct journal {
    struct journal_options options;
    struct arena *batch_arena; /* for the batch alone, so that it can shrink again */
    struct buffer batch;       /* frames not yet in the file */
    uint64_t batch_count;      /* records in it */
    uint64_t next_number;      /* of the next record that is appended */
    struct text id;
    int folder_fd;
    int lock_fd;
    int segment_fd;         /* -1: no record was ever written here */
    uint64_t segment_bytes; /* whole frames and the header; where the next batch goes */
    uint64_t total_bytes;   /* of all segments, as of the last look */
    uint64_t torn_bytes;
    bool is_synced;
};

static bool open_folder(struct journal *journal, const char *folder, struct error *err);
static bool open_last_segment(struct journal *journal, struct error *err);
static bool has_budget(struct journal *journal, size_t frame_bytes);
static bool start_segment(struct journal *journal, struct error *err);
static void empty_batch(struct journal *journal);
static void release(void *owner);
static void close_fd(int *fd);

bool
journal_open(struct arena *arena, const char *folder, const struct journal_options *options,
             struct journal **out_journal, struct error *err)
{
    assert(options->max_record_bytes <= JOURNAL_MAX_RECORD_BYTES);

    struct journal *journal = arena_alloc(arena, sizeof(*journal));
    *journal = (struct journal){
        .options = *options, .folder_fd = -1, .lock_fd = -1, .segment_fd = -1, .is_synced = true};
    journal->batch_arena = arena_new(0);
    arena_defer(arena, release, journal);
    buffer_init(&journal->batch, journal->batch_arena, 0);
    /* The first segment is made now: a process that is out of descriptors could not make it later. */
    if (!open_folder(journal, folder, err) ||
        !journal_identity_open(arena, journal->folder_fd, &journal->id, err) ||
        !open_last_segment(journal, err) || (journal->segment_fd < 0 && !start_segment(journal, err))) {
        journal_close(journal);
        return error_context(err, "opening the journal in %s", folder);
    }
    *out_journal = journal;
    return true;
}

bool
journal_append(struct journal *journal, struct text record, struct error *err)
{
    if (record.length > journal->options.max_record_bytes)
        return error_set(err, ERROR_INVALID, "a journal record of %zu bytes is longer than the %zu allowed",
                         record.length, journal->options.max_record_bytes);
    size_t frame_bytes = JOURNAL_FRAME_HEAD_BYTES + record.length;
    if (frame_bytes > JOURNAL_MAX_WAITING_BYTES - journal->batch.length)
        return error_set(err, ERROR_UNAVAILABLE,
                         "%zu bytes wait to be written to the journal, no more are taken",
                         journal->batch.length);
    if (!has_budget(journal, frame_bytes))
        return error_set(
            err, ERROR_UNAVAILABLE,
            "the journal has reached its disk budget of %zu bytes: delete segments that were read, or "
            "raise it",
            journal->options.max_total_bytes);

    journal_frame_add(&journal->batch, record);
    journal->batch_count++;
    journal->next_number++;
    return true;
}

bool
journal_write(struct journal *journal, struct error *err)
{
    size_t length = journal->batch.length;
    if (length == 0)
        return true;
    bool is_full = journal->segment_bytes + length > journal->options.max_segment_bytes &&
                   journal->segment_bytes > JOURNAL_SEGMENT_HEADER_BYTES;
    if ((journal->segment_fd < 0 || is_full) && !start_segment(journal, err))
        return error_context(err, "starting a new journal segment");

    if (!journal_write_at(journal->segment_fd, journal->batch.bytes, length, journal->segment_bytes, err)) {
        /* Should this fail too, the next try writes the same frames over the same place. */
        if (ftruncate(journal->segment_fd, (off_t)journal->segment_bytes) < 0)
            return error_context(err, "and what came through of it could not be cut off");
        return false;
    }
    journal->segment_bytes += length;
    journal->total_bytes += length;
    journal->is_synced = false;
    empty_batch(journal);
    return true;
}

bool
journal_sync(struct journal *journal, struct error *err)
{
    if (journal->is_synced)
        return true;
    if (fdatasync(journal->segment_fd) < 0)
        return error_set_errno(err, errno, "syncing the journal");
    journal->is_synced = true;
    return true;
}

int
journal_take_unsynced(struct journal *journal)
{
    if (journal->is_synced)
        return -1;
    int fd = fcntl(journal->segment_fd, F_DUPFD_CLOEXEC, 0);
    journal->is_synced = fd >= 0;
    return fd;
}

uint64_t
journal_next_number(const struct journal *journal)
{
    return journal->next_number;
}

struct text
journal_id(const struct journal *journal)
{
    return journal->id;
}

bool
journal_drop(struct journal *journal, uint64_t before, int *out_fd, struct error *err)
{
    struct journal_survey lowest, its;
    *out_fd = -1;
    if (!journal_survey_take(journal->folder_fd, 0, &lowest, err) ||
        !journal_survey_take(journal->folder_fd, lowest.holding, &its, err))
        return false;
    if (its.is_empty || !its.has_next || its.next > before)
        return true;
    char name[JOURNAL_SEGMENT_NAME_BYTES];
    journal_segment_name(its.holding, name);
    int fd = journal_segment_open(journal->folder_fd, its.holding, O_RDONLY);
    if (fd < 0)
        return error_set_errno(err, errno, "opening journal segment %s to delete it", name);
    if (unlinkat(journal->folder_fd, name, 0) < 0) {
        error_set_errno(err, errno, "deleting journal segment %s", name);
        close(fd);
        return false;
    }
    *out_fd = fd;
    return true;
}

uint64_t
journal_written_number(const struct journal *journal)
{
    return journal->next_number - journal->batch_count;
}

size_t
journal_waiting_bytes(const struct journal *journal)
{
    return journal->batch.length;
}

uint64_t
journal_torn_bytes(const struct journal *journal)
{
    return journal->torn_bytes;
}

void
journal_close(struct journal *journal)
{
    close_fd(&journal->segment_fd);
    close_fd(&journal->folder_fd);
    close_fd(&journal->lock_fd); /* last: it lets the next writer in */
    arena_free(journal->batch_arena);
    journal->batch_arena = NULL;
    journal->batch = (struct buffer){0};
}

static bool
open_folder(struct journal *journal, const char *folder, struct error *err)
{
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return error_set_errno(err, errno, "making the folder");
    journal->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->folder_fd < 0)
        return error_set_errno(err, errno, "opening the folder");
    journal->lock_fd = openat(journal->folder_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (journal->lock_fd < 0)
        return error_set_errno(err, errno, "opening its lock file");
    if (flock(journal->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        return error_set(err, ERROR_CONFLICT,
                         "another program is writing to it: stop that one, or use another folder");
    return error_set_errno(err, errno, "locking it");
}

static bool
open_last_segment(struct journal *journal, struct error *err)
{
    struct journal_survey survey;
    if (!journal_survey_take(journal->folder_fd, 0, &survey, err))
        return false;
    if (survey.is_empty)
        return true;

    journal->segment_fd = journal_segment_open(journal->folder_fd, survey.highest, O_RDWR);
    if (journal->segment_fd < 0)
        return error_set_errno(err, errno, "opening its last segment");
    struct journal_recovered recovered;
    if (!journal_recover_segment(journal->folder_fd, journal->segment_fd, survey.highest, &recovered, err))
        return false;
    journal->segment_bytes = recovered.segment_bytes;
    journal->torn_bytes = recovered.torn_bytes;
    journal->total_bytes = survey.total_bytes - recovered.torn_bytes;
    journal->next_number = survey.highest + recovered.record_count;
    journal->is_synced = false; /* our predecessor may have died between writing and syncing */
    return true;
}

/* Somebody else deletes what was read, so a budget that seems to be used up is looked at again. */
static bool
has_budget(struct journal *journal, size_t frame_bytes)
{
    uint64_t wanted = journal->batch.length + frame_bytes;
    if (journal->total_bytes + wanted <= journal->options.max_total_bytes)
        return true;
    struct journal_survey survey;
    if (journal_survey_take(journal->folder_fd, 0, &survey, NULL))
        journal->total_bytes = survey.total_bytes;
    return journal->total_bytes + wanted <= journal->options.max_total_bytes;
}

/* The one that ends is synced first, so that only the last segment can ever be torn. */
static bool
start_segment(struct journal *journal, struct error *err)
{
    journal->is_synced = journal->segment_fd < 0; /* one that a syncer took may still be under way */
    if (!journal_sync(journal, err))
        return false;

    uint64_t first_number = journal->next_number - journal->batch_count;
    int fd = journal_segment_open(journal->folder_fd, first_number, O_RDWR | O_CREAT | O_TRUNC);
    if (fd < 0)
        return error_set_errno(err, errno, "making its file");
    if (!journal_segment_begin(journal->folder_fd, fd, first_number, err)) {
        char name[JOURNAL_SEGMENT_NAME_BYTES];
        journal_segment_name(first_number, name);
        unlinkat(journal->folder_fd, name, 0);
        close(fd);
        return false;
    }
    close_fd(&journal->segment_fd);
    journal->segment_fd = fd;
    journal->segment_bytes = JOURNAL_SEGMENT_HEADER_BYTES;
    journal->total_bytes += JOURNAL_SEGMENT_HEADER_BYTES;
    return true;
}

static void
empty_batch(struct journal *journal)
{
    journal->batch.length = 0;
    journal->batch_count = 0;
    if (journal->batch.capacity <= KEPT_BATCH_BYTES)
        return;
    arena_reset(journal->batch_arena);
    buffer_init(&journal->batch, journal->batch_arena, 0);
}

static void
release(void *owner)
{
    journal_close(owner);
}

static void
close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}
