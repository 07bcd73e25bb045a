/* What forecasts are made of, as SQL: one statement a unit, which adds up for every scope at once.
 *
 * For api/server/ledger/ledger_*.c only. */
#pragma once

#include "api/server/ledger/forecast.h"
#include "api/server/ledger/ledger_parts.h"
#include "api/types/gateway_budget.h"

#define FORECAST_SCOPES (POLICY_SCOPE_TAG + 1)
/* Where what is added up changes: the window's start, the end of history, and of each of its weeks the start
 * and where the hours end that come again. */
#define FORECAST_CUTS 10
#define FORECAST_PARAMS (8 + LEDGER_SPAN_PARAMS(FORECAST_CUTS))

/* Not of those whose owners clients name: there are too many of them, and a run is over soon. */
bool forecast_has_scope(enum policy_scope scope);
/* Rows of scope, owner, and the members of forecast_sums; of each scope the BUDGET_REPORT_MAX_ACCOUNTS who
 * used most in the window. */
struct text forecast_statement(struct arena *arena, enum budget_unit unit);
/* Its parameters. workspace, environment: empty for all. */
void forecast_fill(const struct forecast_span *span, struct text workspace, struct text environment,
                   struct sql_value params[static FORECAST_PARAMS]);
