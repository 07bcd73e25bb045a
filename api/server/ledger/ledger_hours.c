/* In the order of the primary key, so a page costs what it has. */
#include "api/server/ledger/ledger_hours.h"

#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"

enum { KEY_COLUMNS = 1 + USAGE_DIMENSION_COUNT, FIXED_PARAMS = 4 + KEY_COLUMNS };

struct asking {
    struct arena *arena;
    hours_answer_fn on_answer;
    void *owner;
};

static void add_key(struct buffer *out);
static void add_columns(struct buffer *out);
static void on_answered(void *owner, const struct sql_outcome *outcome);
static bool read_row(const struct sql_result *result, size_t at, struct usage_rollup *row, struct error *err);

void
ledger_hours(struct ledger *ledger, struct arena *arena, const struct hours_question *question,
             hours_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){arena, on_answer, owner};
    static const struct usage_rollup before_all = {.hour_ms = -1};
    const struct usage_rollup *after = question->after ? question->after : &before_all;
    struct sql_value params[FIXED_PARAMS + LEDGER_SCOPE_MAX_WORKSPACES] = {
        sql_int(question->from_ms), sql_int(question->until_ms), sql_text(question->workspace),
        sql_int((int64_t)question->most_rows), sql_int(after->hour_ms)};
    size_t count = 5;
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        params[count++] = sql_text(after->by[i]);
    struct buffer text;
    buffer_init(&text, arena, 1024);
    buffer_add_string(&text, "SELECT ");
    add_columns(&text);
    buffer_add_string(
        &text, " FROM usage_hour WHERE hour_ms >= $1 AND hour_ms < $2 AND ($3 = '' OR workspace = $3) AND "
               "(provider <> '' OR cost_nano > 0) AND (");
    add_key(&text);
    buffer_add_string(&text, ") > ($5");
    for (int i = 0; i < USAGE_DIMENSION_COUNT; i++)
        buffer_print(&text, ", $%d", 6 + i);
    buffer_add_byte(&text, ')');
    count += ledger_scope_add(question->scope, &text, &params[count], count + 1);
    buffer_add_string(&text, " ORDER BY ");
    add_key(&text);
    buffer_add_string(&text, " LIMIT $4");
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
    sql_work_run(work, on_answered, asking);
}

static void
add_key(struct buffer *out)
{
    buffer_add_string(out, "hour_ms");
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        buffer_print(out, ", %s", usage_dimension_columns[i]);
}

static void
add_columns(struct buffer *out)
{
    add_key(out);
    buffer_add_string(out, ", calls, tries, unpriced_calls, cost_nano");
    for (size_t i = 0; i < USAGE_CLASS_COUNT; i++) {
        buffer_add_string(out, ", ");
        ledger_sql_add_column(out, usage_vector_schema.fields[i].key);
    }
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct hours_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE) {
        const struct sql_result *result = &sql->results[0];
        answer.rows = arena_alloc_array(asking->arena, result->row_count, sizeof(*answer.rows));
        for (; answer.end == LEDGER_DONE && answer.row_count < result->row_count; answer.row_count++)
            if (!read_row(result, answer.row_count, &answer.rows[answer.row_count], &answer.why))
                answer.end = LEDGER_FAILED;
    }
    asking->on_answer(asking->owner, &answer);
}

static bool
read_row(const struct sql_result *result, size_t at, struct usage_rollup *row, struct error *err)
{
    if (!sql_result_int(result, at, 0, &row->hour_ms, err))
        return false;
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        if (!sql_result_text(result, at, 1 + i, &row->by[i], err))
            return false;
    return ledger_read_sums(result, at, KEY_COLUMNS, row, err);
}
