/* Who a journal is: a ULID in a file beside its segments. Private to the journal. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

/* Reads the folder's id, or makes one that survives the machine's death. ERROR_INVALID when the file holds
 * anything else. */
MUST_CHECK bool
journal_identity_open(struct arena *arena, int folder_fd, struct text *out_id, struct error *err);
