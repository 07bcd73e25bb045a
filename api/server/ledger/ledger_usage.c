/* One statement for each choice of dimensions. */
#include "api/server/ledger/ledger_slice.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"

struct asking {
    struct arena *arena;
    struct usage_question question;
    usage_answer_fn on_answer;
    void *owner;
};

static void on_answered(void *owner, const struct sql_outcome *outcome);
static bool read_rows(struct asking *asking, const struct sql_result *result, struct usage_answer *answer);

void
ledger_usage(struct ledger *ledger, struct arena *arena, const struct usage_question *question,
             usage_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){arena, *question, on_answer, owner};
    ledger_slice_sort(&asking->question);
    struct sql_value params[LEDGER_SLICE_PARAMS + LEDGER_SCOPE_MAX_WORKSPACES];
    size_t count = LEDGER_SLICE_PARAMS;
    struct buffer text;
    ledger_slice_fill(question, question->from_ms, params);
    buffer_init(&text, arena, 1024);
    buffer_add_string(&text, "SELECT ");
    ledger_slice_add_columns(&text, &asking->question);
    ledger_sql_add_sums(&text);
    count += ledger_slice_add_rows(&text, &asking->question, &params[count], count + 1);
    buffer_print(&text, " ORDER BY %ssum(calls) DESC", question->over_ms > 0 ? "1, " : "");
    ledger_slice_add_page(&text, &asking->question);
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
    sql_work_run(work, on_answered, asking);
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct usage_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE && !read_rows(asking, &sql->results[0], &answer))
        answer.end = LEDGER_FAILED;
    asking->on_answer(asking->owner, &answer);
}

static bool
read_rows(struct asking *asking, const struct sql_result *result, struct usage_answer *answer)
{
    const struct usage_question *question = &asking->question;
    size_t count = ledger_page_rows(result, question->most_rows, &answer->is_cut);
    if (count == 1 && question->by_count == 0 && sql_result_is_null(result, 0, 0))
        return true; /* sums over nothing */
    answer->rows = arena_alloc_array(asking->arena, count, sizeof(*answer->rows));
    for (; answer->row_count < count; answer->row_count++) {
        struct usage_rollup *row = &answer->rows[answer->row_count];
        if (!ledger_slice_read(question, result, answer->row_count, row, &answer->why) ||
            !ledger_read_sums(result, answer->row_count, ledger_slice_columns(question), row, &answer->why))
            return false;
    }
    return true;
}
