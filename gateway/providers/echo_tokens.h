/* The Echo provider's counting rule, for what goes in and what comes out alike.
 *
 * A token is up to 15 blanks followed by a run of up to 16 ASCII letters and digits, or by one other
 * character; blanks that nothing follows are a token too. So tokens put together are the text again, and none
 * is long. */
#pragma once

#include <stdint.h>

#include "lib/base/text.h"

#define ECHO_TOKEN_MAX_BLANKS 15
#define ECHO_TOKEN_MAX_RUN 16

/* Takes the next token off *rest, which must not be empty. */
struct text echo_tokens_next(struct text *rest);
int64_t echo_tokens_count(struct text text);
/* The first `most` tokens of the text, and how many they are. */
struct text echo_tokens_cut(struct text text, int64_t most, int64_t *out_count);
