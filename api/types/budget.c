/* The declaration of budget.h made real. */
#include "api/types/budget.h"

const char *const currency_names[] = {"USD", NULL};
const char *const budget_period_names[] = {"Day", "Week", "Month", NULL};
const char *const over_budget_names[] = {"Alert", "Throttle", "Block", NULL};

DEFINE_SCHEMA(budget, BUDGET_FIELDS, "Money that may be spent in each window.");
