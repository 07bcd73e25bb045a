/* What a caller asks of a model, in neutral form: the fields we act on, and the bytes they stand in.
 *
 * Nothing is decoded that no stage looks at; everything else of the body passes through untouched. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/text.h"

enum model_endpoint {
    MODEL_ENDPOINT_CHAT,        /* messages in, one or more answers out */
    MODEL_ENDPOINT_COMPLETIONS, /* prompt in, text out */
    MODEL_ENDPOINT_EMBEDDINGS,  /* input in, vectors out; no output tokens */
};

/* Where a value stands in the body: bytes from..to, the value only; to 0 when it is not there. */
struct body_span {
    size_t from;
    size_t to;
};

#define MODEL_REQUEST_NO_MAXIMUM INT64_MIN

struct model_request {
    enum model_endpoint endpoint;
    struct text body;     /* as received; the spans below are offsets into it */
    struct text model;    /* what the client calls it, unescaped */
    struct text user;     /* the end user that it names, unescaped; empty: none */
    struct text prompt;   /* raw JSON of messages, prompt or input */
    size_t prompt_bytes;  /* of the prompt and the tools, as written: what tokens are estimated from */
    size_t message_count; /* of a chat; otherwise prompts or inputs */
    bool stream;
    bool wants_usage;          /* the client itself asked for stream_options.include_usage */
    bool wants_audio;          /* the answer is spoken */
    bool offers_tools;         /* the answer may ask to call some */
    int64_t max_output_tokens; /* max_completion_tokens or max_tokens; MODEL_REQUEST_NO_MAXIMUM when absent */
    int64_t answer_count;      /* made and billed: n, or best_of; of completions for each prompt */
    struct body_span model_at;
    struct body_span max_tokens_at;
    struct body_span max_completion_tokens_at;
    struct body_span stream_options_at;
    struct body_span include_usage_at;
};
