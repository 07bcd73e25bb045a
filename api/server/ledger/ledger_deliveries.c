/* A claim is an update that only one can make: whoever waited for its row looks at due_ms again. */
#include "api/server/ledger/ledger_deliveries.h"

#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/base/id.h"

enum { CLAIMED = 1, WAITING = 2 }; /* statements */

struct claiming {
    struct arena *arena;
    claim_answer_fn on_answer;
    void *owner;
    struct text claim;
};

struct ending {
    ledger_done_fn on_done;
    void *owner;
};

static void on_claimed(void *owner, const struct sql_outcome *outcome);
static bool
take_all(struct claiming *claiming, const struct sql_result *results, struct claim_answer *answer);
static void on_ended(void *owner, const struct sql_outcome *outcome);

void
ledger_deliveries_claim(struct ledger *ledger, struct arena *arena, const struct claim_question *question,
                        claim_answer_fn on_answer, void *owner)
{
    struct claiming *claiming = arena_alloc(arena, sizeof(*claiming));
    *claiming = (struct claiming){arena, on_answer, owner, id_new(arena)};
    const struct sql_value params[] = {sql_int(question->now_ms), sql_int(question->until_ms),
                                       sql_text(claiming->claim), sql_int((int64_t)question->most)};
    struct sql_work *work = sql_work_new(arena, ledger->connections.records);
    sql_work_relax(work);
    sql_work_add(
        work,
        "UPDATE alert_delivery SET tries = tries + 1, due_ms = $2, claim = $3 WHERE state = 0 AND "
        "due_ms <= $1 AND (alert, url) IN (SELECT alert, url FROM alert_delivery WHERE state = 0 AND "
        "due_ms <= $1 ORDER BY tries, due_ms LIMIT $4)",
        params, COUNT_OF(params));
    sql_work_add(
        work,
        "SELECT " LEDGER_ALERT_COLUMNS ", alert_delivery.url, alert_delivery.tries FROM "
        "alert_delivery JOIN alert ON alert.id = alert_delivery.alert WHERE alert_delivery.state = 0 "
        "AND alert_delivery.claim = $1 ORDER BY alert.id, alert_delivery.url",
        &params[2], 1);
    sql_work_add(work, "SELECT count(*) FROM alert_delivery WHERE state = 0", NULL, 0);
    sql_work_run(work, on_claimed, claiming);
}

void
ledger_delivery_end(struct ledger *ledger, struct arena *arena, const struct delivery_result *result,
                    ledger_done_fn on_done, void *owner)
{
    struct ending *ending = arena_alloc(arena, sizeof(*ending));
    *ending = (struct ending){on_done, owner};
    const struct sql_value params[] = {sql_text(result->alert), sql_text(result->url),
                                       sql_text(result->claim), sql_int(result->state),
                                       sql_int(result->due_ms), sql_text(result->note)};
    struct sql_work *work = sql_work_new(arena, ledger->connections.records);
    sql_work_relax(work);
    sql_work_add(work,
                 "UPDATE alert_delivery SET state = $4, due_ms = $5, note = $6 WHERE alert = $1 AND url = $2 "
                 "AND state <> 1 AND (claim = $3 OR $4 = 1)",
                 params, COUNT_OF(params));
    sql_work_run(work, on_ended, ending);
}

static void
on_claimed(void *owner, const struct sql_outcome *sql)
{
    struct claiming *claiming = owner;
    struct claim_answer answer = {.claim = claiming->claim};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE && !take_all(claiming, sql->results, &answer))
        answer.end = LEDGER_FAILED;
    claiming->on_answer(claiming->owner, &answer);
}

static bool
take_all(struct claiming *claiming, const struct sql_result *results, struct claim_answer *answer)
{
    const struct sql_result *claimed = &results[CLAIMED];
    answer->deliveries = arena_alloc_array(claiming->arena, claimed->row_count, sizeof(*answer->deliveries));
    for (; answer->count < claimed->row_count; answer->count++) {
        struct delivery *delivery = &answer->deliveries[answer->count];
        if (!ledger_alert_take(claimed, answer->count, &delivery->alert, &answer->why) ||
            !sql_result_text(claimed, answer->count, LEDGER_ALERT_COLUMN_COUNT, &delivery->url,
                             &answer->why) ||
            !sql_result_int(claimed, answer->count, LEDGER_ALERT_COLUMN_COUNT + 1, &delivery->tries,
                            &answer->why))
            return false;
    }
    return sql_result_int(&results[WAITING], 0, 0, &answer->waiting, &answer->why);
}

static void
on_ended(void *owner, const struct sql_outcome *sql)
{
    struct ending *ending = owner;
    const struct ledger_outcome outcome = ledger_outcome_of(sql, LEDGER_FAILED);
    ending->on_done(ending->owner, &outcome);
}
