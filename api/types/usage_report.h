/* Who used what over a span of time, added up: what the ledger answers and people read. */
#pragma once

#include "api/types/usage_vector.h"

#define USAGE_REPORT_MAX_ROWS 10000

extern const struct text_format text_format_money_change; /* "12.50", "-0.01" */

/* clang-format off */
#define USAGE_DIMENSION_FIELDS(F, T)                                                                                   \
    F(T, TEXT, workspace, "workspace", DOC("Whose; as the next ones only when asked for."))                            \
    F(T, TEXT, environment, "environment", DOC("In which environment."))                                               \
    F(T, TEXT, team, "team", DOC("The caller's team."))                                                                \
    F(T, TEXT, caller, "caller", DOC("Who asked."))                                                                    \
    F(T, TEXT, deployment, "deployment", DOC("The caller's Deployment, when it is a workload of one."))                \
    F(T, TEXT, model, "model", DOC("What clients called it."))                                                         \
    F(T, TEXT, provider, "provider", DOC("Who answered."))                                                             \
    F(T, TEXT, target_model, "targetModel", DOC("What the provider calls it."))                                        \
    F(T, TEXT, outcome, "outcome", DOC("How calls ended."))

#define USAGE_PURPOSE_FIELDS(F, T)                                                                                     \
    F(T, TEXT, run, "run", DOC("Of which agent run; as `tag` only when asked for."))                                   \
    F(T, TEXT, tag, "tag", DOC("The value of the tag that was asked for."))                                            \
    F(T, TEXT, tool, "tool", DOC("Which function answers asked to call."))

#define USAGE_SUM_FIELDS(F, T)                                                                                         \
    USAGE_DIMENSION_FIELDS(F, T)                                                                                       \
    F(T, INT, calls, "calls", REQUIRED, DOC("How many, each counted once, by its last try."))                          \
    F(T, INT, tries, "tries", DEFAULT("0"), DOC("How many requests reached providers: retries and fallbacks are tries of one call. What was used and its cost is that of all of them.")) \
    F(T, INT, unpriced_calls, "unpricedCalls", DEFAULT("0"), DOC("Calls, or earlier tries of calls, with usage that no price was known for: not in the cost.")) \
    F(T, MONEY, cost, "cost", REQUIRED, DOC("US dollars."))                                                            \
    USAGE_VECTOR_FIELDS(F, T)                                                                                          \
    F(T, TIME, time, "time", DOC("Of a series: when its hour or day of UTC began.")) \
    USAGE_PURPOSE_FIELDS(F, T)
DECLARE_SCHEMA(usage_sum, USAGE_SUM_FIELDS);

#define USAGE_REPORT_FIELDS(F, T)                                                                                      \
    F(T, TIME, from, "from", REQUIRED, DOC("Start of the first hour that is counted."))                                \
    F(T, TIME, until, "until", REQUIRED, DOC("Hours that begin before it are counted."))                               \
    F(T, TEXTS, by, "by", MAX_ITEMS(10), DOC("What sums are told apart by."))                                           \
    F(T, LIST(usage_sum), rows, "rows", ALWAYS, MAX_ITEMS(USAGE_REPORT_MAX_ROWS), DOC("Most calls first; of a series by time before that."))                    \
    F(T, TEXT, next, "next", MAX_LENGTH(512), DOC("There are more rows: ask the same again with this as `cursor`."))
DECLARE_SCHEMA(usage_report, USAGE_REPORT_FIELDS);

#define USAGE_MOVE_FIELDS(F, T)                                                                                        \
    USAGE_DIMENSION_FIELDS(F, T)                                                                                       \
    F(T, INT, calls, "calls", REQUIRED, DOC("How many.")) \
    F(T, INT, calls_before, "callsBefore", REQUIRED, DOC("How many in the span before.")) \
    F(T, MONEY, cost, "cost", REQUIRED, DOC("US dollars.")) \
    F(T, MONEY, cost_before, "costBefore", REQUIRED, DOC("US dollars in the span before.")) \
    F(T, TEXT, difference, "difference", REQUIRED, FORMAT(money_change), DOC("How many US dollars more; with a - before it: less.")) \
    USAGE_PURPOSE_FIELDS(F, T)
DECLARE_SCHEMA(usage_move, USAGE_MOVE_FIELDS);

#define MOVERS_REPORT_FIELDS(F, T)                                                                                     \
    F(T, TIME, before, "before", REQUIRED, DOC("Start of the span before, which ends where the other begins."))        \
    F(T, TIME, from, "from", REQUIRED, DOC("Start of the span."))                                                      \
    F(T, TIME, until, "until", REQUIRED, DOC("Its end.")) \
    F(T, TEXTS, by, "by", MAX_ITEMS(10), DOC("What rows are told apart by."))                                           \
    F(T, LIST(usage_move), rows, "rows", ALWAYS, MAX_ITEMS(USAGE_REPORT_MAX_ROWS), DOC("Where cost changed most first, up or down, then calls.")) \
    F(T, TEXT, next, "next", MAX_LENGTH(512), DOC("There are more rows: ask the same again with this as `cursor`."))
DECLARE_SCHEMA(movers_report, MOVERS_REPORT_FIELDS);
/* clang-format on */

/* by: a text for each of USAGE_DIMENSION_FIELDS, in their order. */
void usage_sum_set_dimensions(struct usage_sum *sum, const struct text *by);
void usage_move_set_dimensions(struct usage_move *move, const struct text *by);
void usage_sum_set_vector(struct usage_sum *sum, const struct usage_vector *used);
