/* What accounts will have spent when their windows end. */
#pragma once

#include "api/server/ledger/ledger_budgets.h"

/* Answers with the answer given, and a forecast in each account that can have one: of a window of a day or
 * more, not too early (forecast.h). Of more owners than BUDGET_REPORT_MAX_ACCOUNTS of one kind those that
 * spent most have one, and of more than 32 kinds of budgets (scope, unit, window) the first. The question is
 * the one that was answered; the answer's budgets must live until the new one. */
void ledger_forecast(struct ledger *ledger, struct arena *arena, const struct budgets_answer *answer,
                     budgets_answer_fn on_answer, void *owner);
