/* What a call may use at most, from what it asks for. */
#pragma once

#include <stdint.h>

struct exchange;
struct openai_parts;

/* A bound of the prompt from above: all bytes of the body, for also what stands beside messages becomes
 * tokens (schemas, tools, predictions), and what a chat has that bytes do not bound. */
int64_t call_bounds_input_tokens(struct exchange *exchange);
/* Of a chat's messages, whose bytes are looked over once a call; none of what is no chat. */
const struct openai_parts *call_bounds_parts(struct exchange *exchange);
/* What all answers of the call together may have; 0 when nobody said, or answers have no tokens. */
int64_t call_bounds_output_tokens(const struct exchange *exchange);
