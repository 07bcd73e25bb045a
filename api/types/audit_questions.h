/* What may be asked of the audit log over REST. */
#pragma once

#include "api/types/audit_row.h"
#include "api/types/rest_questions.h"

/* clang-format off */
#define AUDIT_QUERY_FIELDS(F, T)                                                                                       \
    F(T, TIME, from, "from", DOC("Rows of this time or later."))                                                       \
    F(T, TIME, until, "until", DOC("Rows of before it."))                                                              \
    F(T, ENUM(audit_action), action, "action", DOC("Only what was done so."))                                          \
    F(T, TEXT, actor, "actor", REST_NAME, DOC("Only what this one did."))                                              \
    F(T, TEXT, workspace, "workspace", REST_NAME, DOC("Only what is of this workspace."))                              \
    F(T, INT, limit, "limit", DEFAULT("100"), RANGE(1, REST_CALLS_MAX_ROWS), DOC("At most so many rows."))             \
    F(T, TEXT, cursor, "cursor", MAX_LENGTH(REST_CURSOR_MAX_BYTES), DOC("`next` of the answer before, to go on with the same question."))
DECLARE_SCHEMA(audit_query, AUDIT_QUERY_FIELDS);

#define AUDIT_EXPORT_QUERY_FIELDS(F, T)                                                                                \
    F(T, INT, after, "after", DEFAULT("0"), RANGE(0, AUDIT_ROW_MAX_SEQ), DOC("Goes on behind the row of this seq, for who takes it in parts.")) \
    F(T, INT, limit, "limit", DEFAULT("0"), RANGE(0, AUDIT_ROW_MAX_SEQ), DOC("At most so many rows; 0: all there are."))
DECLARE_SCHEMA(audit_export_query, AUDIT_EXPORT_QUERY_FIELDS);
/* clang-format on */
