/* What may be asked of the ledger over REST: the parameters of each route's query, and of its path. Decoded
 * from text, checked and described in api/openapi.json by these lists. */
#pragma once

#include "api/types/gateway_budget.h"
#include "api/types/usage_record.h"
#include "api/types/usage_report.h"
#include "lib/schema/fields.h"

/* A cursor that weir-api gives out is shorter. */
#define REST_CURSOR_MAX_BYTES 512
#define REST_CALLS_MAX_ROWS 1000
/* Names in records are no longer: what is asked for may be as long. */
#define REST_NAME MAX_LENGTH(256)

extern const struct text_format text_format_usage_dimension; /* workspace ... outcome, run, tool, tag:KEY */
extern const struct text_format text_format_usage_tag;       /* KEY=VALUE */
extern const struct text_format text_format_usage_by_tag;    /* tag:KEY */
extern const struct text_format text_format_usage_span;      /* 24h, 7d, 2w */
/* Of the text of a usage_span. */
int64_t usage_span_ms(struct text span);

enum usage_over { USAGE_OVER_ALL, USAGE_OVER_HOUR, USAGE_OVER_DAY };
extern const char *const usage_over_names[]; /* all hour day */

enum rest_format { REST_JSON, REST_CSV, REST_JSONL };
extern const char *const rest_format_names[]; /* json csv: who wants a choice names one of these */

enum focus_version { FOCUS_1_2, FOCUS_1_4 };
extern const char *const focus_version_names[]; /* 1.2 1.4 */

/* clang-format off */
#define REST_WHO_FIELDS(F, T)                                                                                          \
    F(T, TEXT, workspace, "workspace", REST_NAME, DOC("Only this workspace."))                                         \
    F(T, TEXT, environment, "environment", REST_NAME, DOC("Only environments of this name."))                          \
    F(T, TEXT, caller, "caller", REST_NAME, DOC("Only this caller."))                                                  \
    F(T, TEXT, deployment, "deployment", REST_NAME, DOC("Only callers that are this Deployment's workload."))         \
    F(T, TEXT, model, "model", REST_NAME, DOC("Only what clients called so."))                                         \
    F(T, TEXT, provider, "provider", REST_NAME, DOC("Only what this provider answered."))                              \
    F(T, TEXT, outcome, "outcome", REST_NAME, DOC("Only calls that ended so."))                                              \
    F(T, TEXT, run, "run", MAX_LENGTH(USAGE_RUN_MAX_BYTES), DOC("Only calls of this agent run."))

#define USAGE_BY_FIELDS(F, T)                                                                                          \
    F(T, TEXTS, by, "by", SET, MAX_ITEMS(10), FORMAT(usage_dimension), DOC("What sums are told apart by, with commas between. By run, by tool or by one tag's values: only calls that have one; a call that asked for two tools is told under both."))

#define USAGE_WHO_FIELDS(F, T)                                                                                         \
    REST_WHO_FIELDS(F, T)                                                                                              \
    F(T, TEXT, tag, "tag", MAX_LENGTH(256), FORMAT(usage_tag), DOC("Only calls with this tag: KEY=VALUE. Sums are kept for runs, tools and each tag apart, so a question is about one of them.")) \
    F(T, TEXT, tool, "tool", MAX_LENGTH(USAGE_TOOL_MAX_BYTES), DOC("Only calls whose answer asked to call this function.")) \
    F(T, TEXT, team, "team", REST_NAME, DOC("Only callers of this team."))                                             \
    F(T, TEXT, target_model, "targetModel", REST_NAME, DOC("Only what providers call so."))

#define USAGE_PAGE_FIELDS(F, T)                                                                                        \
    F(T, TEXT, cursor, "cursor", MAX_LENGTH(REST_CURSOR_MAX_BYTES), DOC("`next` of the answer before, to go on with the same question.")) \
    F(T, ENUM(rest_format), format, "format", DOC("Goes before what the Accept header says."))

#define USAGE_QUERY_FIELDS(F, T)                                                                                       \
    USAGE_BY_FIELDS(F, T)                                                                                              \
    F(T, TIME, from, "from", DOC("Counted from the hour that this is in; everything when left out."))                  \
    F(T, TIME, until, "until", DOC("Hours that begin before this are counted; to now when left out."))                 \
    F(T, ENUM(usage_over), over, "over", DEFAULT("all"), DOC("hour or day: a series, with a row for each hour, or day of UTC, in which there was something.")) \
    USAGE_WHO_FIELDS(F, T)                                                                                             \
    F(T, INT, limit, "limit", DEFAULT("1000"), RANGE(1, USAGE_REPORT_MAX_ROWS), DOC("At most so many rows."))          \
    USAGE_PAGE_FIELDS(F, T)
DECLARE_SCHEMA(usage_query, USAGE_QUERY_FIELDS);

#define MOVERS_QUERY_FIELDS(F, T)                                                                                      \
    USAGE_BY_FIELDS(F, T)                                                                                              \
    F(T, TEXT, span, "span", DEFAULT("7d"), FORMAT(usage_span), DOC("How long each of the two spans is: hours, days or weeks.")) \
    F(T, TIME, until, "until", DOC("The later span ends with the last hour that is over by then; now when left out.")) \
    USAGE_WHO_FIELDS(F, T)                                                                                             \
    F(T, INT, limit, "limit", DEFAULT("100"), RANGE(1, USAGE_REPORT_MAX_ROWS), DOC("At most so many rows."))           \
    USAGE_PAGE_FIELDS(F, T)
DECLARE_SCHEMA(movers_query, MOVERS_QUERY_FIELDS);

#define CALLS_QUERY_FIELDS(F, T)                                                                                       \
    F(T, TIME, from, "from", DOC("Calls that came at this time or later."))                                            \
    F(T, TIME, until, "until", DOC("Calls that came before it."))                                                      \
    REST_WHO_FIELDS(F, T)                                                                                              \
    F(T, INT, limit, "limit", DEFAULT("100"), RANGE(1, REST_CALLS_MAX_ROWS), DOC("At most so many calls."))            \
    F(T, TEXT, cursor, "cursor", MAX_LENGTH(REST_CURSOR_MAX_BYTES), DOC("`next` of the answer before, to go on with the same question."))
DECLARE_SCHEMA(calls_query, CALLS_QUERY_FIELDS);

#define CALL_PATH_FIELDS(F, T)                                                                                         \
    F(T, TEXT, id, "id", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(64), DOC("Of the call: its x-request-id."))
DECLARE_SCHEMA(call_path, CALL_PATH_FIELDS);

#define FOCUS_QUERY_FIELDS(F, T)                                                                                       \
    F(T, ENUM(focus_version), version, "version", DEFAULT("1.2"), DOC("Of the FOCUS specification."))                  \
    F(T, TIME, from, "from", DOC("From the hour that this is in; everything when left out."))                          \
    F(T, TIME, until, "until", DOC("Hours that begin before this; to the last whole hour when left out."))                  \
    F(T, TEXT, workspace, "workspace", REST_NAME, DOC("Only this workspace."))                                         \
    F(T, TEXT, by, "by", MAX_LENGTH(256), FORMAT(usage_by_tag), DOC("tag:KEY: rows are told apart by this tag's values too, each with its value in Tags; what calls without it cost is in a row without it. The sum is the same.")) \
    F(T, TEXT, account, "account", DEFAULT("organization"), MIN_LENGTH(1), MAX_LENGTH(128), DOC("What the billing account is called: BillingAccountId and BillingAccountName."))
DECLARE_SCHEMA(focus_query, FOCUS_QUERY_FIELDS);

#define BUDGETS_QUERY_FIELDS(F, T)                                                                                     \
    F(T, TEXT, budget, "budget", MAX_LENGTH(BUDGET_ID_MAX_BYTES), DOC("Only the budget of this id."))                  \
    F(T, TEXT, workspace, "workspace", REST_NAME, DOC("Only accounts of this workspace; who may not see all must say one.")) \
    F(T, TEXT, environment, "environment", REST_NAME, DOC("Only accounts of this environment; only with a workspace."))
DECLARE_SCHEMA(budgets_query, BUDGETS_QUERY_FIELDS);

#define IN_FORCE_QUERY_FIELDS(F, T)                                                                                    \
    F(T, TEXT, workspace, "workspace", REST_NAME, DOC("Only this workspace."))                                         \
    F(T, TEXT, environment, "environment", REST_NAME, DOC("Only environments of this name; callers of every environment are in each.")) \
    F(T, INT, limit, "limit", DEFAULT("1000"), RANGE(1, REST_CALLS_MAX_ROWS), DOC("At most so many; there may be fewer, and more of them behind `next`.")) \
    F(T, TEXT, cursor, "cursor", MAX_LENGTH(REST_CURSOR_MAX_BYTES), DOC("`next` of the answer before, to go on with the same question."))
DECLARE_SCHEMA(in_force_query, IN_FORCE_QUERY_FIELDS);
/* clang-format on */
