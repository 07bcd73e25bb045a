/* A row that waits for its place in the chain: what happened, without seq, prevHash and hash. Kept as a line,
 * so that it can be written in the transaction of what it is about, and chained afterwards. */
#pragma once

#include "api/types/audit_row.h"

struct error;

/* The row's place is not looked at. ERROR_INVALID when no verifier would read it. */
MUST_CHECK bool
audit_draft_print(struct arena *arena, const struct audit_row *row, struct text *out_line, struct error *err);
/* What audit_chain_append takes. */
MUST_CHECK bool
audit_draft_parse(struct arena *arena, struct text line, struct audit_row *out_row, struct error *err);
