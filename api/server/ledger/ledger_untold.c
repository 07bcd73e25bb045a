/* See the header. */
#include "api/server/ledger/ledger_untold.h"

#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"

struct asking {
    struct arena *arena;
    size_t result, most_rows;
    alerts_answer_fn on_answer;
    void *owner;
};

static void on_answered(void *owner, const struct sql_outcome *outcome);

void
ledger_untold(struct ledger *ledger, struct arena *arena, const struct untold_question *question,
              alerts_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    const struct sql_value most = sql_int((int64_t)question->most_rows + 1);
    struct sql_work *work = sql_work_new(arena, ledger->connections.records);
    *asking = (struct asking){arena, question->told_count, question->most_rows, on_answer, owner};
    sql_work_relax(work);
    for (size_t i = 0; i < question->told_count; i++) {
        const struct sql_value id = sql_text(question->told[i]);
        sql_work_add(work, "UPDATE alert SET told = 1 WHERE id = $1", &id, 1);
    }
    sql_work_add(work, "SELECT " LEDGER_ALERT_COLUMNS " FROM alert WHERE told = 0 ORDER BY id LIMIT $1",
                 &most, 1);
    sql_work_run(work, on_answered, asking);
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct alerts_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE &&
        !ledger_alerts_take(asking->arena, &sql->results[asking->result], asking->most_rows, &answer))
        answer.end = LEDGER_FAILED;
    asking->on_answer(asking->owner, &answer);
}
