/* Inputs of the Echo provider that may be one text, several, or token ids: prompts of completions, and
 * embeddings. */
#pragma once

#include <stdbool.h>

#include "gateway/providers/echo_prompt.h"

/* Fills inputs, input_count and input_tokens from a raw JSON value; false when it is none of the shapes,
 * empty, or more than ECHO_MAX_INPUTS. A token id counts as one token, and reads as its number. */
bool echo_inputs_list(struct arena *arena, struct text raw, struct echo_prompt *prompt);
/* A whole embeddings request. */
void echo_inputs_read(struct arena *arena, const struct echo_ask *ask, struct echo_prompt *prompt);
