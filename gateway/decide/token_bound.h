/* Prompt tokens from bytes, before any provider counted them. Not a tokenizer: an estimate for limits and a
 * bound that is never too low for maxima and money. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Byte-level BPE tokens stand for at least one byte each, so bytes bound text from above; chat templates add
 * a few tokens for each message. */
#define TOKEN_BOUND_PER_MESSAGE 8
#define TOKEN_BOUND_PER_REQUEST 8
/* What bytes do not bound. An image: the most that a provider counts is a small model's 36,835 of one in full
 * detail. A file, or what nobody knows: the longest context there is. */
#define TOKEN_BOUND_PER_IMAGE 40000
#define TOKEN_BOUND_PER_FILE 1000000
#define TOKEN_ESTIMATE_BYTES 4
#define TOKEN_ESTIMATE_PER_MESSAGE 3

/* content_bytes: of the texts (messages, input, prompt, tools) as written in the request, JSON escapes
 * included. */
int64_t token_bound_upper(size_t content_bytes, size_t messages);
/* Of that many images and files beside it. */
int64_t token_bound_parts(size_t images, size_t files);
/* The usual four bytes a token, rounded up, and three for each message. */
int64_t token_bound_estimate(size_t content_bytes, size_t messages);
