/* Server-sent events (WHATWG HTML 9.2): an incremental reader and a writer. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buffer.h"
#include "lib/base/text.h"

struct sse_reader;

/* One complete event. raw is all its bytes with the blank line that ends it, exactly as received, so that a
 * pass-through can forward or drop the event whole; all texts are valid until the next sse_reader_next. */
struct sse_event {
    struct text raw;
    struct text type; /* "message" when not named: empty */
    struct text data; /* several data lines joined by LF */
    struct text id;   /* this event's own; earlier ids are not carried over */
    bool has_data;    /* false for a comment or an event without data lines */
};

/* Holds back at most max_event_bytes of an event that has not ended; beyond it sse_reader_failed is true. */
struct sse_reader *sse_reader_new(struct arena *arena, size_t max_event_bytes);
/* Hands over the next bytes; they are looked at until sse_reader_next returns false. */
void sse_reader_feed(struct sse_reader *reader, struct text bytes);
/* The next complete event; false when more bytes are needed. Line ends CRLF, LF and CR, a leading BOM,
 * multi-line data and cuts at any byte are all fine. */
bool sse_reader_next(struct sse_reader *reader, struct sse_event *out_event);
/* Bytes of an event that never ended: forward or judge them at the end of the stream. */
struct text sse_reader_rest(const struct sse_reader *reader);
bool sse_reader_failed(const struct sse_reader *reader);

/* "data: ...\n\n"; data may have line ends, each becomes a data line. */
void sse_write(struct buffer *out, struct text type, struct text data);
