/* A whole row whose place is of nowhere: the first, with hashes of zeros, which no row ends with. */
#include "api/audit/audit_draft.h"

#include "lib/base/error.h"

#define NO_HASH TEXT("0000000000000000000000000000000000000000000000000000000000000000")

bool
audit_draft_print(struct arena *arena, const struct audit_row *row, struct text *out_line, struct error *err)
{
    struct audit_row draft = *row, read;
    draft.seq = 1;
    draft.prev_hash = draft.hash = NO_HASH;
    struct text line = audit_row_print(arena, &draft);
    if (line.length > AUDIT_ROW_MAX_BYTES)
        return error_set(err, ERROR_INVALID, "an audit row of %zu bytes; at most %d are allowed", line.length,
                         AUDIT_ROW_MAX_BYTES);
    if (!audit_row_parse(arena, line, &read, err))
        return error_context(err, "an audit row");
    *out_line = line;
    return true;
}

bool
audit_draft_parse(struct arena *arena, struct text line, struct audit_row *out_row, struct error *err)
{
    return audit_row_parse(arena, line, out_row, err) || error_context(err, "an audit row that waits");
}
