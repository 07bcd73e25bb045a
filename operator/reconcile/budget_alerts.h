/* Who is told when of a budget: the part of it that is for the ledger alone. */
#pragma once

#include "api/types/gateway_budget.h"

struct buffer;

/* Below, equal or above, in one order for all; by thresholds, then by webhooks. */
int budget_alerts_compare(const struct gateway_budget *a, const struct gateway_budget *b);
/* Those of `from`, which live in the arena. */
void budget_alerts_copy(struct arena *arena, const struct gateway_budget *from, struct gateway_budget *to);
/* ", alerts at 50 %, 80 %" and how many webhooks hear of them; nothing of a budget without alerts. URLs may
 * be secrets, and are not said. */
void budget_alerts_print(const struct gateway_budget *budget, struct buffer *out);
