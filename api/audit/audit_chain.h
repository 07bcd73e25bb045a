/* The chain of audit rows: each holds the hash of the one before, so none can be changed, removed, put in or
 * moved without every later hash changing. Pure; one row at a time, in memory for one row.
 *
 * What a chain cannot show is that it was written anew from some row on, or cut off at its end: that takes a
 * checkpoint which was signed and kept elsewhere (audit_checkpoint.h). */
#pragma once

#include "api/audit/audit_flaw.h"
#include "api/audit/merkle_tree.h"
#include "api/types/audit_row.h"

struct error;

/* Clocks of replicas may differ by so much; a row that is older than the one before by more is worth a word.
 */
#define AUDIT_MAX_SKEW_MS 5000

/* The end of a chain: {0} is the one that no row was added to. Kept between starts by whoever keeps rows. */
struct audit_chain {
    int64_t seq;
    int64_t time_ms; /* of the last row */
    struct merkle_hash hash;
};

/* Gives the row its seq, prevHash and hash, texts in the arena, and becomes the chain that ends with it.
 * ERROR_INVALID, and nothing changed, for a row that a verifier would not read. */
MUST_CHECK bool
audit_chain_append(struct arena *arena, struct audit_chain *chain, struct audit_row *row, struct error *err);

struct audit_verdict {
    enum audit_flaw flaw;
    int64_t seq; /* what the row says it is; 0 when it cannot be read */
    int64_t
        back_ms; /* how much older than the row before it is, when by more than AUDIT_MAX_SKEW_MS; else 0 */
};

/* Whether the line is the chain's next row; the chain then ends with it, else stays as it was and err says
 * what is wrong. A row's own hash is looked at first, so the row that was changed is the one that is named.
 */
MUST_CHECK bool audit_chain_verify(struct arena *arena, struct audit_chain *chain, struct text line,
                                   struct audit_verdict *out_verdict, struct error *err);
