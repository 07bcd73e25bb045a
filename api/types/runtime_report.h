/* What pods had, used and cost, and how it is asked for. Hours are decimal text: "1.50". */
#pragma once

#include "api/types/rest_questions.h"

/* clang-format off */
#define RUNTIME_QUERY_FIELDS(F, T)                                                                                     \
    F(T, TIME, from, "from", DOC("Counted from the hour that this is in; everything when left out."))                  \
    F(T, TIME, until, "until", DOC("Hours that begin before this are counted; to now when left out."))                 \
    F(T, ENUM(usage_over), over, "over", DEFAULT("all"), DOC("hour or day: a series, with a row for each hour, or day of UTC, in which there was something.")) \
    F(T, TEXT, workspace, "workspace", REST_NAME, DOC("Only this workspace."))                                         \
    F(T, TEXT, environment, "environment", REST_NAME, DOC("Only environments of this name."))                          \
    F(T, TEXT, deployment, "deployment", REST_NAME, DOC("Only pods of this Deployment."))                              \
    F(T, TEXT, model, "model", REST_NAME, DOC("Only pods of ModelServers that serve this."))                           \
    F(T, INT, limit, "limit", DEFAULT("1000"), RANGE(1, USAGE_REPORT_MAX_ROWS), DOC("At most so many rows."))          \
    USAGE_PAGE_FIELDS(F, T)
DECLARE_SCHEMA(runtime_query, RUNTIME_QUERY_FIELDS);

#define RUNTIME_ROW_FIELDS(F, T)                                                                                       \
    F(T, TIME, time, "time", DOC("Of a series: when its hour or day of UTC began."))                                   \
    F(T, TEXT, workspace, "workspace", ALWAYS, DOC("Whose; empty: the organisation's, as the ledger itself."))         \
    F(T, TEXT, environment, "environment", ALWAYS, DOC("In which environment."))                                       \
    F(T, TEXT, deployment, "deployment", ALWAYS, DOC("Of which Deployment; empty: parts of Weir, such as gateways."))  \
    F(T, TEXT, model, "model", DOC("What it serves, when it is a ModelServer."))                                       \
    F(T, TEXT, pod_hours, "podHours", REQUIRED, DOC("Of all its pods together."))                                      \
    F(T, TEXT, core_hours_requested, "coreHoursRequested", REQUIRED, DOC("Cores that its pods asked for, times hours.")) \
    F(T, TEXT, core_hours_used, "coreHoursUsed", REQUIRED, DOC("That they used, as far as somebody says."))            \
    F(T, TEXT, core_hours, "coreHours", REQUIRED, DOC("That are paid: the greater of both, sample by sample."))        \
    F(T, TEXT, gib_hours_requested, "gibHoursRequested", REQUIRED, DOC("The same of memory, in GiB."))                 \
    F(T, TEXT, gib_hours_used, "gibHoursUsed", REQUIRED, DOC("That they used."))                                       \
    F(T, TEXT, gib_hours, "gibHours", REQUIRED, DOC("That are paid."))                                                 \
    F(T, TEXT, device_hours, "deviceHours", REQUIRED, DOC("Devices that its pods asked for, of all kinds, times hours.")) \
    F(T, MONEY, cpu_cost, "cpuCost", DOC("US dollars."))                                                               \
    F(T, MONEY, memory_cost, "memoryCost", DOC("US dollars."))                                                         \
    F(T, MONEY, device_cost, "deviceCost", DOC("US dollars."))                                                         \
    F(T, MONEY, cost, "cost", DOC("All of it, by the price card of weir-api when it was sampled; absent: nothing had a price.")) \
    F(T, TEXT, unpriced_hours, "unpricedHours", DOC("Hours of pods times resources that had no price (weir-api has no price card, or it does not name the device): not in the cost. Absent: there were none.")) \
    F(T, INT, requests, "requests", DOC("Of a ModelServer: how many it took, by the gateways' records."))              \
    F(T, INT, tokens, "tokens", DOC("How many tokens those had."))                                                     \
    F(T, MONEY, allotted, "allotted", DOC("What its requests bear: the cost of hours in which it served something."))  \
    F(T, MONEY, idle, "idle", DOC("The cost of hours in which it served nothing."))                                    \
    F(T, MONEY, cost_per_request, "costPerRequest", DOC("All of the cost, idle hours too, over its requests; rounded up."))
DECLARE_SCHEMA(runtime_row, RUNTIME_ROW_FIELDS);

#define RUNTIME_REPORT_FIELDS(F, T)                                                                                    \
    F(T, TIME, from, "from", REQUIRED, DOC("Start of the first hour that is counted."))                                \
    F(T, TIME, until, "until", REQUIRED, DOC("Hours that begin before it are counted."))                               \
    F(T, LIST(runtime_row), rows, "rows", ALWAYS, MAX_ITEMS(USAGE_REPORT_MAX_ROWS), DOC("Dearest first; of a series by time before that.")) \
    F(T, TEXT, next, "next", MAX_LENGTH(REST_CURSOR_MAX_BYTES), DOC("There are more rows: ask the same again with this as `cursor`."))
DECLARE_SCHEMA(runtime_report, RUNTIME_REPORT_FIELDS);

#define COSTS_QUERY_FIELDS(F, T)                                                                                       \
    USAGE_BY_FIELDS(F, T)                                                                                              \
    F(T, TIME, from, "from", DOC("Counted from the hour that this is in; everything when left out."))                  \
    F(T, TIME, until, "until", DOC("Hours that begin before this are counted; to now when left out."))                 \
    F(T, TEXT, workspace, "workspace", REST_NAME, DOC("Only this workspace."))                                         \
    F(T, TEXT, environment, "environment", REST_NAME, DOC("Only environments of this name."))                          \
    F(T, ENUM(rest_format), format, "format", DOC("Goes before what the Accept header says."))
DECLARE_SCHEMA(costs_query, COSTS_QUERY_FIELDS);

#define COST_ROW_FIELDS(F, T)                                                                                          \
    USAGE_DIMENSION_FIELDS(F, T)                                                                                       \
    F(T, INT, calls, "calls", REQUIRED, DOC("How many, each counted once, by its last try."))                          \
    F(T, INT, requests, "requests", REQUIRED, DOC("How many requests providers took."))                                \
    F(T, INT, tokens, "tokens", REQUIRED, DOC("How many tokens those had."))                                           \
    F(T, MONEY, api_cost, "apiCost", REQUIRED, DOC("What usage records say that it cost, US dollars."))                \
    F(T, MONEY, runtime_cost, "runtimeCost", REQUIRED, DOC("What of the pods of ModelServers it bears: of each hour in which one served something its share by tokens.")) \
    F(T, MONEY, cost, "cost", REQUIRED, DOC("Both."))                                                                  \
    F(T, MONEY, cost_per_request, "costPerRequest", DOC("Over its requests, rounded up; absent when there was none."))
DECLARE_SCHEMA(cost_row, COST_ROW_FIELDS);

#define COSTS_REPORT_FIELDS(F, T)                                                                                      \
    F(T, TIME, from, "from", REQUIRED, DOC("Start of the first hour that is counted."))                                \
    F(T, TIME, until, "until", REQUIRED, DOC("Hours that begin before it are counted."))                               \
    F(T, TEXTS, by, "by", MAX_ITEMS(9), DOC("What rows are told apart by."))                                           \
    F(T, MONEY, idle, "idle", REQUIRED, DOC("What pods of ModelServers cost in hours in which they served nothing: in no row.")) \
    F(T, TEXT, unpriced_hours, "unpricedHours", DOC("Hours of ModelServers' pods times resources that had no price: not in runtimeCost. Absent: there were none.")) \
    F(T, LIST(cost_row), rows, "rows", ALWAYS, MAX_ITEMS(USAGE_REPORT_MAX_ROWS), DOC("Dearest first."))
DECLARE_SCHEMA(costs_report, COSTS_REPORT_FIELDS);
/* clang-format on */

/* by: a text for each of USAGE_DIMENSION_FIELDS, in their order. */
void cost_row_set_dimensions(struct cost_row *row, const struct text *by);
