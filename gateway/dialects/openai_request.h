/* OpenAI's request bodies: found fields on the way in, edits spliced into the original bytes on the way out.
 *
 * No tree is built. What is not edited goes upstream byte for byte, so unknown fields, key order and provider
 * prompt caches survive. Fields that gateway and provider could read differently (duplicates) are refused. */
#pragma once

#include <stdbool.h>

#include "gateway/chat/model_request.h"
#include "lib/base/compiler.h"

struct arena;
struct buffer;
struct error;

/* Reads a body. ERROR_INVALID with a sentence for the client when it is not a request for this endpoint. */
MUST_CHECK bool openai_request_read(struct arena *arena, enum model_endpoint endpoint, struct text body,
                                    struct model_request *out_request, struct error *err);

/* What the provider shall see instead. */
struct openai_edits {
    struct text model;         /* always replaced; equal to the client's: no edit */
    int64_t max_output_tokens; /* MODEL_REQUEST_NO_MAXIMUM: as it is; else clamped, or added when absent */
    bool include_usage;        /* a stream: stream_options.include_usage becomes true */
};

/* At most what openai_request_write adds to the length of the body. */
size_t openai_request_growth(const struct openai_edits *edits);
void openai_request_write(const struct model_request *request, const struct openai_edits *edits,
                          struct buffer *out);
