/* Alerts that no operator told people of yet, of all ledgers on the database: told at least once, and once
 * unless it ends between telling and saying so. */
#pragma once

#include "api/server/ledger/ledger_alerts.h"

struct untold_question {
    const struct text *told; /* ids of those that were told by now */
    size_t told_count;
    size_t most_rows;
};

/* First that those were told is kept, then what is not; oldest first, without deliveries. */
void ledger_untold(struct ledger *ledger, struct arena *arena, const struct untold_question *question,
                   alerts_answer_fn on_answer, void *owner);
