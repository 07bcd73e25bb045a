/* Numbers of parameters are the ones ledger_slice_fill gives them. */
#include "api/server/ledger/ledger_slice.h"

#include <assert.h>

#include "lib/base/buffer.h"

enum { CUTS = 1 }; /* where question->from_ms is */
enum { PURPOSE = 3 + USAGE_DIMENSION_COUNT, VALUE, FIRST_SPAN, LIMIT = LEDGER_SLICE_PARAMS - 1 };
static_assert(LIMIT - FIRST_SPAN == LEDGER_SPAN_PARAMS(CUTS), "as the header says");

static void add_table(struct buffer *out, const struct usage_question *question);
static void add_time(struct buffer *out, const struct usage_question *question);

void
ledger_slice_sort(struct usage_question *question)
{
    bool is_asked[USAGE_DIMENSION_COUNT] = {false};
    for (size_t i = 0; i < question->by_count; i++)
        is_asked[question->by[i]] = true;
    question->by_count = 0;
    for (int i = 0; i < USAGE_DIMENSION_COUNT; i++)
        if (is_asked[i])
            question->by[question->by_count++] = (enum usage_dimension)i;
}

void
ledger_slice_fill(const struct usage_question *question, int64_t from_ms, struct sql_value *params)
{
    size_t count = 0;
    params[count++] = sql_int(from_ms - from_ms % USAGE_HOUR_MS);
    params[count++] = sql_int(question->until_ms);
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        params[count++] = sql_text(question->only[i]);
    params[count++] = sql_text(question->purpose.key);
    params[count++] = sql_text(question->purpose.value);
    count += ledger_sql_fill_spans((struct usage_span){from_ms - from_ms % USAGE_HOUR_MS, question->until_ms},
                                   &question->from_ms, CUTS, &params[count]);
    params[count++] = sql_int((int64_t)question->most_rows + 1);
    params[count++] = sql_int(question->skip_rows);
}

void
ledger_slice_add_columns(struct buffer *out, const struct usage_question *question)
{
    if (question->over_ms > 0) {
        add_time(out, question);
        buffer_add_string(out, ", ");
    }
    for (size_t i = 0; i < question->by_count; i++)
        buffer_print(out, "%s, ", usage_dimension_columns[question->by[i]]);
    if (question->by_purpose)
        buffer_add_string(out, "value, ");
}

size_t
ledger_slice_add_rows(struct buffer *out, const struct usage_question *question, struct sql_value *scope,
                      size_t first_scope)
{
    const char *before = " GROUP BY ";
    add_table(out, question);
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        buffer_print(out, " AND ($%zu = '' OR %s = $%zu)", i + 3, usage_dimension_columns[i], i + 3);
    size_t scope_count = ledger_scope_add(question->scope, out, scope, first_scope);
    if (question->over_ms > 0) {
        buffer_add_string(out, before);
        add_time(out, question);
        before = ", ";
    }
    for (size_t i = 0; i < question->by_count; i++) {
        buffer_print(out, "%s%s", before, usage_dimension_columns[question->by[i]]);
        before = ", ";
    }
    if (question->by_purpose)
        buffer_print(out, "%svalue", before);
    return scope_count;
}

void
ledger_slice_add_page(struct buffer *out, const struct usage_question *question)
{
    for (size_t i = 0; i < question->by_count; i++)
        buffer_print(out, ", %s", usage_dimension_columns[question->by[i]]);
    if (question->by_purpose)
        buffer_add_string(out, ", value");
    buffer_print(out, " LIMIT $%d OFFSET $%d", LEDGER_SLICE_PARAMS - 1, LEDGER_SLICE_PARAMS);
}

bool
ledger_slice_read(const struct usage_question *question, const struct sql_result *result, size_t row,
                  struct usage_rollup *out_row, struct error *err)
{
    size_t column = 0;
    if (question->over_ms > 0 && !sql_result_int(result, row, column++, &out_row->hour_ms, err))
        return false;
    for (size_t i = 0; i < question->by_count; i++)
        if (!sql_result_text(result, row, column++, &out_row->by[question->by[i]], err))
            return false;
    return !question->by_purpose || sql_result_text(result, row, column, &out_row->purpose.value, err);
}

size_t
ledger_slice_columns(const struct usage_question *question)
{
    return question->by_count + (question->over_ms > 0 ? 1 : 0) + (question->by_purpose ? 1 : 0);
}

/* Every parameter is in every text: a database wants to know of each what it is. A value that is looked for
 * is not said with an OR, which would keep SQLite from its index. */
static void
add_table(struct buffer *out, const struct usage_question *question)
{
    bool is_of_all = text_is_empty(question->purpose.key);
    buffer_add_string(out, " FROM ");
    if (is_of_all && question->over_ms != USAGE_HOUR_MS) {
        struct buffer columns;
        buffer_init(&columns, out->arena, 512);
        ledger_sql_add_hour_columns(&columns);
        ledger_sql_add_spans(out, buffer_text(&columns), FIRST_SPAN, CUTS);
    } else {
        buffer_add_string(out, is_of_all ? "usage_hour" : "usage_purpose_hour");
    }
    buffer_print(out, " WHERE hour_ms >= $1 AND hour_ms < $2 AND %s = $%d AND %s = $%d",
                 is_of_all ? "''" : "purpose", PURPOSE,
                 text_is_empty(question->purpose.value) ? "''" : "value", VALUE);
    for (int unused = FIRST_SPAN; unused < LIMIT; unused++)
        buffer_print(out, " AND CAST($%d AS bigint) IS NOT NULL", unused);
}

/* Two texts, not a parameter: what is grouped by must be the same expression as what is selected. */
static void
add_time(struct buffer *out, const struct usage_question *question)
{
    buffer_add_string(out, question->over_ms == USAGE_HOUR_MS ? "hour_ms" : "hour_ms - hour_ms % 86400000");
}
