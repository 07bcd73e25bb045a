/* Server-sent events, read as they come (WHATWG HTML 9.2.5 and 9.2.6).
 *
 * First the end of an event is found, with a state that survives a cut at any byte; then its lines are read.
 * An event that lies in one feed is never copied. The raw texts and the rest, one after the other, are the
 * stream. */
#include "lib/net/sse.h"

#include <assert.h>

#include "lib/base/arena.h"

#define BOM "\xEF\xBB\xBF"
#define BOM_BYTES 3

struct sse_reader {
    size_t max_event_bytes;
    struct text input;    /* fed, not yet looked at */
    struct buffer held;   /* an event's beginning, from earlier feeds; or the event just handed over */
    struct buffer joined; /* several data lines of one event */
    size_t
        bom_bytes; /* of the stream's beginning that were a byte order mark; BOM_BYTES: that is behind us */
    bool is_handed_over; /* held is an event the caller has seen */
    bool is_first;       /* no event was handed over yet */
    bool is_in_line;     /* bytes came since the last line end */
    bool is_after_cr;    /* the last byte was a CR: a LF would belong to it */
    bool is_end_pending; /* and that CR ends the event, but its LF is most likely on the way */
    bool is_crlf;        /* the last complete line end was CR LF */
    bool is_failed;
};

/* Where the next CR and LF are, so that a text full of one kind is not searched again and again for the
 * other. */
struct line_ends {
    const char *end;
    const char *next_cr;
    const char *next_lf;
};

static bool find_event_end(struct sse_reader *reader, struct text input, size_t *out_length);
static size_t skip_bom(struct sse_reader *reader, struct text input);
static bool end_line(struct sse_reader *reader, const char *line_end, const char *end, const char **out_next);
static const char *line_ends_find(struct line_ends *ends, const char *from);
static bool hold(struct sse_reader *reader, struct text bytes);
static void read_event(struct sse_reader *reader, struct text raw, struct sse_event *out_event);
static void read_field(struct sse_reader *reader, struct text line, struct sse_event *event);
static void take_value(struct sse_reader *reader, struct text value, struct sse_event *event);

struct sse_reader *
sse_reader_new(struct arena *arena, size_t max_event_bytes)
{
    struct sse_reader *reader = arena_alloc(arena, sizeof(*reader));
    reader->max_event_bytes = max_event_bytes;
    reader->is_first = true;
    buffer_init(&reader->held, arena, 0);
    buffer_init(&reader->joined, arena, 0);
    return reader;
}

void
sse_reader_feed(struct sse_reader *reader, struct text bytes)
{
    assert(reader->input.length == 0); /* sse_reader_next has not returned false */
    reader->input = bytes;
}

bool
sse_reader_next(struct sse_reader *reader, struct sse_event *out_event)
{
    if (reader->is_handed_over) {
        reader->held.length = 0;
        reader->is_handed_over = false;
    }
    if (reader->is_failed) {
        reader->input = (struct text){0};
        return false;
    }

    struct text input = reader->input;
    size_t length = 0;
    bool is_whole = find_event_end(reader, input, &length);
    struct text part = is_whole ? text_slice(input, 0, length) : input;
    reader->input = text_slice(input, part.length, input.length);
    if (is_whole && reader->held.length == 0) {
        read_event(reader, part, out_event);
        return true;
    }
    if (!hold(reader, part) || !is_whole)
        return false;
    reader->is_handed_over = true;
    read_event(reader, buffer_text(&reader->held), out_event);
    return true;
}

struct text
sse_reader_rest(const struct sse_reader *reader)
{
    return reader->is_handed_over ? (struct text){0} : buffer_text(&reader->held);
}

bool
sse_reader_failed(const struct sse_reader *reader)
{
    return reader->is_failed;
}

/* True when *out_length bytes of input (0: a CR of an earlier feed stood alone) complete the event being
 * read. */
static bool
find_event_end(struct sse_reader *reader, struct text input, size_t *out_length)
{
    if (input.length == 0)
        return false;

    const char *const end = input.bytes + input.length;
    const char *at = input.bytes + skip_bom(reader, input);
    bool is_end = false;
    if (at < end && reader->is_after_cr) {
        reader->is_crlf = *at == '\n';
        at += reader->is_crlf ? 1 : 0;
        is_end = reader->is_end_pending;
        reader->is_after_cr = false;
        reader->is_end_pending = false;
    }

    struct line_ends ends = {.end = end};
    while (!is_end && at < end) {
        const char *line_end = line_ends_find(&ends, at);
        reader->is_in_line |= line_end > at;
        at = line_end;
        if (line_end < end)
            is_end = end_line(reader, line_end, end, &at);
    }
    *out_length = (size_t)(at - input.bytes);
    return is_end;
}

/* How many bytes of input belong to the byte order mark that may open the stream. */
static size_t
skip_bom(struct sse_reader *reader, struct text input)
{
    size_t skipped = 0;
    while (reader->bom_bytes < BOM_BYTES && skipped < input.length) {
        if (input.bytes[skipped] != BOM[reader->bom_bytes]) {
            reader->is_in_line = reader->bom_bytes > 0;
            reader->bom_bytes = BOM_BYTES;
            break;
        }
        reader->bom_bytes++;
        skipped++;
    }
    return skipped;
}

/* True when the line was empty, so that the event is complete. A CR at the very end of what is there ends it
 * too, but in a stream of CR LF we wait for the LF, or raw would leave it to the next event. */
static bool
end_line(struct sse_reader *reader, const char *line_end, const char *end, const char **out_next)
{
    bool is_blank = !reader->is_in_line;
    const char *next = line_end + 1;
    reader->is_in_line = false;

    if (*line_end == '\r' && next == end) {
        reader->is_after_cr = true;
        reader->is_end_pending = is_blank && reader->is_crlf;
        *out_next = next;
        return is_blank && !reader->is_end_pending;
    }
    reader->is_crlf = *line_end == '\r' && *next == '\n';
    *out_next = reader->is_crlf ? next + 1 : next;
    return is_blank;
}

/* The first CR or LF at or after `from`, or the end. */
static const char *
line_ends_find(struct line_ends *ends, const char *from)
{
    if (!ends->next_lf || ends->next_lf < from) {
        const char *found = memchr(from, '\n', (size_t)(ends->end - from));
        ends->next_lf = found ? found : ends->end;
    }
    if (!ends->next_cr || ends->next_cr < from) {
        const char *found = memchr(from, '\r', (size_t)(ends->end - from));
        ends->next_cr = found ? found : ends->end;
    }
    return ends->next_cr < ends->next_lf ? ends->next_cr : ends->next_lf;
}

static bool
hold(struct sse_reader *reader, struct text bytes)
{
    if (bytes.length > reader->max_event_bytes - reader->held.length) {
        reader->is_failed = true;
        reader->input = (struct text){0};
        return false;
    }
    buffer_add_text(&reader->held, bytes);
    return true;
}

static void
read_event(struct sse_reader *reader, struct text raw, struct sse_event *out_event)
{
    *out_event = (struct sse_event){.raw = raw};
    reader->joined.length = 0;

    const char *const end = raw.bytes + raw.length;
    const char *at = raw.bytes;
    if (reader->is_first && text_starts_with(raw, TEXT(BOM)))
        at += BOM_BYTES;
    reader->is_first = false;

    struct line_ends ends = {.end = end};
    while (at < end) {
        const char *line_end = line_ends_find(&ends, at);
        if (line_end > at)
            read_field(reader, (struct text){at, (size_t)(line_end - at)}, out_event);
        at = line_end + 1; /* the LF of a CR LF is an empty line then, and says nothing */
    }
}

static void
read_field(struct sse_reader *reader, struct text line, struct sse_event *event)
{
    const char *colon = memchr(line.bytes, ':', line.length);
    size_t name_length = colon ? (size_t)(colon - line.bytes) : line.length;
    struct text name = {line.bytes, name_length};
    struct text value = text_slice(line, name_length + 1, line.length);
    if (value.length > 0 && value.bytes[0] == ' ')
        value = text_slice(value, 1, value.length);

    if (text_equals(name, TEXT("data")))
        take_value(reader, value, event);
    else if (text_equals(name, TEXT("event")))
        event->type = value;
    else if (text_equals(name, TEXT("id")) && text_find_byte(value, '\0') < 0)
        event->id = value;
}

static void
take_value(struct sse_reader *reader, struct text value, struct sse_event *event)
{
    if (!event->has_data) {
        event->has_data = true;
        event->data = value;
        return;
    }
    if (reader->joined.length == 0)
        buffer_add_text(&reader->joined, event->data);
    buffer_add_byte(&reader->joined, '\n');
    buffer_add_text(&reader->joined, value);
    event->data = buffer_text(&reader->joined);
}
