/* A budget as the database has it. For api/server/ledger/ledger_*.c only. */
#pragma once

#include "api/server/ledger/ledger_parts.h"
#include "api/types/gateway_budget.h"

struct time_zone;

/* Those in the book: "SELECT " LEDGER_BUDGET_COLUMNS " FROM " LEDGER_BUDGETS " WHERE budget.id = $1". */
/* clang-format off */
#define LEDGER_BUDGET_COLUMNS "budget.id, scope, unit, budget.amount, period, time_zone, on_exceeded, when_unavailable"
/* clang-format on */
#define LEDGER_BUDGETS "budget JOIN book ON book.revision = budget.revision"

/* Fills those columns' members; texts live as long as the result. */
MUST_CHECK bool ledger_budget_row_take(const struct sql_result *result, size_t row,
                                       struct gateway_budget *out_budget, struct error *err);
/* The budget's zone, kept as long as the ledger. */
MUST_CHECK bool ledger_budget_zone(struct ledger *ledger, const struct gateway_budget *budget,
                                   const struct time_zone **out_zone, struct error *err);
