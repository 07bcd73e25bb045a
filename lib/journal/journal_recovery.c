/* Recovery of the last segment: the only one a crash can have torn, since the others were synced before it
 * began.
 *
 * A damaged frame with a whole one behind it is not a torn tail but a spoilt sector: it stays, readers name
 * it, and the records behind it are kept. */
#include "lib/journal/journal_recovery.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/journal/journal_frame.h"
#include "lib/journal/journal_segment.h"

#define COPY_BYTES 4096

static bool find_end(int fd, struct journal_recovered *recovered, struct error *err);
static bool keep_aside(int folder_fd, int fd, uint64_t first_number, uint64_t from, struct error *err);
static bool holds_anything(int fd, uint64_t from);
static bool copy_rest(int fd, uint64_t from, int to_fd, struct error *err);

bool
journal_recover_segment(int folder_fd, int fd, uint64_t first_number, struct journal_recovered *out_recovered,
                        struct error *err)
{
    *out_recovered = (struct journal_recovered){0};
    struct stat status;
    if (fstat(fd, &status) < 0)
        return error_set_errno(err, errno, "looking at a journal segment");

    bool is_ours = journal_segment_is_ours(fd, first_number);
    if (is_ours && !find_end(fd, out_recovered, err))
        return false;
    out_recovered->torn_bytes = (uint64_t)status.st_size - out_recovered->segment_bytes;
    if (out_recovered->torn_bytes > 0) {
        if (!keep_aside(folder_fd, fd, first_number, out_recovered->segment_bytes, err))
            return false;
        if (ftruncate(fd, (off_t)out_recovered->segment_bytes) < 0 || fdatasync(fd) < 0)
            return error_set_errno(err, errno, "cutting the torn end off a journal segment");
    }
    if (is_ours)
        return true;
    out_recovered->segment_bytes = JOURNAL_SEGMENT_HEADER_BYTES;
    return journal_segment_begin(folder_fd, fd, first_number, err);
}

static bool
find_end(int fd, struct journal_recovered *recovered, struct error *err)
{
    struct arena *arena = arena_new(0);
    struct journal_frames frames;
    journal_frames_init(&frames, arena);
    journal_frames_start(&frames, fd, JOURNAL_SEGMENT_HEADER_BYTES);
    recovered->segment_bytes = JOURNAL_SEGMENT_HEADER_BYTES;

    struct journal_frame frame;
    bool is_readable;
    bool was_damaged = false;
    uint64_t count = 0;
    while ((is_readable = journal_frames_look(&frames, &frame, err))) {
        bool is_damaged = frame.kind == JOURNAL_FRAME_DAMAGED;
        if (frame.kind == JOURNAL_FRAME_CUT || (is_damaged && was_damaged))
            break;
        journal_frames_skip(&frames, &frame);
        count++;
        was_damaged = is_damaged;
        if (!is_damaged) {
            recovered->segment_bytes = frames.offset;
            recovered->record_count = count;
        }
    }
    arena_free(arena);
    return is_readable;
}

/* Appends: a segment may be torn twice, and nothing of it is thrown away here. */
static bool
keep_aside(int folder_fd, int fd, uint64_t first_number, uint64_t from, struct error *err)
{
    if (!holds_anything(fd, from))
        return true;

    char name[JOURNAL_SEGMENT_NAME_BYTES];
    char torn_name[JOURNAL_SEGMENT_NAME_BYTES + 8];
    journal_segment_name(first_number, name);
    snprintf(torn_name, sizeof(torn_name), "%s.torn", name);
    int torn_fd = openat(folder_fd, torn_name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (torn_fd < 0)
        return error_set_errno(err, errno, "keeping the torn end of a journal segment in %s", torn_name);

    bool is_kept = copy_rest(fd, from, torn_fd, err);
    if (is_kept && (fdatasync(torn_fd) < 0 || fsync(folder_fd) < 0))
        is_kept = error_set_errno(err, errno, "syncing it");
    close(torn_fd);
    return is_kept || error_context(err, "keeping the torn end of a journal segment in %s", torn_name);
}

static bool
holds_anything(int fd, uint64_t from)
{
    static const char zeros[COPY_BYTES];
    char bytes[COPY_BYTES];
    ssize_t count;
    while ((count = pread(fd, bytes, sizeof(bytes), (off_t)from)) > 0) {
        if (memcmp(bytes, zeros, (size_t)count) != 0)
            return true;
        from += (uint64_t)count;
    }
    return count < 0; /* unreadable: let the copy find out and tell */
}

static bool
copy_rest(int fd, uint64_t from, int to_fd, struct error *err)
{
    char bytes[COPY_BYTES];
    ssize_t count;
    while ((count = pread(fd, bytes, sizeof(bytes), (off_t)from)) > 0) {
        if (!journal_write_at(to_fd, bytes, (size_t)count, 0,
                              err)) /* O_APPEND: the offset is not looked at */
            return false;
        from += (uint64_t)count;
    }
    return count == 0 || error_set_errno(err, errno, "reading it");
}
