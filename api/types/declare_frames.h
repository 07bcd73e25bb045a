/* Members of ledger_frames.h's frames by which the operator says what is declared, workspace by workspace. */
#pragma once

#include "api/types/declaration.h"

/* clang-format off */
#define LEDGER_DECLARE_FIELDS(F, T)                                                                                    \
    F(T, TEXT, workspace, "workspace", MAX_LENGTH(63), DOC("Whose: one of the book's; empty for what belongs to the organisation.")) \
    F(T, TEXT, revision, "revision", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(128), DOC("Names this version of it."))       \
    F(T, OBJECT(declaration), declaration, "declaration", DOC("What it is; not given: it is asked only whether the ledger has this revision."))
DECLARE_SCHEMA(ledger_declare, LEDGER_DECLARE_FIELDS);

#define LEDGER_DECLARED_FIELDS(F, T)                                                                                   \
    F(T, TEXT, workspace, "workspace", DOC("Of the Declare."))                                                         \
    F(T, TEXT, revision, "revision", DOC("What the ledger has of it now; empty: nothing yet."))
DECLARE_SCHEMA(ledger_declared, LEDGER_DECLARED_FIELDS);
/* clang-format on */
