/* Which functions an answer asks to call: the names in `tool_calls` of OpenAI's answers, whole or in pieces.
 *
 * Only told: nothing is decided by it, so what cannot be read is passed over. */
#pragma once

#include "lib/base/text.h"

struct arena;

/* The first USAGE_MAX_TOOLS that differ, each of at most USAGE_TOOL_MAX_BYTES; in the arena. */
struct openai_tools {
    struct arena *arena;
    struct text_list names;
};

void openai_tools_init(struct openai_tools *tools, struct arena *arena);
/* choices: raw JSON of the member, that json_scan accepted; a message's or a delta's. */
void openai_tools_take(struct openai_tools *tools, struct text choices);
/* A whole answer. */
void openai_tools_take_answer(struct openai_tools *tools, struct text answer);
