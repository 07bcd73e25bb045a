/* What was lent for a question that is asked again: its answer was lost with the stream, or whoever was to
 * give it died behind the commit. For api/server/ledger/ledger_lend.c only. */
#pragma once

#include "api/server/ledger/ledger_lending.h"
#include "api/server/ledger/ledger_parts.h"

struct lent_before {
    struct text lease; /* empty: nothing was */
    int64_t amount;
    int64_t length_ms; /* from when it was first asked for; 0: no call may hold of it, only give it back */
};

/* One statement: the lease of that question. */
size_t ledger_lent_before_add_read(struct sql_work *work, const struct lend_question *question);
/* Its answer. ERROR_CONFLICT: the lease is not to be told again, because its gateway has heard of it, or
 * asked for another account under this number. */
MUST_CHECK bool ledger_lent_before_take(const struct sql_result *result, const struct ledger_ask *ask,
                                        struct lent_before *out_before, struct error *err);
