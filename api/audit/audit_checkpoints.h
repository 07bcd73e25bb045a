/* Where checkpoints are kept: a file that is only ever appended to, on another volume than the store, so that
 * who can rewrite the store cannot rewrite what was signed of it. One writer at a time. */
#pragma once

#include "api/audit/audit_checkpoint.h"

struct audit_checkpoints;

struct audit_checkpoints_options {
    const char *path; /* made when it is not there */
    struct text origin;
    struct audit_keys keys; /* whose signatures are believed */
};

/* Reads all that is there and believes none of it unseen: signatures, origin, sizes. What a crash left half
 * written at the end is cut off. ERROR_CONFLICT: another program has it open. */
MUST_CHECK bool audit_checkpoints_open(struct arena *arena, const struct audit_checkpoints_options *options,
                                       struct audit_checkpoints **out_checkpoints, struct error *err);
/* The newest one; size 0 and the empty tree's root when there is none. */
struct merkle_head audit_checkpoints_head(const struct audit_checkpoints *checkpoints);
uint64_t audit_checkpoints_count(const struct audit_checkpoints *checkpoints);
/* Appends a signed note, and returns when it is on the disk. The proof must show that it grew out of the
 * newest one (merkle_plan_consistency); what does not is refused, whoever signed it. The newest one again is
 * true, and nothing is written. After a failure to write, nothing more is until the file is opened again. */
MUST_CHECK bool audit_checkpoints_append(struct audit_checkpoints *checkpoints, struct text note,
                                         const struct merkle_proof *proof, struct error *err);
