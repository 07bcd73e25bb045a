/* What can be wrong with an audit log, and what a person does about it. */
#pragma once

#include <stdint.h>

#include "lib/base/text.h"

enum audit_flaw {
    AUDIT_SOUND,
    AUDIT_ROW_UNREADABLE,   /* no JSON, no row, over AUDIT_ROW_MAX_BYTES */
    AUDIT_ROW_CHANGED,      /* its hash is not that of its contents */
    AUDIT_ROW_OUT_OF_ORDER, /* its seq does not follow: a row was removed, put in or moved */
    AUDIT_ROW_UNLINKED,     /* its prevHash is not the hash of the row before: one of the two was replaced */
    AUDIT_ROWS_MISSING,     /* fewer rows than a checkpoint states */
    AUDIT_ROWS_EMPTIED,     /* what they said is gone, and no row says that retention took it */
    AUDIT_ROWS_REWRITTEN,   /* the chain is whole, but not the one that was signed */
    AUDIT_CHECKPOINT_UNREADABLE,
    AUDIT_CHECKPOINT_UNSIGNED,     /* by none of the keys that were given, or wrongly */
    AUDIT_CHECKPOINT_OUT_OF_ORDER, /* smaller than the one before, or of another log */
};
extern const char *const audit_flaw_names[]; /* Sound RowUnreadable RowChanged ... */

/* Which, and where: a line of the export for rows, of the checkpoints' file for checkpoints. */
struct audit_finding {
    enum audit_flaw flaw;
    uint64_t line;       /* 0: the end of the export */
    int64_t seq;         /* the first row in doubt; 0: not known */
    int64_t last_seq;    /* the last one, when the flaw lies somewhere among several; else 0 */
    uint64_t checkpoint; /* counted from 1; 0: no checkpoint is concerned */
};

/* What to do next: a sentence or two. */
struct text audit_flaw_advice(enum audit_flaw flaw);
