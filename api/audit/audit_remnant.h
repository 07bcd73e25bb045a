/* What stays of a row when retention took what it said: its place and its hash, so that the chain goes on and
 * what was signed of it still fits.
 *
 *     {"hash":"<64 hex digits>","seq":12}
 *
 * Retention takes rows from the log's beginning, and is a row itself: what that row says it took may be gone,
 * nothing else. */
#pragma once

#include "api/audit/merkle_tree.h"
#include "api/types/audit_row.h"

struct audit_remnant {
    int64_t seq;
    struct merkle_hash hash;
};

struct text audit_remnant_print(struct arena *arena, const struct audit_remnant *remnant);
/* False for everything that audit_remnant_print would not have written. */
bool audit_remnant_parse(struct text line, struct audit_remnant *out_remnant);

/* The subject of a row of AUDIT_RETENTION_APPLIED: "rows 1 to 12". */
struct text audit_retention_subject(struct arena *arena, int64_t last_seq);
/* 0 for any other row. */
int64_t audit_retention_last_seq(const struct audit_row *row);
