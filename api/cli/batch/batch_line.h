/* One line of a batch in OpenAI's format, and the line that answers it. Pure.
 *
 * In:  {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {...}}
 * Out: {"id": "batch_req_<line>", "custom_id": "a", "response": {"status_code", "request_id", "body"},
 * "error": null} or with response null and error {"code", "message"}. The number in id says which line was
 * answered. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/text.h"

struct arena;
struct buffer;

#define CUSTOM_ID_MAX_BYTES 512
#define BATCH_LINE_MAX_BYTES (16u * 1024 * 1024)

struct batch_line {
    uint64_t number;
    struct text custom_id;
    struct text body;    /* a JSON object, as written */
    struct text problem; /* why it is not sent; empty: it can be */
    bool names_model;
};

/* endpoint: "/v1/chat/completions": what every line must ask for. */
void batch_line_read(struct arena *arena, struct text text, uint64_t number, struct text endpoint,
                     struct batch_line *out_line);
/* The body with the model when it names none. */
struct text batch_line_body(struct arena *arena, const struct batch_line *line, struct text model);

/* With a line end. body is JSON, or it becomes a JSON string. */
void batch_line_print_answer(struct buffer *out, const struct batch_line *line, int status,
                             struct text request_id, struct text body);
void batch_line_print_error(struct buffer *out, const struct batch_line *line, const char *code,
                            struct text message);

/* What a line of ours says of the line it answers; false when it is none of ours. */
bool batch_line_read_answer(struct arena *arena, struct text text, uint64_t *out_number,
                            struct text *out_custom_id);
