/* What a request to the Echo provider asks for, and the answers it gets: the thinking half, without any wire
 * format.
 *
 * The answer to a chat is its last user or tool message; to a prompt, the prompt. A request with tools and a
 * tool_choice that forces one gets a call of that tool (the first, for "required"); a response_format in JSON
 * gets a value that fits its schema. Prompt tokens: echo_tokens.h over all texts, plus 3 a message and 3 a
 * request; tools count as the JSON they are written in; parts that are not text are free. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/text.h"

struct arena;

#define ECHO_NO_MAXIMUM INT64_C(-1)
#define ECHO_MAX_OUTPUT_TOKENS 8192 /* what an answer is cut to without a maximum, as a model's own end */
#define ECHO_MAX_ANSWERS 128
#define ECHO_MAX_INPUTS 2048
#define ECHO_DIMENSIONS 256
#define ECHO_MAX_DIMENSIONS 3072
#define ECHO_MAX_NUMBERS (1024 * 1024) /* vector elements in one reply */

enum echo_endpoint { ECHO_CHAT, ECHO_COMPLETIONS, ECHO_EMBEDDINGS };

struct echo_ask {
    enum echo_endpoint endpoint;
    struct text body;          /* the client's JSON */
    struct text model;         /* what the reply calls the model */
    int64_t max_output_tokens; /* ECHO_NO_MAXIMUM if there is none */
    bool stream;
    bool include_usage;
    struct text reply_id; /* made part of the reply's ids */
    int64_t unix_seconds; /* "created" */
};

struct echo_answer {
    struct text words; /* content, text, or a tool call's arguments */
    struct text tool;  /* name of the tool called, or empty */
    int64_t tokens;
    bool is_cut; /* by the maximum */
};

struct echo_prompt {
    const char *problem; /* NULL, or why this is a 400 */
    const char *param;   /* the field the problem is in */
    int64_t input_tokens;
    int64_t output_tokens;
    struct echo_answer *answers;
    size_t answer_count;
    struct text *inputs; /* embeddings: what each vector stands for */
    size_t input_count;
    int64_t dimensions;
    bool as_base64;
};

/* Cannot fail: what is wrong becomes the problem. */
struct echo_prompt echo_prompt_read(struct arena *arena, const struct echo_ask *ask);
