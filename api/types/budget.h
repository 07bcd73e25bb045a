/* Money or tokens per window: the words that workspaces and policies share.
 *
 * An amount of "0" is a budget: what costs nothing may go on, all else is refused. */
#pragma once

#include "lib/base/time_zone.h"
#include "lib/schema/fields.h"

enum currency { CURRENCY_USD };
extern const char *const currency_names[]; /* USD */
enum budget_period {
    BUDGET_PERIOD_MINUTE,
    BUDGET_PERIOD_HOUR,
    BUDGET_PERIOD_DAY,
    BUDGET_PERIOD_WEEK,
    BUDGET_PERIOD_MONTH,
};
extern const char *const budget_period_names[]; /* Minute Hour Day Week Month */
enum over_budget { OVER_BUDGET_ALERT, OVER_BUDGET_THROTTLE, OVER_BUDGET_BLOCK };
extern const char *const over_budget_names[];                              /* Alert Throttle Block */
enum when_unavailable { WHEN_UNAVAILABLE_REFUSE, WHEN_UNAVAILABLE_ALLOW }; /* strictest first */
extern const char *const when_unavailable_names[];                         /* Refuse Allow */

#define BUDGET_MAX_TOKENS INT64_C(1000000000000000)
/* A billion USD in nano-USD: sums of a few cannot overflow. */
#define BUDGET_MAX_AMOUNT INT64_C(1000000000000000000)

#define BUDGET_TAG_KEY_MAX_BYTES 63
/* Of the tag whose values have budgets; empty where none has. */
extern const struct text_format text_format_tag_key;

/* Rules that budgets of workspaces and of policies share, in CEL and in words. */
#define BUDGET_HAS_AMOUNT "has(self.amount) || has(self.tokens)"
#define BUDGET_OF_NOTHING "limits nothing: give amount, tokens or both"
#define BUDGETS_NEED_A_LEDGER "weir up starts one and so does the chart; without it nobody counts"
/* clang-format off */
#define BUDGET_THROTTLES_TO "(has(self.onExceeded) && self.onExceeded == 'Throttle') == has(self.throttledRequestsPerMinute)"
#define BUDGET_THROTTLE_NEEDS_RATE "belongs to onExceeded: Throttle, which needs it: how many calls a minute go on when all is spent"
#define BUDGET_ALLOWS_WHAT_IT_BLOCKS "!has(self.whenUnavailable) || self.whenUnavailable == 'Refuse' || !has(self.onExceeded) || self.onExceeded != 'Alert'"
#define BUDGET_ALLOWS_ANYWAY "Allow belongs to a budget that blocks or slows: this one only counts, ledger or not"
/* clang-format on */
#define BUDGET_MAX_THROTTLED_RATE 1000000
#define BUDGET_HAS_ALERTS "(has(self.alerts) && size(self.alerts) > 0)"
#define BUDGET_TELLS_AT_THRESHOLDS "!has(self.webhooks) || size(self.webhooks) == 0 || " BUDGET_HAS_ALERTS
#define BUDGET_TELLS_NEVER "need alerts, which say when they are told"

#define BUDGET_MAX_ALERTS 8
#define BUDGET_MAX_WEBHOOKS 4
#define BUDGET_WEBHOOK_MAX_BYTES 2048

/* https, or http of the machine that weir-api is on. */
extern const struct text_format text_format_webhook_url;

/* clang-format off */
#define BUDGET_WEBHOOK_FIELDS(F, T)                                                                                    \
    F(T, TEXT, url, "url", REQUIRED, MAX_LENGTH(BUDGET_WEBHOOK_MAX_BYTES), FORMAT(webhook_url),                        \
      DOC("Gets a POST for each alert, from weir-api: https, or http of weir-api's own machine."))
DECLARE_SCHEMA(budget_webhook, BUDGET_WEBHOOK_FIELDS);

#define BUDGET_ALERT_FIELDS(F, T)                                                                                      \
    F(T, INTS, alerts, "alerts", SET, MAX_ITEMS(BUDGET_MAX_ALERTS), RANGE(1, 100),                                     \
      DOC("Percent of the amount: an account that has spent so much in a window is an alert, once."))                  \
    F(T, LIST(budget_webhook), webhooks, "webhooks", LIST_KEYS("url"), MAX_ITEMS(BUDGET_MAX_WEBHOOKS), \
      DOC("Who is told of these alerts. In Workspaces and in policies of the operator's namespace."))

#define BUDGET_AMOUNT_FIELDS(F, T)                                                                                     \
    F(T, MONEY, amount, "amount", RANGE(0, BUDGET_MAX_AMOUNT),                                                         \
      DOC("How much money, as decimal text: \"9000\" or \"12.50\". \"0\": only what costs nothing goes on."))        \
    F(T, INT, tokens, "tokens", RANGE(1, BUDGET_MAX_TOKENS),                                                           \
      DOC("How many tokens, of prompts and answers together; beside an amount it is a budget of its own."))            \
    F(T, ENUM(currency), currency, "currency", DEFAULT("USD"), DOC("Prices and budgets are in US dollars."))           \
    F(T, ENUM(budget_period), period, "period", DEFAULT("Month"), DOC("The window, by the calendar: it never slides."))\
    F(T, TEXT, time_zone, "timeZone", DEFAULT("UTC"), MAX_LENGTH(TIME_ZONE_NAME_MAX), FORMAT(time_zone),               \
      DOC("Whose calendar and clocks windows follow: a name of the IANA tz database. Weeks begin on Monday."))         \
    F(T, ENUM(over_budget), on_exceeded, "onExceeded", DEFAULT("Block"),                                               \
      DOC("Block: never overshot, calls are refused. Alert: only counted. Throttle: when it is spent, calls go on at throttledRequestsPerMinute and are charged above it.")) \
    F(T, INT, throttled_requests_per_minute, "throttledRequestsPerMinute", RANGE(1, BUDGET_MAX_THROTTLED_RATE),        \
      DOC("Of Throttle: how many calls a minute, by all gateways together, each owner may make when its amount is spent.")) \
    F(T, ENUM(when_unavailable), when_unavailable, "whenUnavailable", DEFAULT("Refuse"),                               \
      DOC("While the ledger cannot lend and what it lent is spent. Refuse: calls are answered 503. Allow: they go on, and are charged when it is back, so more than the amount may be spent.")) \
    BUDGET_ALERT_FIELDS(F, T)
DECLARE_SCHEMA(budget, BUDGET_AMOUNT_FIELDS);
/* clang-format on */
