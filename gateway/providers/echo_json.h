/* Pieces of OpenAI's wire format that the Echo provider's bodies and events share. */
#pragma once

#include "gateway/providers/echo_prompt.h"

struct buffer;

/* {"id":...,"object":...,"created":...,"model":...,"choices": */
void echo_json_open(struct buffer *out, const struct echo_ask *ask, const char *object);
/* stop, length or tool_calls, with its quotes */
void echo_json_finish_reason(struct buffer *out, const struct echo_answer *answer);
/* {"prompt_tokens":...} with all details */
void echo_json_usage(struct buffer *out, const struct echo_prompt *prompt);
/* The id of the tool call of one answer, with its quotes. */
void echo_json_tool_call_id(struct buffer *out, const struct echo_ask *ask, size_t answer);
void echo_json_key_int(struct buffer *out, const char *key, int64_t value);
/* {"error":{...}}; param may be NULL */
void echo_json_error(struct buffer *out, const char *type, const char *param, const char *message);
