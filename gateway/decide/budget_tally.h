/* What budgets in Shadow mode would have refused, as far as one gateway can know: it counts what went through
 * itself since it started, and takes no lease for it. So it says less than is true with several gateways or
 * after a restart, and never more. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/decide/lease_book.h"

struct budget_tally;

#define BUDGET_TALLY_MAX_ACCOUNTS 4096 /* beyond it nothing is said of further ones */

struct budget_tally *budget_tally_new(struct arena *arena);
/* A call takes so much at most: counted from now on. True when less than that was left. */
bool budget_tally_take(struct budget_tally *tally, const struct lease_account_name *name, int64_t limit,
                       int64_t needed);
/* It took so much instead; what it took in a window that is over is forgotten. */
void budget_tally_settle(struct budget_tally *tally, const struct lease_account_name *name, int64_t needed,
                         int64_t actual);
