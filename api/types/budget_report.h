/* What there is of each budget, and what is left of it: what the ledger answers and people read. Amounts are
 * text: dollars as "12.50", tokens as "1200". */
#pragma once

#include "api/types/gateway_budget.h"

#define BUDGET_REPORT_MAX_BUDGETS 1000
#define BUDGET_REPORT_MAX_ACCOUNTS 10000

/* clang-format off */
#define ACCOUNT_STANDING_FIELDS(F, T)                                                                                  \
    F(T, TEXT, owner, "owner", ALWAYS, MAX_LENGTH(BUDGET_OWNER_MAX_BYTES), DOC("Whose: empty, workspace, workspace/environment, workspace/environment/name.")) \
    F(T, TEXT, settled, "settled", REQUIRED, DOC("Spent, as far as records came in, and what gateways that are gone may have spent.")) \
    F(T, TEXT, leased, "leased", REQUIRED, DOC("On loan to gateways, or spent by calls whose records are on their way."))   \
    F(T, TEXT, left, "left", REQUIRED, DOC("What may still be lent."))                                                     \
    F(T, TEXT, unheld, "unheld", DOC("Of settled, where calls hold: what no lease covered, of calls that went on while nothing could be lent, or that cost more than they held. Absent: nothing.")) \
    F(T, TEXT, forecast, "forecast", DOC("Spent at the window's end, if it goes on as in the window so far and as in the same hours of the last 28 days. Absent: too early to tell, or a window shorter than a day.")) \
    F(T, TEXT, forecast_low, "forecastLow", DOC("By the one of the two that says less.")) \
    F(T, TEXT, forecast_high, "forecastHigh", DOC("By the one that says more; both are the forecast while only one can tell."))
DECLARE_SCHEMA(account_standing, ACCOUNT_STANDING_FIELDS);

#define BUDGET_STANDING_FIELDS(F, T)                                                                                   \
    F(T, TEXT, id, "id", REQUIRED, MAX_LENGTH(BUDGET_ID_MAX_BYTES), DOC("The budget's id."))                           \
    F(T, ENUM(policy_scope), scope, "scope", REQUIRED, ALWAYS, DOC("Each owner of this kind has an account of its own."))   \
    F(T, ENUM(budget_unit), unit, "unit", REQUIRED, ALWAYS, DOC("What amounts are in."))                               \
    F(T, TEXT, amount, "amount", REQUIRED, DOC("How much an account has in each window."))                             \
    F(T, ENUM(budget_period), period, "period", REQUIRED, ALWAYS, DOC("How long a window is."))                        \
    F(T, TEXT, time_zone, "timeZone", REQUIRED, DOC("Whose calendar windows follow."))                                 \
    F(T, ENUM(over_budget), on_exceeded, "onExceeded", REQUIRED, ALWAYS, DOC("Block: never overshot. Throttle: beyond it calls hold of its pace, the budget in Requests. Alert: only counted.")) \
    F(T, ENUM(when_unavailable), when_unavailable, "whenUnavailable", DEFAULT("Refuse"), ALWAYS, DOC("What becomes of calls while nothing can be lent: Refuse or Allow.")) \
    F(T, TEXT, window, "window", DOC("Id of the present window; absent when the ledger's machine does not know the time zone.")) \
    F(T, TIME, start, "start", DOC("When the window began."))                                                          \
    F(T, TIME, end, "end", DOC("When the next one begins."))                                                           \
    F(T, LIST(account_standing), accounts, "accounts", ALWAYS, MAX_ITEMS(BUDGET_REPORT_MAX_ACCOUNTS), DOC("Of this window; one that nobody spent from or asked for is not there yet: all of it is left. Of scopes Run, User and Tag those that spent most first, and of several budgets at most 100."))
DECLARE_SCHEMA(budget_standing, BUDGET_STANDING_FIELDS);

#define BUDGET_REPORT_FIELDS(F, T)                                                                                     \
    F(T, TIME, at, "at", REQUIRED, DOC("When it was so."))                                                             \
    F(T, LIST(budget_standing), budgets, "budgets", ALWAYS, MAX_ITEMS(BUDGET_REPORT_MAX_BUDGETS), DOC("By id."))       \
    F(T, BOOL, is_cut, "isCut", DEFAULT("false"), DOC("There are more budgets or accounts: ask for one budget, workspace or environment."))
DECLARE_SCHEMA(budget_report, BUDGET_REPORT_FIELDS);
/* clang-format on */

/* "12.50" of nano-USD, "1200" of tokens. */
struct text budget_amount_print(struct arena *arena, enum budget_unit unit, int64_t amount);
