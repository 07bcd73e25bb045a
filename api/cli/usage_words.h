/* What `weir usage` says about change and about budgets. Pure. */
#pragma once

#include "api/types/budget_report.h"

struct time_zone;

/* "+31 %", "-4 %", "0 %"; "new" when there was nothing before, empty when there is nothing now either. */
struct text usage_change_words(struct arena *arena, int64_t before, int64_t now);
/* "budget  retail Month $9,000.00: $3,118.00 used, $41.00 held, forecast $8,960.00 by Nov 30": the day that
 * the window ends with, in that zone. */
struct text usage_budget_words(struct arena *arena, const struct budget_standing *budget,
                               const struct account_standing *account, const struct time_zone *zone);
