/* What the Echo provider sends: a pure function from a request to a whole body, or to events one after the
 * other.
 *
 * What it answers is decided in echo_prompt.h; here it is written in OpenAI's format. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/providers/echo_prompt.h"

struct buffer;

/* Where a stream stands. Private. */
struct echo_stream {
    struct echo_ask ask;
    struct echo_prompt prompt;
    size_t answer;    /* being told */
    struct text rest; /* of its words */
    int step;
};

struct echo_reply {
    int status; /* 200, or 400 with an OpenAI-shaped error */
    bool is_stream;
    int64_t input_tokens;
    int64_t output_tokens;
    struct text body;          /* when it is no stream */
    struct echo_stream stream; /* when it is one */
};

/* Cannot fail: a request it does not understand gets a reply that says why. The ask's texts must outlive the
 * reply. */
struct echo_reply echo_reply_to(struct arena *arena, const struct echo_ask *ask);
/* Appends the next event ("data: ...\n\n"; the last is [DONE]); false when there was none left. */
bool echo_stream_next(struct echo_stream *stream, struct buffer *out);
/* The body for an error status an Echo provider was told to answer with. */
struct text echo_reply_error(struct arena *arena, int status);
