/* The part of an ingest that is about budgets: what records were charged to moves from leased to settled.
 * For ledger_ingest.c. */
#pragma once

#include "api/server/ledger/ledger_crossings.h"
#include "api/server/ledger/ledger_leases.h"

/* Who the leases are that a batch is charged to: one statement each, in the order of charges.leased. */
void ledger_charges_add_reads(struct sql_work *work, const struct usage_batch *batch);
/* ERROR_DENIED: a lease is of another journal or another account than the record says, so the batch is
 * forged. A lease that is not known is none of those: it may be over for long. */
MUST_CHECK bool
ledger_charges_check(const struct usage_batch *batch, const struct sql_result *results, struct error *err);
/* The changes, and the alerts that they bring about, for which crossings has room (one for each sum); returns
 * the number of their first statement, for: */
size_t
ledger_charges_add(struct sql_work *work, const struct usage_batch *batch, struct crossings *crossings);
/* how many leases were charged more than they had. All of it is settled, also beyond the budget: it was
 * spent. */
int64_t
ledger_charges_overdrawn(const struct usage_batch *batch, const struct sql_result *results, size_t first);
