/* Frames: u32 little-endian length, u32 CRC-32C of that length and the record, the record. */
#include "lib/journal/journal_frame.h"

#include <errno.h>

#include "lib/base/crc32c.h"
#include "lib/base/error.h"

#define WINDOW_BYTES ((size_t)64 << 10)

static bool fill(struct journal_frames *frames, size_t wanted, bool *out_is_there, struct error *err);
static uint32_t checksum(const char *length_bytes, struct text record);
static void put_u32(char *to, uint32_t value);
static uint32_t get_u32(const char *from);

void
journal_frame_add(struct buffer *out, struct text record)
{
    char *head = buffer_reserve(out, JOURNAL_FRAME_HEAD_BYTES + record.length);
    put_u32(head, (uint32_t)record.length);
    put_u32(head + 4, checksum(head, record));
    if (record.length > 0)
        memcpy(head + JOURNAL_FRAME_HEAD_BYTES, record.bytes, record.length);
    buffer_grew(out, JOURNAL_FRAME_HEAD_BYTES + record.length);
}

void
journal_frames_init(struct journal_frames *frames, struct arena *arena)
{
    *frames = (struct journal_frames){.fd = -1};
    buffer_init(&frames->window, arena, WINDOW_BYTES);
}

void
journal_frames_start(struct journal_frames *frames, int fd, uint64_t offset)
{
    frames->fd = fd;
    frames->offset = offset;
    journal_frames_look_again(frames);
}

bool
journal_frames_look(struct journal_frames *frames, struct journal_frame *out_frame, struct error *err)
{
    *out_frame = (struct journal_frame){.kind = JOURNAL_FRAME_CUT};
    bool is_there = false;
    if (!fill(frames, JOURNAL_FRAME_HEAD_BYTES, &is_there, err))
        return false;
    if (!is_there)
        return true;

    const char *head = frames->window.bytes + (frames->offset - frames->window_offset);
    size_t length = get_u32(head);
    uint32_t expected = get_u32(head + 4);
    /* Eight zeros are a hole that a crash left, not a frame: an empty record's checksum is not zero. */
    if (length > JOURNAL_MAX_RECORD_BYTES || (length == 0 && expected == 0))
        return true;
    if (!fill(frames, JOURNAL_FRAME_HEAD_BYTES + length, &is_there, err))
        return false;
    if (!is_there)
        return true;

    head = frames->window.bytes + (frames->offset - frames->window_offset);
    struct text record = {head + JOURNAL_FRAME_HEAD_BYTES, length};
    bool is_right = checksum(head, record) == expected;
    out_frame->kind = is_right ? JOURNAL_FRAME_WHOLE : JOURNAL_FRAME_DAMAGED;
    out_frame->record = is_right ? record : (struct text){0};
    out_frame->frame_bytes = JOURNAL_FRAME_HEAD_BYTES + length;
    return true;
}

void
journal_frames_skip(struct journal_frames *frames, const struct journal_frame *frame)
{
    frames->offset += frame->frame_bytes;
}

void
journal_frames_look_again(struct journal_frames *frames)
{
    frames->window.length = 0;
    frames->window_offset = frames->offset;
}

/* Brings `wanted` bytes from the offset on into the window, if the file has them. */
static bool
fill(struct journal_frames *frames, size_t wanted, bool *out_is_there, struct error *err)
{
    struct buffer *window = &frames->window;
    size_t passed = (size_t)(frames->offset - frames->window_offset);
    if (passed > window->length)
        passed = window->length;
    size_t kept = window->length - passed;
    *out_is_there = kept >= wanted;
    if (*out_is_there)
        return true;

    if (passed > 0 && kept > 0)
        memmove(window->bytes, window->bytes + passed, kept);
    window->length = kept;
    frames->window_offset = frames->offset;
    while (window->length < wanted) {
        char *room = buffer_reserve(window, wanted - window->length);
        ssize_t got = pread(frames->fd, room, window->capacity - window->length,
                            (off_t)(frames->window_offset + window->length));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, errno, "reading a journal segment");
        if (got == 0)
            return true;
        buffer_grew(window, (size_t)got);
    }
    *out_is_there = true;
    return true;
}

static uint32_t
checksum(const char *length_bytes, struct text record)
{
    return crc32c(crc32c(0, length_bytes, 4), record.bytes, record.length);
}

static void
put_u32(char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (char)(value >> (8 * i));
}

static uint32_t
get_u32(const char *from)
{
    uint32_t value = 0;
    for (int i = 3; i >= 0; i--)
        value = value << 8 | (unsigned char)from[i];
    return value;
}
