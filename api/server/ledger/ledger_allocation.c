/* One statement for each choice of dimensions. */
#include "api/server/ledger/ledger_allocation.h"

#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"

enum { FIXED_PARAMS = 5, AMOUNTS = 4 };

const char *const allocation_dimension_names[] = {"workspace",  "environment", "namespace",
                                                  "controller", "pod",         NULL};
static const char *const columns[] = {"workspace", "environment", "namespace", "deployment", "pod"};

struct asking {
    struct arena *arena;
    struct allocation_question question;
    allocation_answer_fn on_answer;
    void *owner;
};

static void on_answered(void *owner, const struct sql_outcome *outcome);
static bool read_row(const struct allocation_question *question, const struct sql_result *result, size_t at,
                     struct allocation_row *row, struct error *err);

void
ledger_allocation(struct ledger *ledger, struct arena *arena, const struct allocation_question *question,
                  allocation_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){arena, *question, on_answer, owner};
    struct sql_value params[FIXED_PARAMS + LEDGER_SCOPE_MAX_WORKSPACES] = {
        sql_int(question->from_ms), sql_int(question->until_ms), sql_int(question->step_ms),
        sql_text(question->workspace), sql_int((int64_t)question->most_rows + 1)};
    struct buffer text;
    buffer_init(&text, arena, 2048);
    buffer_add_string(&text, "SELECT (hour_ms - $1) / $3");
    for (size_t i = 0; i < question->by_count; i++)
        buffer_print(&text, ", %s", columns[question->by[i]]);
    for (size_t i = 0; i < RUNTIME_CLASS_COUNT; i++)
        ledger_runtime_add_sums(&text, (enum runtime_class)i);
    buffer_add_string(&text, " FROM runtime_hour WHERE hour_ms >= $1 AND hour_ms < $2 AND ($4 = '' OR "
                             "workspace = $4)");
    size_t count =
        FIXED_PARAMS + ledger_scope_add(question->scope, &text, &params[FIXED_PARAMS], FIXED_PARAMS + 1);
    for (int pass = 0; pass < 2; pass++) {
        buffer_add_string(&text, pass == 0 ? " GROUP BY 1" : " ORDER BY 1");
        for (size_t i = 0; i < question->by_count; i++)
            buffer_print(&text, ", %zu", i + 2);
    }
    buffer_add_string(&text, " LIMIT $5");
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
    sql_work_run(work, on_answered, asking);
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    const struct asking *asking = owner;
    struct allocation_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE) {
        const struct sql_result *result = &sql->results[0];
        size_t count = ledger_page_rows(result, asking->question.most_rows, &answer.is_cut);
        answer.rows = arena_alloc_array(asking->arena, count + 1, sizeof(*answer.rows));
        for (; answer.end == LEDGER_DONE && answer.row_count < count; answer.row_count++)
            if (!read_row(&asking->question, result, answer.row_count, &answer.rows[answer.row_count],
                          &answer.why))
                answer.end = LEDGER_FAILED;
    }
    asking->on_answer(asking->owner, &answer);
}

static bool
read_row(const struct allocation_question *question, const struct sql_result *result, size_t at,
         struct allocation_row *row, struct error *err)
{
    size_t column = 0;
    if (!sql_result_int(result, at, column++, &row->step, err))
        return false;
    for (size_t i = 0; i < question->by_count; i++)
        if (!sql_result_text(result, at, column++, &row->by[question->by[i]], err))
            return false;
    for (size_t i = 0; i < RUNTIME_CLASS_COUNT; i++) {
        struct runtime_had *had = &row->had[i];
        int64_t *const numbers[AMOUNTS] = {&had->requested, &had->used, &had->billed, &had->cost_nano};
        for (size_t j = 0; j < AMOUNTS; j++)
            if (!sql_result_int(result, at, column++, numbers[j], err))
                return false;
        row->cost_nano += had->cost_nano;
    }
    return true;
}
