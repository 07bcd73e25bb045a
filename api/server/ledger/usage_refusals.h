/* What the audit log keeps of calls that were refused: a row for each. Pure.
 *
 * No row names what the caller chose (a model, a body): callers are names that the organisation gave, so no
 * end user is in it. The call's record is found by the id in the row's subject. */
#pragma once

#include "api/server/ledger/usage_batch.h"

struct usage_refusal {
    struct text id;   /* its time, and which record */
    struct text line; /* an audit_draft */
};

/* Those of the batch that were refused, or not known; in the arena, as the batch. */
struct usage_refusal *
usage_refusals_of(struct arena *arena, const struct usage_batch *batch, size_t *out_count);
