/* What a usage record says its call was for. Part of usage_row.h. */
#pragma once

#include "api/server/ledger/usage_row.h"

struct json_field;

/* What of a record it is read from. */
struct usage_row_said {
    const struct json_field *tools, *tags;
};

/* A text as both databases can keep it: at most so many bytes, whole characters, and U+FFFD for a NUL. */
struct text usage_row_text(struct arena *arena, struct text raw, size_t most_bytes);
/* The run, then each tool, then each tag, once. A tag is left out that is empty, or whose key has more than
 * USAGE_TAG_KEY_MAX_BYTES. ERROR_INVALID: tools is no list of texts, tags no object of texts, or one has more
 * than USAGE_MAX_TOOLS, USAGE_MAX_TAGS. */
MUST_CHECK bool usage_row_read_purposes(struct arena *arena, const struct usage_row_said *said,
                                        struct usage_row *row, struct error *err);
