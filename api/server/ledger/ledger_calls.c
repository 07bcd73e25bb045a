/* One statement for each size of a scope; filters are always in it, but for that by run, which has an index
 * of its own. Rows stand in the order of an index by time, so a page costs what it looks at. */
#include "api/server/ledger/ledger_calls.h"

#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"

enum { FIXED_PARAMS = 8 + USAGE_DIMENSION_COUNT };

struct asking {
    struct arena *arena;
    size_t most_rows;
    calls_answer_fn on_answer;
    void *owner;
};

static void on_answered(void *owner, const struct sql_outcome *outcome);
static bool read_call(const struct sql_result *result, size_t row, struct kept_call *call, struct error *err);

void
ledger_calls(struct ledger *ledger, struct arena *arena, const struct calls_question *question,
             calls_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){arena, question->most_rows, on_answer, owner};
    const struct call_place *after = &question->after;
    bool is_first = text_is_empty(after->id);
    struct sql_value params[FIXED_PARAMS + LEDGER_SCOPE_MAX_WORKSPACES] = {
        sql_int(question->from_ms),
        sql_int(question->until_ms),
        sql_int(is_first ? INT64_MAX : after->time_ms),
        sql_text(after->id),
        sql_text(after->journal),
        sql_int(after->number)};
    size_t count = 6;
    struct buffer text;
    buffer_init(&text, arena, 1024);
    buffer_add_string(&text, "SELECT time_ms, id, journal, number, record FROM usage WHERE time_ms >= $1 "
                             "AND time_ms < $2 AND (time_ms, id, journal, number) < ($3, $4, $5, $6)");
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++) {
        params[count++] = sql_text(question->only[i]);
        buffer_print(&text, " AND ($%zu = '' OR %s = $%zu)", count, usage_dimension_columns[i], count);
    }
    if (!text_is_empty(question->run)) {
        params[count++] = sql_text(question->run);
        buffer_print(&text, " AND run = $%zu AND run <> ''", count); /* as the index has it */
    }
    params[count++] = sql_int((int64_t)question->most_rows + 1);
    size_t limit = count;
    count += ledger_scope_add(question->scope, &text, &params[count], count + 1);
    buffer_print(&text, " ORDER BY time_ms DESC, id DESC, journal DESC, number DESC LIMIT $%zu", limit);
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
    sql_work_run(work, on_answered, asking);
}

void
ledger_call(struct ledger *ledger, struct arena *arena, const struct call_question *question,
            calls_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){arena, 1, on_answer, owner};
    struct sql_value params[1 + LEDGER_SCOPE_MAX_WORKSPACES] = {sql_text(question->id)};
    struct buffer text;
    buffer_init(&text, arena, 256);
    buffer_add_string(&text, "SELECT time_ms, id, journal, number, record FROM usage WHERE id = $1");
    size_t count = 1 + ledger_scope_add(question->scope, &text, &params[1], 2);
    buffer_add_string(&text, " ORDER BY time_ms, journal, number LIMIT 1");
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
    sql_work_run(work, on_answered, asking);
}

void
ledger_tries(struct ledger *ledger, struct arena *arena, const struct call_question *question,
             calls_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){arena, question->most_rows, on_answer, owner};
    struct sql_value params[2 + LEDGER_SCOPE_MAX_WORKSPACES] = {sql_text(question->id),
                                                                sql_int((int64_t)question->most_rows + 1)};
    struct buffer text;
    buffer_init(&text, arena, 256);
    buffer_add_string(&text, "SELECT time_ms, id, journal, number, record FROM usage WHERE "
                             "(id = $1 OR (call = $1 AND call <> ''))"); /* as the index has it */
    size_t count = 2 + ledger_scope_add(question->scope, &text, &params[2], 3);
    buffer_add_string(&text, " ORDER BY journal, number LIMIT $2");
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
    sql_work_run(work, on_answered, asking);
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct calls_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE) {
        const struct sql_result *result = &sql->results[0];
        size_t count = ledger_page_rows(result, asking->most_rows, &answer.is_cut);
        answer.calls = arena_alloc_array(asking->arena, count, sizeof(*answer.calls));
        for (; answer.end == LEDGER_DONE && answer.count < count; answer.count++)
            if (!read_call(result, answer.count, &answer.calls[answer.count], &answer.why))
                answer.end = LEDGER_FAILED;
    }
    asking->on_answer(asking->owner, &answer);
}

static bool
read_call(const struct sql_result *result, size_t row, struct kept_call *call, struct error *err)
{
    return sql_result_int(result, row, 0, &call->place.time_ms, err) &&
           sql_result_text(result, row, 1, &call->place.id, err) &&
           sql_result_text(result, row, 2, &call->place.journal, err) &&
           sql_result_int(result, row, 3, &call->place.number, err) &&
           sql_result_text(result, row, 4, &call->record, err);
}
