/* What a chat's messages hold beside texts: what its bytes do not bound, or what is billed as another class.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/text.h"

struct openai_parts {
    size_t image_count; /* by address, or inline: either says nothing of how many tokens it is */
    size_t other_count; /* files, and what we do not know: as long as a context may be */
    bool has_audio;     /* inline: its bytes bound its tokens, but they are of another class */
};

/* Of the messages as openai_request_read found them. What cannot be read for sure counts as a file. */
struct openai_parts openai_parts_count(struct text messages);
