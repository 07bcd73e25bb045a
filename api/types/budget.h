/* Money per window: the words that workspaces and policies share. */
#pragma once

#include "lib/schema/fields.h"

enum currency { CURRENCY_USD };
extern const char *const currency_names[]; /* USD */
enum budget_period { BUDGET_PERIOD_DAY, BUDGET_PERIOD_WEEK, BUDGET_PERIOD_MONTH };
extern const char *const budget_period_names[]; /* Day Week Month */
enum over_budget { OVER_BUDGET_ALERT, OVER_BUDGET_THROTTLE, OVER_BUDGET_BLOCK };
extern const char *const over_budget_names[]; /* Alert Throttle Block */

/* clang-format off */
#define BUDGET_AMOUNT_FIELDS(F, T)                                                                                     \
    F(T, MONEY, amount, "amount", REQUIRED, DOC("How much, as decimal text: \"9000\" or \"12.50\"."))                  \
    F(T, ENUM(currency), currency, "currency", DEFAULT("USD"), DOC("Prices and budgets are in US dollars."))           \
    F(T, ENUM(budget_period), period, "period", DEFAULT("Month"), DOC("The window, in UTC: Day, Week or Month."))      \
    F(T, ENUM(over_budget), on_exceeded, "onExceeded", DEFAULT("Block"),                                               \
      DOC("Block: never overshot, calls are refused. Throttle: calls are slowed. Alert: people are told."))

#define BUDGET_FIELDS(F, T)                                                                                            \
    BUDGET_AMOUNT_FIELDS(F, T)                                                                                         \
    F(T, INTS, alerts, "alerts", SET, MAX_ITEMS(8), RANGE(1, 100), DOC("Percent of the amount at which people are told."))
DECLARE_SCHEMA(budget, BUDGET_FIELDS);
/* clang-format on */
