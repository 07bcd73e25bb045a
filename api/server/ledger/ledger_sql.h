/* The ledger's statements. Columns of counts are the usage vector's fields, so the texts are made once, of
 * its schema. For api/server/ledger only. */
#pragma once

#include "api/server/ledger/usage_row.h"
#include "api/server/ledger/usage_spans.h"

struct buffer;
struct sql_value;

struct ledger_statements {
    const char *welcome;  /* $1 journal, $2 workspace, $3 environment, $4 gateway -> next */
    const char *advance;  /* $1 journal, $2 next, $3 first, $4 the book's revision, $5 the schema's; no row:
                             one of them is another */
    const char *spoil;    /* $1 journal, $2 number, $3 record, $4 reason */
    const char *add_hour; /* $1 hour_ms, the dimensions, calls, tries, unpriced, cost, the classes */
    const char *add_day;  /* as add_hour, of a day; behind it the first hour of it */
    const char *add_purpose; /* the same of sums by purpose; behind those its two columns */
};

#define LEDGER_HOUR_COLUMNS (5 + USAGE_DIMENSION_COUNT + USAGE_CLASS_COUNT)
#define LEDGER_DAY_COLUMNS (LEDGER_HOUR_COLUMNS + 1)     /* first_ms */
#define LEDGER_PURPOSE_COLUMNS (LEDGER_HOUR_COLUMNS + 2) /* purpose, value */

/* Texts live in the arena. */
struct ledger_statements ledger_statements_new(struct arena *arena);
/* "input_tokens" of "inputTokens". */
void ledger_sql_add_column(struct buffer *out, struct text key);
/* The columns of usage_hour and usage_day, in the order of add_hour's parameters. */
void ledger_sql_add_hour_columns(struct buffer *out);
/* Sums of days and of the hours around them as one table, "(SELECT ... UNION ALL ...) AS sums", of first_ms,
 * the first hour with something in it, and these columns; its parameters begin at $first_param. */
#define LEDGER_SPAN_PARAMS(CUTS) (2 * (USAGE_SPANS_DAYS(CUTS) + USAGE_SPANS_HOURS(CUTS)))
void ledger_sql_add_spans(struct buffer *out, struct text columns, int first_param, int cut_count);
/* Those parameters; returns how many: LEDGER_SPAN_PARAMS(cut_count). */
size_t ledger_sql_fill_spans(struct usage_span whole, const int64_t *cuts, size_t cut_count,
                             struct sql_value *params);
/* sum(calls), sum(tries), sum(unpriced_calls), sum(cost_nano), sum(...) of each class, as bigint. */
void ledger_sql_add_sums(struct buffer *out);
/* Of usage_hour's columns, as SQL: what usage_vector_tokens counts, and milliseconds of audio and video. */
/* clang-format off */
#define LEDGER_TOKENS "input_tokens + cache_read_tokens + cache_write_tokens + cache_write1h_tokens + output_tokens + reasoning_tokens + audio_input_tokens + audio_output_tokens + image_input_tokens + image_output_tokens"
#define LEDGER_MEDIA_MS "input_ms + output_ms"
/* clang-format on */
