/* A batch as it came from a gateway, read whole before anything is kept of it. Pure. */
#pragma once

#include "api/server/ledger/charge_sums.h"
#include "api/server/ledger/usage_rollup.h"

/* Where a batch comes from: a stream that is known to be this environment's. */
struct usage_origin {
    struct text journal, workspace, environment;
};

/* A record that cannot be read keeps its number and its bytes: nothing is lost, and nothing behind it waits.
 */
struct usage_spoilt {
    int64_t number;
    struct text record, reason;
};

struct usage_refusal;

struct usage_batch {
    struct usage_origin origin;
    int64_t first, count; /* numbers of the journal */
    int64_t came_ms;      /* by the clock of who takes it: when alerts of it are */
    struct usage_row *rows;
    int64_t *numbers; /* of each row */
    size_t row_count;
    struct usage_spoilt *spoilt;
    size_t spoilt_count;
    const struct usage_rollup **rollups; /* of the rows, in one order whatever batch they are of */
    size_t rollup_count;
    const struct usage_rollup **days; /* the same by the day */
    size_t day_count;
    const struct usage_rollup **purposes; /* the same by what calls are for */
    size_t purpose_count;
    const struct usage_refusal *refusals; /* of the rows, for the audit log */
    size_t refusal_count;
    struct charge_sums charges; /* of the rows, by account and lease */
};

/* Fills a batch whose origin, first, count and came_ms are set. records: count lines, which must live as long
 * as the batch. ERROR_DENIED: one is of another environment, or charged to an account that it has nothing to
 * do with: none of them is to be believed. */
MUST_CHECK bool
usage_batch_read(struct arena *arena, struct usage_batch *batch, struct text records, struct error *err);
