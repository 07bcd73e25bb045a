/* In the order of the primary key, so a page costs what it has. The tags that its calls had are asked for
 * after it: records only come, so what all calls of a row have then, they all had before. */
#include "api/server/ledger/ledger_hours.h"

#include "api/server/ledger/ledger_hours_tags.h"
#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"

enum {
    KEY_COLUMNS = 1 + USAGE_DIMENSION_COUNT,
    AFTER = 5,
    PURPOSE = AFTER + KEY_COLUMNS,
    FIXED_PARAMS = PURPOSE + 2
};

struct asking {
    struct ledger *ledger;
    struct arena *arena;
    struct hours_question question;
    struct hours_answer answer;
    hours_answer_fn on_answer;
    void *owner;
};

static size_t fill(const struct hours_question *question, struct sql_value *params);
static size_t add_wholes(struct buffer *out, const struct hours_question *question, struct sql_value *scope);
static size_t add_parts(struct buffer *out, const struct hours_question *question, struct sql_value *scope);
static void add_bounds(struct buffer *out);
static void add_after(struct buffer *out);
static void add_key(struct buffer *out);
static void on_answered(void *owner, const struct sql_outcome *outcome);
static void on_tags(void *owner, enum ledger_end end, const struct error *why);
static bool read_row(const struct asking *asking, const struct sql_result *result, size_t at,
                     struct usage_rollup *row, struct error *err);

void
ledger_hours(struct ledger *ledger, struct arena *arena, const struct hours_question *question,
             hours_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){
        .ledger = ledger, .arena = arena, .question = *question, .on_answer = on_answer, .owner = owner};
    struct sql_value params[FIXED_PARAMS + LEDGER_SCOPE_MAX_WORKSPACES];
    size_t count = fill(question, params);
    struct buffer text;
    buffer_init(&text, arena, 4096);
    if (text_is_empty(question->purpose)) {
        count += add_wholes(&text, question, &params[count]);
    } else {
        buffer_add_string(&text, "SELECT * FROM (SELECT * FROM (");
        (void)add_parts(&text, question, &params[count]);
        buffer_add_string(&text, ") AS parts UNION ALL SELECT * FROM (");
        count += add_wholes(&text, question, &params[count]);
        buffer_add_string(&text, ") AS wholes) AS sums ORDER BY ");
        add_key(&text);
        buffer_add_string(&text, ", is_whole, value LIMIT $4");
    }
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
    sql_work_run(work, on_answered, asking);
}

static size_t
fill(const struct hours_question *question, struct sql_value *params)
{
    static const struct usage_rollup before_all = {.hour_ms = -1};
    const struct usage_rollup *after = question->after ? question->after : &before_all;
    size_t count = 0;
    params[count++] = sql_int(question->from_ms);
    params[count++] = sql_int(question->until_ms);
    params[count++] = sql_text(question->workspace);
    params[count++] = sql_int((int64_t)question->most_rows);
    params[count++] = sql_int(after->hour_ms);
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        params[count++] = sql_text(after->by[i]);
    if (text_is_empty(question->purpose))
        return count;
    params[count++] = sql_text(question->purpose);
    params[count++] = sql_int(text_is_empty(after->purpose.key));
    params[count++] = sql_text(after->purpose.value);
    return count;
}

static size_t
add_wholes(struct buffer *out, const struct hours_question *question, struct sql_value *scope)
{
    bool has_parts = !text_is_empty(question->purpose);
    buffer_add_string(out, "SELECT ");
    ledger_sql_add_hour_columns(out);
    if (has_parts)
        buffer_add_string(out, ", '' AS value, CAST(1 AS bigint) AS is_whole");
    buffer_add_string(out, " FROM usage_hour WHERE ");
    add_bounds(out);
    buffer_add_string(out, " AND (");
    add_key(out);
    buffer_add_string(out, has_parts ? ", CAST(1 AS bigint), '') > (" : ") > (");
    add_after(out);
    if (has_parts)
        buffer_print(out, ", CAST($%d AS bigint), $%d", PURPOSE + 1, PURPOSE + 2);
    buffer_add_byte(out, ')');
    size_t count = ledger_scope_add(question->scope, out, scope, (size_t)(has_parts ? PURPOSE + 3 : PURPOSE));
    buffer_add_string(out, " ORDER BY ");
    add_key(out);
    buffer_add_string(out, " LIMIT $4");
    return count;
}

/* The hour once more by itself: the index has only that. */
static size_t
add_parts(struct buffer *out, const struct hours_question *question, struct sql_value *scope)
{
    buffer_add_string(out, "SELECT ");
    ledger_sql_add_hour_columns(out);
    buffer_print(out,
                 ", value, CAST(0 AS bigint) AS is_whole FROM usage_purpose_hour WHERE purpose = $%d AND "
                 "hour_ms >= $%d AND ",
                 PURPOSE, AFTER);
    add_bounds(out);
    buffer_add_string(out, " AND (");
    add_key(out);
    buffer_add_string(out, ", CAST(0 AS bigint), value) > (");
    add_after(out);
    buffer_print(out, ", CAST($%d AS bigint), $%d)", PURPOSE + 1, PURPOSE + 2);
    size_t count = ledger_scope_add(question->scope, out, scope, PURPOSE + 3);
    buffer_add_string(out, " ORDER BY ");
    add_key(out);
    buffer_add_string(out, ", value LIMIT $4");
    return count;
}

static void
add_bounds(struct buffer *out)
{
    buffer_add_string(out, "hour_ms >= $1 AND hour_ms < $2 AND ($3 = '' OR workspace = $3) AND "
                           "(provider <> '' OR cost_nano > 0)");
}

static void
add_after(struct buffer *out)
{
    buffer_print(out, "$%d", AFTER);
    for (int i = 1; i < KEY_COLUMNS; i++)
        buffer_print(out, ", $%d", AFTER + i);
}

static void
add_key(struct buffer *out)
{
    buffer_add_string(out, "hour_ms");
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        buffer_print(out, ", %s", usage_dimension_columns[i]);
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct hours_answer *answer = &asking->answer;
    answer->end = ledger_end_of(sql, &answer->why);
    if (answer->end == LEDGER_DONE) {
        const struct sql_result *result = &sql->results[0];
        answer->rows = arena_alloc_array(asking->arena, result->row_count, sizeof(*answer->rows));
        for (; answer->end == LEDGER_DONE && answer->row_count < result->row_count; answer->row_count++)
            if (!read_row(asking, result, answer->row_count, &answer->rows[answer->row_count].sums,
                          &answer->why))
                answer->end = LEDGER_FAILED;
    }
    if (answer->end == LEDGER_DONE && answer->row_count > 0)
        ledger_hours_tags(asking->ledger, asking->arena,
                          &(const struct hours_tags_question){&asking->question, answer->rows,
                                                              answer->row_count, on_tags, asking});
    else
        asking->on_answer(asking->owner, answer);
}

static void
on_tags(void *owner, enum ledger_end end, const struct error *why)
{
    struct asking *asking = owner;
    asking->answer.end = end;
    asking->answer.why = *why;
    asking->on_answer(asking->owner, &asking->answer);
}

static bool
read_row(const struct asking *asking, const struct sql_result *result, size_t at, struct usage_rollup *row,
         struct error *err)
{
    size_t value = LEDGER_HOUR_COLUMNS; /* behind the sums */
    if (!sql_result_int(result, at, 0, &row->hour_ms, err))
        return false;
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        if (!sql_result_text(result, at, 1 + i, &row->by[i], err))
            return false;
    if (!ledger_read_sums(result, at, KEY_COLUMNS, row, err))
        return false;
    if (text_is_empty(asking->question.purpose))
        return true;
    if (!sql_result_text(result, at, value, &row->purpose.value, err))
        return false;
    if (!text_is_empty(row->purpose.value)) /* of none: a tag without a value is in no sum */
        row->purpose.key = asking->question.purpose;
    return true;
}
