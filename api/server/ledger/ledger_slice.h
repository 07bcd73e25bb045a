/* The part of the sums that a question is about, as SQL: whole days of all calls from the sums by the day,
 * the hours at either end, and whatever is asked for by the hour, from those by the hour. Filters are always
 * in it, so that there are few texts to prepare: at most five for each of the 512 sets of dimensions (of all
 * calls, of those for something, of one value, by value or not), and for each size of a scope. For
 * api/server/ledger/ledger_*.c only. */
#pragma once

#include "api/server/ledger/ledger_parts.h"
#include "api/server/ledger/ledger_scope.h"

struct buffer;

/* $1 from, $2 until, one for each dimension, purpose and its value, spans with one cut, limit and offset. */
#define LEDGER_SLICE_PARAMS (6 + LEDGER_SPAN_PARAMS(1) + USAGE_DIMENSION_COUNT)

/* The order they were asked in makes no other answer, and a million orders of nine no other statement. */
void ledger_slice_sort(struct usage_question *question);
/* LEDGER_SLICE_PARAMS of them. One row more than is wanted tells that there are more. The question's from_ms
 * may be later than from_ms, where what is before and after it is told apart. */
void ledger_slice_fill(const struct usage_question *question, int64_t from_ms, struct sql_value *params);
/* "time, workspace, model, value, ": what rows are told apart by; time only in a series. */
void ledger_slice_add_columns(struct buffer *out, const struct usage_question *question);
/* " FROM ... WHERE ... GROUP BY ..."; the scope's parameters begin at $first_scope and go to scope (room for
 * LEDGER_SCOPE_MAX_WORKSPACES); returns how many. */
size_t ledger_slice_add_rows(struct buffer *out, const struct usage_question *question,
                             struct sql_value *scope, size_t first_scope);
/* ", workspace, model LIMIT ... OFFSET ...": behind what rows are ordered by first. */
void ledger_slice_add_page(struct buffer *out, const struct usage_question *question);
/* Those columns of a row, to hour_ms, by and purpose; what is behind them begins at ledger_slice_columns. */
MUST_CHECK bool ledger_slice_read(const struct usage_question *question, const struct sql_result *result,
                                  size_t row, struct usage_rollup *out_row, struct error *err);
size_t ledger_slice_columns(const struct usage_question *question);
