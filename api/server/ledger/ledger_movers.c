/* Both spans in one go over the sums: an hour counts for the one that it is in. */
#include "api/server/ledger/ledger_movers.h"

#include "api/server/ledger/ledger_slice.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"

enum { FROM = LEDGER_SLICE_PARAMS + 1 }; /* the parameter: where the later span begins */

struct asking {
    struct arena *arena;
    struct usage_question question;
    movers_answer_fn on_answer;
    void *owner;
};

static void add_sums(struct buffer *out);
static void on_answered(void *owner, const struct sql_outcome *outcome);
static bool read_rows(struct asking *asking, const struct sql_result *result, struct movers_answer *answer);
static bool read_row(const struct asking *asking, const struct sql_result *result, size_t at,
                     struct usage_mover *row, struct error *err);

void
ledger_movers(struct ledger *ledger, struct arena *arena, const struct usage_question *question,
              movers_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){arena, *question, on_answer, owner};
    ledger_slice_sort(&asking->question);
    struct sql_value params[FROM + LEDGER_SCOPE_MAX_WORKSPACES];
    size_t count = FROM;
    struct buffer text;
    ledger_slice_fill(question, question->from_ms - (question->until_ms - question->from_ms), params);
    params[FROM - 1] = sql_int(question->from_ms);
    buffer_init(&text, arena, 1024);
    buffer_add_string(&text, "SELECT ");
    ledger_slice_add_columns(&text, &asking->question);
    add_sums(&text);
    count += ledger_slice_add_rows(&text, &asking->question, &params[count], count + 1);
    buffer_print(&text,
                 " ORDER BY abs(sum(CASE WHEN hour_ms >= $%d THEN cost_nano ELSE -cost_nano END)) DESC, "
                 "abs(sum(CASE WHEN hour_ms >= $%d THEN calls ELSE -calls END)) DESC",
                 FROM, FROM);
    ledger_slice_add_page(&text, &asking->question);
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
    sql_work_run(work, on_answered, asking);
}

/* In the order of read_row. */
static void
add_sums(struct buffer *out)
{
    static const char *const columns[] = {"calls", "cost_nano"};
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        buffer_print(out,
                     "%sCAST(sum(CASE WHEN hour_ms >= $%d THEN %s ELSE 0 END) AS bigint), "
                     "CAST(sum(CASE WHEN hour_ms < $%d THEN %s ELSE 0 END) AS bigint)",
                     i > 0 ? ", " : "", FROM, columns[i], FROM, columns[i]);
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct movers_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE && !read_rows(asking, &sql->results[0], &answer))
        answer.end = LEDGER_FAILED;
    asking->on_answer(asking->owner, &answer);
}

static bool
read_rows(struct asking *asking, const struct sql_result *result, struct movers_answer *answer)
{
    const struct usage_question *question = &asking->question;
    size_t count = ledger_page_rows(result, question->most_rows, &answer->is_cut);
    if (count == 1 && question->by_count == 0 && sql_result_is_null(result, 0, 0))
        return true; /* sums over nothing */
    answer->rows = arena_alloc_array(asking->arena, count, sizeof(*answer->rows));
    for (; answer->row_count < count; answer->row_count++)
        if (!read_row(asking, result, answer->row_count, &answer->rows[answer->row_count], &answer->why))
            return false;
    return true;
}

static bool
read_row(const struct asking *asking, const struct sql_result *result, size_t at, struct usage_mover *row,
         struct error *err)
{
    struct usage_rollup who = {0};
    size_t column = ledger_slice_columns(&asking->question);
    if (!ledger_slice_read(&asking->question, result, at, &who, err))
        return false;
    memcpy(row->by, who.by, sizeof(row->by));
    row->purpose = who.purpose.value;
    int64_t *const sums[] = {&row->calls, &row->calls_before, &row->cost_nano, &row->cost_before_nano};
    for (size_t i = 0; i < COUNT_OF(sums); i++)
        if (!sql_result_int(result, at, column++, sums[i], err))
            return false;
    return true;
}
