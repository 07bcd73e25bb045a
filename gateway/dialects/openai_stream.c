/* One scan an event. A chunk that cannot be read is passed on as it is: the client's parser is the judge of
 * it. */
#include "gateway/dialects/openai_stream.h"

#include "gateway/dialects/openai_tools.h"
#include "gateway/dialects/openai_usage.h"
#include "lib/document/json_scan.h"
#include "lib/net/sse.h"

enum wanted { WANTED_CHOICES, WANTED_USAGE, WANTED_ERROR, WANTED_COUNT };

void
openai_stream_init(struct openai_stream *stream, struct arena *arena, bool strips_usage)
{
    *stream = (struct openai_stream){.reader = sse_reader_new(arena, OPENAI_STREAM_MAX_EVENT_BYTES),
                                     .strips_usage = strips_usage};
}

static bool
is_empty_list(const struct json_field *field)
{
    return field->kind == JSON_ARRAY &&
           text_is_empty(text_trim(text_slice(field->raw, 1, field->raw.length - 1)));
}

/* False when the client shall not see this event. */
static bool
take_event(struct openai_stream *stream, const struct sse_event *event)
{
    struct json_field fields[WANTED_COUNT] = {
        [WANTED_CHOICES] = {.path = "choices"},
        [WANTED_USAGE] = {.path = "usage"},
        [WANTED_ERROR] = {.path = "error"},
    };
    if (!json_scan(event->data, fields, WANTED_COUNT, NULL))
        return true;
    bool has_no_choices = is_empty_list(&fields[WANTED_CHOICES]);
    if (fields[WANTED_ERROR].kind == JSON_OBJECT)
        stream->has_error = true;
    if (fields[WANTED_CHOICES].kind == JSON_ARRAY && !has_no_choices)
        stream->content_events++;
    if (stream->tools && fields[WANTED_CHOICES].kind == JSON_ARRAY)
        openai_tools_take(stream->tools, fields[WANTED_CHOICES].raw);
    bool has_usage = fields[WANTED_USAGE].kind == JSON_OBJECT &&
                     openai_usage_read(fields[WANTED_USAGE].raw, &stream->usage);
    return !(stream->strips_usage && has_usage && has_no_choices);
}

void
openai_stream_feed(struct openai_stream *stream, struct text bytes, struct buffer *out, struct buffer *held)
{
    struct sse_event event;
    sse_reader_feed(stream->reader, bytes);
    while (sse_reader_next(stream->reader, &event)) {
        bool is_done = text_equals(event.data, TEXT("[DONE]"));
        stream->is_done = stream->is_done || is_done;
        if (is_done || !event.has_data || take_event(stream, &event))
            buffer_add_text(stream->is_done ? held : out, event.raw);
    }
}

void
openai_stream_end(struct openai_stream *stream, struct buffer *out)
{
    buffer_add_text(out, sse_reader_rest(stream->reader));
}
