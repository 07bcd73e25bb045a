/* The limits in force and what is left of them, as people read them. */
#pragma once

#include "api/types/declaration.h"
#include "api/types/gateway_budget.h"
#include "api/types/rest_questions.h"

#define LIMITS_REPORT_MAX_ACCOUNTS 10000

/* clang-format off */
#define LIMIT_ACCOUNT_FIELDS(F, T)                                                                                     \
    F(T, TEXT, owner, "owner", REQUIRED, MAX_LENGTH(BUDGET_OWNER_MAX_BYTES), DOC("Whose: workspace/environment, or workspace/environment/caller.")) \
    F(T, INT, used, "used", REQUIRED, DOC("Used in this minute by gateways that gave back the rest of what they had.")) \
    F(T, INT, leased, "leased", REQUIRED, DOC("With gateways, which use it without asking again; of calls at once: slots, taken or not.")) \
    F(T, INT, left, "left", REQUIRED, DOC("What no gateway has.")) \
    F(T, INT, gateways, "gateways", REQUIRED, DOC("How many have some of it, or used some."))
DECLARE_SCHEMA(limit_account, LIMIT_ACCOUNT_FIELDS);

#define LIMIT_STANDING_FIELDS(F, T)                                                                                    \
    DECLARED_LIMIT_FIELDS(F, T)                                                                                        \
    F(T, BOOL, is_shared, "isShared", REQUIRED, DOC("Its gateways share it through the ledger. Else each process counts for itself, as in Shadow mode, and nobody knows what is left.")) \
    F(T, LIST(limit_account), accounts, "accounts", MAX_ITEMS(LIMITS_REPORT_MAX_ACCOUNTS), DOC("Of this minute; one that nobody asked for yet is not here: all of it is left."))
DECLARE_SCHEMA(limit_standing, LIMIT_STANDING_FIELDS);

#define LIMITS_REPORT_FIELDS(F, T)                                                                                     \
    F(T, TIME, at, "at", REQUIRED, DOC("When it was so, by the ledger's clock."))                                      \
    F(T, TIME, minute, "minute", REQUIRED, DOC("When the minute began that is counted in."))                           \
    F(T, LIST(limit_standing), limits, "limits", REQUIRED, MAX_ITEMS(REST_CALLS_MAX_ROWS), DOC("Each limit of each environment.")) \
    F(T, BOOL, is_cut, "isCut", DEFAULT("false"), DOC("There are more accounts of these limits: ask for one environment, or for fewer at once.")) \
    F(T, TEXT, next, "next", MAX_LENGTH(REST_CURSOR_MAX_BYTES), DOC("There are more limits: ask the same again with this as `cursor`."))
DECLARE_SCHEMA(limits_report, LIMITS_REPORT_FIELDS);
/* clang-format on */
