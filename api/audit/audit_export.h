/* A whole export held against its own chain and against what was signed of it. Streaming: a file of any
 * length in memory for one row and one checkpoint. */
#pragma once

#include "api/audit/audit_chain.h"
#include "api/audit/audit_checkpoint.h"

struct audit_export {
    const char *rows_path;
    const char *checkpoints_path;  /* NULL: the chain alone */
    const struct audit_keys *keys; /* NULL: signatures are not looked at */
};

struct audit_report {
    struct audit_finding finding; /* the first thing that is wrong */
    uint64_t rows;                /* sound ones, up to there */
    uint64_t covered_rows;        /* of them, those that a checkpoint was compared with */
    uint64_t checkpoints;         /* that match the rows */
    uint64_t signed_checkpoints;  /* of all that were read */
    uint64_t checkpoints_read;
    bool has_signed[AUDIT_MAX_KEYS]; /* by index in `keys` */
    uint64_t emptied_rows;           /* the first so many: retention took what they said */
    uint64_t rows_back;              /* older than the row before by more than AUDIT_MAX_SKEW_MS */
    int64_t first_back_seq, first_back_ms;
    struct merkle_hash root; /* of the rows that are sound */
};

/* True when everything is sound. Else err says what is wrong, and finding where; a finding of AUDIT_SOUND
 * means that a file could not be read. */
MUST_CHECK bool
audit_export_verify(const struct audit_export *export, struct audit_report *out_report, struct error *err);
