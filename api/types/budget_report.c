/* The declarations of budget_report.h made real. */
#include "api/types/budget_report.h"

#include "lib/base/decimal.h"

DEFINE_SCHEMA(account_standing, ACCOUNT_STANDING_FIELDS, "One account of a budget.");
DEFINE_SCHEMA(budget_standing, BUDGET_STANDING_FIELDS, "One budget in its present window.");
DEFINE_SCHEMA(budget_report, BUDGET_REPORT_FIELDS, "Every budget and what is left of it.");

struct text
budget_amount_print(struct arena *arena, enum budget_unit unit, int64_t amount)
{
    return unit == BUDGET_UNIT_USD ? decimal_print_nano(arena, amount)
                                   : text_format(arena, "%lld", (long long)amount);
}
