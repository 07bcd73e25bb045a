/* Reading a journal from some record on, also while it is written: no lock, and nothing but what is whole.
 *
 * The last segment may end in the middle of a frame, because the writer is at it: that is the end, for now.
 * In a segment that has a successor it is damage. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/journal/journal.h"
#include "lib/journal/journal_frame.h"
#include "lib/journal/journal_segment.h"

struct journal_reader {
    int folder_fd;
    int segment_fd;  /* -1: no segment is open */
    uint64_t wanted; /* records before it are passed over */
    uint64_t number; /* of the record at the frames' offset */
    uint64_t segment;
    bool has_successor; /* a later segment was seen, so this one grows no more */
    uint64_t successor;
    bool was_looked_at_twice; /* the damage is not a write that was under way when we looked first */
    struct journal_frames frames;
};

enum reader_step {
    READER_RECORD, /* the frame that was looked at is to be handed over */
    READER_AGAIN,  /* look at the next one */
    READER_END,    /* nothing more for now */
    READER_FAILED, /* err is set */
};

static enum reader_step open_segment(struct journal_reader *reader, struct error *err);
static enum reader_step
judge_frame(struct journal_reader *reader, const struct journal_frame *frame, struct error *err);
static enum reader_step
judge_damage(struct journal_reader *reader, const struct journal_frame *frame, struct error *err);
static enum reader_step judge_cut(struct journal_reader *reader, struct error *err);
static void leave_segment(struct journal_reader *reader);
static void release(void *owner);

bool
journal_reader_open(struct arena *arena, const char *folder, uint64_t from,
                    struct journal_reader **out_reader, struct error *err)
{
    struct journal_reader *reader = arena_alloc(arena, sizeof(*reader));
    *reader = (struct journal_reader){.segment_fd = -1, .wanted = from, .number = from};
    reader->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (reader->folder_fd < 0)
        return error_set_errno(err, errno, "reading the journal in %s", folder);
    arena_defer(arena, release, reader);
    journal_frames_init(&reader->frames, arena);
    *out_reader = reader;
    return true;
}

bool
journal_reader_next(struct journal_reader *reader, uint64_t *out_number, struct text *out_record,
                    struct error *err)
{
    if (err)
        err->kind = ERROR_NONE;

    struct journal_frame frame;
    enum reader_step step = READER_AGAIN;
    while (step == READER_AGAIN) {
        if (reader->segment_fd < 0) {
            step = open_segment(reader, err);
            continue;
        }
        if (!journal_frames_look(&reader->frames, &frame, err))
            return false;
        step = judge_frame(reader, &frame, err);
    }
    if (step != READER_RECORD)
        return false;
    *out_number = reader->number++;
    *out_record = frame.record;
    return true;
}

void
journal_reader_close(struct journal_reader *reader)
{
    if (reader->folder_fd >= 0)
        close(reader->folder_fd);
    if (reader->segment_fd >= 0)
        close(reader->segment_fd);
    reader->folder_fd = -1;
    reader->segment_fd = -1;
}

/* The successor we know of, or else whatever segment holds the record that we want. */
static enum reader_step
open_segment(struct journal_reader *reader, struct error *err)
{
    struct journal_survey survey;
    if (!journal_survey_take(reader->folder_fd, reader->number, &survey, err))
        return READER_FAILED;
    if (survey.is_empty)
        return READER_END;

    uint64_t first = reader->has_successor ? reader->successor : survey.holding;
    int fd = journal_segment_open(reader->folder_fd, first, O_RDONLY);
    if (fd < 0 && errno == ENOENT && reader->has_successor) {
        reader->has_successor = false; /* deleted since: go on with what is there */
        return READER_AGAIN;
    }
    if (fd < 0 && errno == ENOENT)
        return READER_END;
    if (fd < 0) {
        error_set_errno(err, errno, "opening journal segment %020" PRIu64 ".log", first);
        return READER_FAILED;
    }
    if (!journal_segment_is_ours(fd, first) && !survey.has_next && first == survey.highest) {
        close(fd); /* its writer has only just made it, or died doing so */
        return READER_END;
    }
    reader->segment_fd = fd;
    reader->segment = first;
    reader->number = first;
    reader->has_successor = false;
    journal_frames_start(&reader->frames, fd, JOURNAL_SEGMENT_HEADER_BYTES);
    return READER_AGAIN;
}

static enum reader_step
judge_frame(struct journal_reader *reader, const struct journal_frame *frame, struct error *err)
{
    if (frame->kind == JOURNAL_FRAME_DAMAGED)
        return judge_damage(reader, frame, err);
    reader->was_looked_at_twice = false;
    if (frame->kind == JOURNAL_FRAME_CUT)
        return judge_cut(reader, err);
    journal_frames_skip(&reader->frames, frame);
    if (reader->number >= reader->wanted)
        return READER_RECORD;
    reader->number++;
    return READER_AGAIN;
}

static enum reader_step
judge_damage(struct journal_reader *reader, const struct journal_frame *frame, struct error *err)
{
    if (!reader->was_looked_at_twice) {
        reader->was_looked_at_twice = true;
        journal_frames_look_again(&reader->frames);
        return READER_AGAIN;
    }
    reader->was_looked_at_twice = false;
    error_set(err, ERROR_INVALID,
              "journal record %" PRIu64 " is damaged (segment %020" PRIu64 ".log, byte %" PRIu64
              "): its checksum does not fit",
              reader->number, reader->segment, reader->frames.offset);
    journal_frames_skip(&reader->frames, frame);
    reader->number++;
    return READER_FAILED;
}

/* Nothing whole at the offset. With a successor known since before this look, the segment is over. */
static enum reader_step
judge_cut(struct journal_reader *reader, struct error *err)
{
    if (!reader->has_successor) {
        struct journal_survey survey;
        if (!journal_survey_take(reader->folder_fd, reader->segment, &survey, err))
            return READER_FAILED;
        reader->has_successor = survey.has_next;
        reader->successor = survey.next;
        journal_frames_look_again(&reader->frames); /* what came between our look and the successor */
        return survey.has_next ? READER_AGAIN : READER_END;
    }

    bool has_rest = lseek(reader->segment_fd, 0, SEEK_END) > (off_t)reader->frames.offset;
    uint64_t missing = reader->successor > reader->number ? reader->successor - reader->number : 0;
    uint64_t first_missing = reader->number;
    uint64_t offset = reader->frames.offset;
    leave_segment(reader);
    if (!has_rest && missing == 0)
        return READER_AGAIN;
    error_set(err, ERROR_INVALID,
              "the journal is damaged: %" PRIu64 " records from number %" PRIu64
              " cannot be read (segment %020" PRIu64 ".log, from byte %" PRIu64 ")",
              missing, first_missing, reader->segment, offset);
    return READER_FAILED;
}

static void
leave_segment(struct journal_reader *reader)
{
    close(reader->segment_fd);
    reader->segment_fd = -1;
    reader->number = reader->successor;
}

static void
release(void *owner)
{
    journal_reader_close(owner);
}
