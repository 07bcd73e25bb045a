/* Event streams: the events are the same whole, byte by byte and in pieces whose sizes the input picks; the
 * raw texts and the rest are the stream; and an event's data written out again is read back. */
#include <assert.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
static struct text read_in_pieces(struct arena *arena, struct text bytes, size_t piece_bytes);
static void note_event(struct buffer *notes, const struct sse_event *event);
static void check_written_again(struct arena *arena, const struct sse_event *event);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct text text = {(const char *)bytes, length};

    struct text whole = read_in_pieces(arena, text, length + 1);
    struct text by_byte = read_in_pieces(arena, text, 1);
    struct text by_piece = read_in_pieces(arena, text, length > 0 ? bytes[length - 1] % 32 + 2u : 2);
    assert(text_equals(whole, by_byte));
    assert(text_equals(whole, by_piece));
    return 0;
}

/* Notes every event and the rest; two readings are equal when their notes are. */
static struct text
read_in_pieces(struct arena *arena, struct text bytes, size_t piece_bytes)
{
    struct sse_reader *reader = sse_reader_new(arena, bytes.length + 1);
    struct buffer notes;
    struct buffer raw;
    buffer_init(&notes, arena, 64);
    buffer_init(&raw, arena, 64);

    for (size_t at = 0; at < bytes.length; at += piece_bytes) {
        struct sse_event event;
        sse_reader_feed(reader, text_copy(arena, text_slice(bytes, at, at + piece_bytes)));
        while (sse_reader_next(reader, &event)) {
            assert(event.raw.length > 0);
            buffer_add_text(&raw, event.raw);
            note_event(&notes, &event);
            check_written_again(arena, &event);
        }
    }
    assert(!sse_reader_failed(reader));
    buffer_add_text(&raw, sse_reader_rest(reader));
    assert(text_equals(buffer_text(&raw), bytes));
    return buffer_text(&notes);
}

static void
note_event(struct buffer *notes, const struct sse_event *event)
{
    buffer_print(notes, "\n%zu %zu %zu %d ", event->type.length, event->data.length, event->id.length,
                 event->has_data);
    buffer_add_text(notes, event->type);
    buffer_add_text(notes, event->data);
    buffer_add_text(notes, event->id);
}

static void
check_written_again(struct arena *arena, const struct sse_event *event)
{
    if (!event->has_data)
        return;
    struct buffer out;
    buffer_init(&out, arena, 64);
    sse_write(&out, event->type, event->data);

    struct sse_reader *reader = sse_reader_new(arena, out.length);
    struct sse_event again;
    sse_reader_feed(reader, buffer_text(&out));
    bool is_read = sse_reader_next(reader, &again);
    assert(is_read && again.has_data && again.raw.length == out.length);
    assert(text_equals(again.data, event->data));
    assert(text_equals(again.type, event->type));
}
