/* Alerts: accounts of budgets that reached a threshold, as people read them and as webhooks are told. Amounts
 * are text: dollars as "12.50", tokens as "1200". */
#pragma once

#include "api/types/budget_report.h"
#include "api/types/rest_questions.h"

#define ALERT_ID_MAX_BYTES 30 /* a ULID, a dash and the percent in three digits */

#define ALERT_MESSAGE_TYPE "budget.alert"
#define ALERT_NOTE_MAX_BYTES 256

enum alert_told { ALERT_TOLD_WAITING, ALERT_TOLD_DONE, ALERT_TOLD_GIVEN_UP };
extern const char *const alert_told_names[]; /* Waiting Delivered GivenUp */

/* clang-format off */
#define ALERT_DELIVERY_FIELDS(F, T)                                                                                    \
    F(T, TEXT, server, "server", REQUIRED, MAX_LENGTH(BUDGET_WEBHOOK_MAX_BYTES), DOC("The webhook, as far as it may be shown: without the path of its URL.")) \
    F(T, ENUM(alert_told), state, "state", REQUIRED, ALWAYS, DOC("Delivered: it answered 2xx. GivenUp: it never did, and is not told of this one any more.")) \
    F(T, INT, tries, "tries", DOC("How often it was sent."))                                                           \
    F(T, TIME, next, "next", DOC("Waiting: when it is sent next."))                                                    \
    F(T, TEXT, note, "note", MAX_LENGTH(ALERT_NOTE_MAX_BYTES), DOC("How the last try ended."))
DECLARE_SCHEMA(alert_delivery, ALERT_DELIVERY_FIELDS);

#define RAISED_ALERT_FIELDS(F, T)                                                                                      \
    F(T, TEXT, id, "id", REQUIRED, MAX_LENGTH(ALERT_ID_MAX_BYTES), DOC("The same wherever and however often it is told.")) \
    F(T, TIME, time, "time", REQUIRED, DOC("When the record came in that reached the threshold."))                     \
    F(T, TEXT, budget, "budget", REQUIRED, MAX_LENGTH(BUDGET_ID_MAX_BYTES), DOC("The budget's id."))                   \
    F(T, ENUM(policy_scope), scope, "scope", REQUIRED, ALWAYS, DOC("What kind of owner its accounts have."))           \
    F(T, TEXT, owner, "owner", ALWAYS, MAX_LENGTH(BUDGET_OWNER_MAX_BYTES), DOC("Whose account: empty, workspace, workspace/environment, workspace/environment/name.")) \
    F(T, ENUM(budget_period), period, "period", REQUIRED, ALWAYS, DOC("How long its windows are."))                    \
    F(T, TEXT, window, "window", REQUIRED, DOC("Id of the window that it was spent in."))                              \
    F(T, INT, percent, "percent", REQUIRED, RANGE(1, 100), DOC("The threshold, of the amount."))                       \
    F(T, ENUM(budget_unit), unit, "unit", REQUIRED, ALWAYS, DOC("What amounts are in."))                               \
    F(T, TEXT, amount, "amount", REQUIRED, DOC("What the account had in the window, as the budget was then."))         \
    F(T, TEXT, settled, "settled", REQUIRED, DOC("What was spent of it just then, with what gateways that are gone may have spent.")) \
    F(T, LIST(alert_delivery), deliveries, "deliveries", MAX_ITEMS(BUDGET_MAX_WEBHOOKS), DOC("Each webhook that is told of it; not in what they are told."))
DECLARE_SCHEMA(raised_alert, RAISED_ALERT_FIELDS);

/* What a webhook is sent. */
#define ALERT_MESSAGE_FIELDS(F, T)                                                                                     \
    F(T, TEXT, type, "type", REQUIRED, DOC("budget.alert."))                                                           \
    F(T, TIME, timestamp, "timestamp", REQUIRED, DOC("When it happened."))                                             \
    F(T, OBJECT(raised_alert), data, "data", REQUIRED, DOC("The alert."))
DECLARE_SCHEMA(alert_message, ALERT_MESSAGE_FIELDS);

#define ALERTS_QUERY_FIELDS(F, T)                                                                                      \
    F(T, TIME, from, "from", DOC("Alerts of this time or later."))                                                     \
    F(T, TIME, until, "until", DOC("Alerts of before it."))                                                            \
    F(T, TEXT, workspace, "workspace", REST_NAME, DOC("Only accounts of this workspace."))                             \
    F(T, TEXT, budget, "budget", MAX_LENGTH(BUDGET_ID_MAX_BYTES), DOC("Only of the budget of this id."))               \
    F(T, INT, limit, "limit", DEFAULT("100"), RANGE(1, REST_CALLS_MAX_ROWS), DOC("At most so many."))                  \
    F(T, TEXT, cursor, "cursor", MAX_LENGTH(REST_CURSOR_MAX_BYTES), DOC("`next` of the answer before, to go on with the same question."))
DECLARE_SCHEMA(alerts_query, ALERTS_QUERY_FIELDS);

#define ALERT_PAGE_FIELDS(F, T)                                                                                        \
    F(T, LIST(raised_alert), alerts, "alerts", REQUIRED, MAX_ITEMS(REST_CALLS_MAX_ROWS), DOC("Newest first."))         \
    F(T, TEXT, next, "next", MAX_LENGTH(REST_CURSOR_MAX_BYTES), DOC("There are more: ask the same again with this as `cursor`."))
DECLARE_SCHEMA(alert_page, ALERT_PAGE_FIELDS);
/* clang-format on */
