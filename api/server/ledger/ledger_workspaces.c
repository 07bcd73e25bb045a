/* From two small tables: no row of usage is read. */
#include "api/server/ledger/ledger_workspaces.h"

#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"

struct asking {
    struct arena *arena;
    workspaces_answer_fn on_answer;
    void *owner;
};

static void on_answered(void *owner, const struct sql_outcome *outcome);

void
ledger_workspaces(struct ledger *ledger, struct arena *arena, size_t most, workspaces_answer_fn on_answer,
                  void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){arena, on_answer, owner};
    const struct sql_value params[] = {sql_int((int64_t)most + 1)};
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work,
                 "SELECT workspace FROM journal WHERE workspace <> '' UNION SELECT workspace FROM declared "
                 "WHERE workspace <> '' ORDER BY workspace LIMIT $1",
                 params, COUNT_OF(params));
    sql_work_run(work, on_answered, asking);
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct workspaces_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE) {
        const struct sql_result *result = &sql->results[0];
        answer.names.items = arena_alloc_array(asking->arena, result->row_count, sizeof(struct text));
        for (size_t i = 0; answer.end == LEDGER_DONE && i < result->row_count; i++)
            if (!sql_result_text(result, i, 0, &answer.names.items[answer.names.count++], &answer.why))
                answer.end = LEDGER_FAILED;
    }
    asking->on_answer(asking->owner, &answer);
}
