/* OpenAI's streams of events on their way through: counted, the usage chunk that only we asked for taken out,
 * everything else passed on byte for byte. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/chat/call_usage.h"
#include "lib/base/buffer.h"

struct openai_tools;
struct sse_reader;

struct openai_stream {
    struct sse_reader *reader;
    bool strips_usage;          /* the client did not ask for the chunk `choices:[]` + usage */
    bool is_done;               /* [DONE] came */
    bool has_error;             /* an event said so */
    struct call_usage usage;    /* source USAGE_NONE until a chunk brought one */
    int64_t content_events;     /* that carried choices: about a token each */
    struct openai_tools *tools; /* takes what choices ask to call; NULL: nobody offered any */
};

#define OPENAI_STREAM_MAX_EVENT_BYTES (1024 * 1024)

void openai_stream_init(struct openai_stream *stream, struct arena *arena, bool strips_usage);
/* Looks at the next bytes and adds what the client may have now; [DONE] and what follows it goes to `held`
 * instead: a client that has read [DONE] has its whole answer. */
void
openai_stream_feed(struct openai_stream *stream, struct text bytes, struct buffer *out, struct buffer *held);
/* Bytes of an event that never ended. */
void openai_stream_end(struct openai_stream *stream, struct buffer *out);
