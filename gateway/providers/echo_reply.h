/* What the built-in Echo provider answers: a pure function from request bytes to reply bytes or events.
 *
 * The answer to a chat is the last user message. Counting rule, for what goes in and what comes out alike: a
 * token is a run of letters, digits and bytes above 127, or one other character that is not a blank; blanks
 * are free. Each message of a prompt adds 3, the prompt itself 3. Usage says exactly that, and max_tokens
 * cuts after that many tokens. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

enum echo_endpoint { ECHO_CHAT, ECHO_COMPLETIONS, ECHO_EMBEDDINGS };

struct echo_ask {
    enum echo_endpoint endpoint;
    struct text body;     /* the client's JSON, with the target's model */
    struct text call_id;  /* becomes part of the reply's id */
    int64_t unix_seconds; /* "created" */
};

/* A whole JSON body, or the events of a stream: each a complete "data: ...\n\n", the last is [DONE]. */
struct echo_reply {
    int status; /* 200, or 400 with an OpenAI-shaped error as the body */
    bool is_stream;
    struct text body;
    struct text *events;
    size_t event_count;
    int64_t input_tokens;
    int64_t output_tokens;
};

/* Cannot fail: a request it does not understand gets a reply that says why. */
struct echo_reply echo_reply_to(struct arena *arena, const struct echo_ask *ask);
/* The error body for a status an Echo provider was told to answer with. */
struct text echo_reply_error(struct arena *arena, int status);
/* The counting rule. */
int64_t echo_count_tokens(struct text text);
