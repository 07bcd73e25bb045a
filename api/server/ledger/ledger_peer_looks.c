/* See the header. */
#include "api/server/ledger/ledger_peer_looks.h"

#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"

struct asking {
    struct arena *arena;
    enum ledger_end unmet;
    ledger_done_fn on_done;
    peer_calls_fn on_answer;
    void *owner;
};

static struct asking *
new_asking(struct arena *arena, enum ledger_end unmet, ledger_done_fn on_done, void *owner);
static void on_kept(void *owner, const struct sql_outcome *sql);
static void on_taken(void *owner, const struct sql_outcome *sql);
static bool
take_calls(struct arena *arena, const struct sql_result *result, struct peer_calls_answer *answer);

void
ledger_peers_look(struct ledger *ledger, struct arena *arena, const struct peer_look *look,
                  ledger_done_fn on_done, void *owner)
{
    const struct sql_value params[] = {sql_text(look->id), sql_text(look->asker), sql_text(look->workspace),
                                       sql_text(look->environment)};
    struct sql_work *work = ledger_peers_work(ledger, arena);
    sql_work_add(
        work,
        "INSERT INTO peer_look (id, asker, beat, workspace, environment) SELECT CAST($1 AS text), id, "
        "beat, CAST($3 AS text), CAST($4 AS text) FROM ledger_peer WHERE id = $2",
        params, COUNT_OF(params));
    sql_work_expect_rows(work);
    sql_work_run(work, on_kept, new_asking(arena, LEDGER_BEHIND, on_done, owner));
}

void
ledger_peers_take_calls(struct ledger *ledger, struct arena *arena, struct text look, peer_calls_fn on_answer,
                        void *owner)
{
    const struct sql_value params[] = {sql_text(look)};
    struct asking *asking = new_asking(arena, LEDGER_FAILED, NULL, owner);
    struct sql_work *work = ledger_peers_work(ledger, arena);
    asking->on_answer = on_answer;
    sql_work_add(work, "DELETE FROM peer_calls WHERE look = $1 RETURNING look, peer, calls", params,
                 COUNT_OF(params));
    sql_work_run(work, on_taken, asking);
}

void
ledger_peers_say_calls(struct ledger *ledger, struct arena *arena, const struct peer_calls *calls,
                       ledger_done_fn on_done, void *owner)
{
    const struct sql_value params[] = {sql_text(calls->look), sql_text(calls->peer), sql_text(calls->calls)};
    struct sql_work *work = ledger_peers_work(ledger, arena);
    sql_work_add(
        work,
        "INSERT INTO peer_calls (look, peer, calls) SELECT id, CAST($2 AS text), CAST($3 AS text) FROM "
        "peer_look WHERE id = $1",
        params, COUNT_OF(params));
    sql_work_run(work, on_kept, new_asking(arena, LEDGER_FAILED, on_done, owner));
}

void
ledger_peer_looks_add_sweep(struct sql_work *work, struct text self)
{
    const struct sql_value params[] = {sql_text(self), sql_int(PEER_LOOK_BEATS)};
    sql_work_add(work,
                 "DELETE FROM peer_look WHERE asker = $1 AND beat + $2 < (SELECT beat FROM ledger_peer WHERE "
                 "id = $1)",
                 params, COUNT_OF(params));
    sql_work_add(work, "DELETE FROM peer_calls WHERE look NOT IN (SELECT id FROM peer_look)", NULL, 0);
}

size_t
ledger_peer_looks_add_read(struct sql_work *work, struct text self)
{
    const struct sql_value params[] = {sql_text(self)};
    return sql_work_add(
        work, "SELECT id, asker, workspace, environment FROM peer_look WHERE asker <> $1 ORDER BY id", params,
        COUNT_OF(params));
}

bool
ledger_peer_looks_take(struct arena *arena, const struct sql_result *result, struct peer_look_list *out_looks,
                       struct error *err)
{
    struct peer_look_list looks = {arena_alloc_array(arena, result->row_count, sizeof(*looks.items)), 0};
    for (; looks.count < result->row_count; looks.count++) {
        struct peer_look *look = &looks.items[looks.count];
        struct text *const texts[] = {&look->id, &look->asker, &look->workspace, &look->environment};
        for (size_t i = 0; i < COUNT_OF(texts); i++)
            if (!sql_result_text(result, looks.count, i, texts[i], err))
                return false;
    }
    *out_looks = looks;
    return true;
}

static struct asking *
new_asking(struct arena *arena, enum ledger_end unmet, ledger_done_fn on_done, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){.arena = arena, .unmet = unmet, .on_done = on_done, .owner = owner};
    return asking;
}

static void
on_kept(void *owner, const struct sql_outcome *sql)
{
    const struct asking *asking = owner;
    struct ledger_outcome outcome = ledger_outcome_of(sql, asking->unmet);
    asking->on_done(asking->owner, &outcome);
}

static void
on_taken(void *owner, const struct sql_outcome *sql)
{
    const struct asking *asking = owner;
    struct peer_calls_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE && !take_calls(asking->arena, &sql->results[0], &answer))
        answer.end = LEDGER_FAILED;
    asking->on_answer(asking->owner, &answer);
}

static bool
take_calls(struct arena *arena, const struct sql_result *result, struct peer_calls_answer *answer)
{
    answer->items = arena_alloc_array(arena, result->row_count, sizeof(*answer->items));
    for (; answer->count < result->row_count; answer->count++) {
        struct peer_calls *calls = &answer->items[answer->count];
        if (!sql_result_text(result, answer->count, 0, &calls->look, &answer->why) ||
            !sql_result_text(result, answer->count, 1, &calls->peer, &answer->why) ||
            !sql_result_text(result, answer->count, 2, &calls->calls, &answer->why))
            return false;
    }
    return true;
}
