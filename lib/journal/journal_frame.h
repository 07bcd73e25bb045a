/* One record as bytes, and the walk over a segment's frames. Private to the journal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/compiler.h"

struct arena;
struct error;

#define JOURNAL_FRAME_HEAD_BYTES 8
/* A batch in memory; so no frame is longer, and a length in a file that says so is nonsense. */
#define JOURNAL_MAX_WAITING_BYTES ((size_t)4 << 20)
#define JOURNAL_MAX_RECORD_BYTES (JOURNAL_MAX_WAITING_BYTES - JOURNAL_FRAME_HEAD_BYTES)

enum journal_frame_kind {
    JOURNAL_FRAME_WHOLE,   /* all there, and its checksum is right */
    JOURNAL_FRAME_DAMAGED, /* all there, and its checksum is wrong */
    JOURNAL_FRAME_CUT,     /* the file ends before the frame does, or no frame begins here */
};

struct journal_frame {
    enum journal_frame_kind kind;
    struct text record; /* of a whole frame; valid until the next look */
    size_t frame_bytes; /* head and record; 0 when cut */
};

/* Where a walk stands. */
struct journal_frames {
    int fd;
    uint64_t offset; /* in the file, of the frame that is looked at next */
    struct buffer window;
    uint64_t window_offset; /* in the file, of the window's first byte */
};

void journal_frame_add(struct buffer *out, struct text record);

/* The fd stays the caller's. The window lives in the arena; one walk may go over many files, one after the
 * other. */
void journal_frames_init(struct journal_frames *frames, struct arena *arena);
void journal_frames_start(struct journal_frames *frames, int fd, uint64_t offset);
/* Looks at the frame at the offset. False when the file cannot be read. */
MUST_CHECK bool
journal_frames_look(struct journal_frames *frames, struct journal_frame *out_frame, struct error *err);
void journal_frames_skip(struct journal_frames *frames, const struct journal_frame *frame);
/* Forgets what was read, so that the next look sees what was written since. */
void journal_frames_look_again(struct journal_frames *frames);
