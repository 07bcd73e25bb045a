/* Who is forgotten while it comes back finds its row gone once that is committed, and says all again: a row
 * of ledger_peer is the lock of its gateways. */
#include "api/server/ledger/ledger_peers.h"

#include "api/server/ledger/ledger_parts.h"
#include "api/server/ledger/ledger_peer_looks.h"
#include "lib/base/arena.h"

enum { DEADLINE_MS = 5000 };

struct asking {
    struct arena *arena;
    struct peers_question question;
    size_t copied;
    size_t peers, looks; /* numbers of the statements that list them */
    peers_answer_fn on_answer;
    peer_gateways_answer_fn on_gateways;
    void *owner;
};

static const char *const columns[] = {"peer", "journal", "workspace", "environment", "gateway"};

static void add_forget(struct sql_work *work, const struct peer_list *gone);
static void add_self(struct sql_work *work, struct asking *asking);
static bool next_gateway(void *owner, struct sql_value *out_values);
static void on_beat(void *owner, const struct sql_outcome *sql);
static bool take_peers(struct arena *arena, const struct sql_result *result, struct peer_list *out_peers,
                       struct error *err);
static void on_gateways(void *owner, const struct sql_outcome *sql);
static bool take_gateways(struct arena *arena, const struct sql_result *result,
                          struct peer_gateway_list *out_gateways, struct error *err);

bool
ledger_has_peers(const struct ledger *ledger)
{
    return sql_is_concurrent(ledger->connections.keys);
}

struct sql_work *
ledger_peers_work(struct ledger *ledger, struct arena *arena)
{
    struct sql_work *work = sql_work_new(arena, ledger->connections.keys);
    sql_work_relax(work);
    sql_work_set_deadline(work, DEADLINE_MS);
    return work;
}

void
ledger_peers_beat(struct ledger *ledger, struct arena *arena, const struct peers_question *question,
                  peers_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){.arena = arena, .question = *question, .on_answer = on_answer, .owner = owner};
    struct sql_work *work = ledger_peers_work(ledger, arena);
    const struct sql_value self[] = {sql_text(question->self.id)};
    add_self(work, asking);
    add_forget(work, question->gone);
    ledger_peer_looks_add_sweep(work, question->self.id);
    asking->peers = sql_work_add(work, "SELECT id, beat, changes FROM ledger_peer WHERE id <> $1 ORDER BY id",
                                 self, COUNT_OF(self));
    asking->looks = ledger_peer_looks_add_read(work, question->self.id);
    sql_work_run(work, on_beat, asking);
}

void
ledger_peers_gateways(struct ledger *ledger, struct arena *arena, struct text self,
                      peer_gateways_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){.arena = arena, .on_gateways = on_answer, .owner = owner};
    struct sql_work *work = ledger_peers_work(ledger, arena);
    const struct sql_value params[] = {sql_text(self)};
    sql_work_add(work,
                 "SELECT peer, journal, workspace, environment, gateway FROM peer_gateway WHERE peer <> $1 "
                 "ORDER BY peer, journal",
                 params, COUNT_OF(params));
    sql_work_run(work, on_gateways, asking);
}

static void
add_self(struct sql_work *work, struct asking *asking)
{
    const struct peer *self = &asking->question.self;
    const struct sql_value params[] = {sql_text(self->id), sql_int(self->changes)};
    if (!asking->question.here) {
        sql_work_add(work, "UPDATE ledger_peer SET beat = beat + 1 WHERE id = $1", params, 1);
        sql_work_expect_rows(work);
        return;
    }
    sql_work_add(work,
                 "INSERT INTO ledger_peer (id, beat, changes) VALUES ($1, 1, $2) ON CONFLICT (id) DO UPDATE "
                 "SET beat = ledger_peer.beat + 1, changes = excluded.changes",
                 params, COUNT_OF(params));
    sql_work_add(work, "DELETE FROM peer_gateway WHERE peer = $1", params, 1);
    sql_copy(work, "peer_gateway", columns, COUNT_OF(columns), (struct sql_rows){next_gateway, asking});
}

static bool
next_gateway(void *owner, struct sql_value *out_values)
{
    struct asking *asking = owner;
    const struct peer_gateway_list *here = asking->question.here;
    if (asking->copied == here->count)
        return false;
    const struct peer_gateway *gateway = &here->items[asking->copied++];
    *out_values++ = sql_text(asking->question.self.id);
    *out_values++ = sql_text(gateway->journal);
    *out_values++ = sql_text(gateway->workspace);
    *out_values++ = sql_text(gateway->environment);
    *out_values++ = sql_text(gateway->name);
    return true;
}

static void
add_forget(struct sql_work *work, const struct peer_list *gone)
{
    for (size_t i = 0; i < gone->count; i++) {
        const struct sql_value params[] = {sql_text(gone->items[i].id), sql_int(gone->items[i].beat)};
        sql_work_add(work, "DELETE FROM ledger_peer WHERE id = $1 AND beat = $2", params, COUNT_OF(params));
        sql_work_add(work,
                     "DELETE FROM peer_gateway WHERE peer = $1 AND NOT EXISTS (SELECT 1 FROM ledger_peer "
                     "WHERE id = $1)",
                     params, 1);
        sql_work_add(work,
                     "DELETE FROM peer_look WHERE asker = $1 AND NOT EXISTS (SELECT 1 FROM ledger_peer "
                     "WHERE id = $1)",
                     params, 1);
    }
}

static void
on_beat(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct ledger_outcome outcome = ledger_outcome_of(sql, LEDGER_BEHIND);
    struct peers_answer answer = {.end = outcome.end, .why = outcome.why};
    if (answer.end == LEDGER_DONE &&
        (!take_peers(asking->arena, &sql->results[asking->peers], &answer.peers, &answer.why) ||
         !ledger_peer_looks_take(asking->arena, &sql->results[asking->looks], &answer.looks, &answer.why)))
        answer.end = LEDGER_FAILED;
    asking->on_answer(asking->owner, &answer);
}

static bool
take_peers(struct arena *arena, const struct sql_result *result, struct peer_list *out_peers,
           struct error *err)
{
    struct peer_list peers = {arena_alloc_array(arena, result->row_count, sizeof(*peers.items)), 0};
    for (; peers.count < result->row_count; peers.count++) {
        struct peer *peer = &peers.items[peers.count];
        if (!sql_result_text(result, peers.count, 0, &peer->id, err) ||
            !sql_result_int(result, peers.count, 1, &peer->beat, err) ||
            !sql_result_int(result, peers.count, 2, &peer->changes, err))
            return false;
    }
    *out_peers = peers;
    return true;
}

static void
on_gateways(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct peer_gateways_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE &&
        !take_gateways(asking->arena, &sql->results[0], &answer.gateways, &answer.why))
        answer.end = LEDGER_FAILED;
    asking->on_gateways(asking->owner, &answer);
}

static bool
take_gateways(struct arena *arena, const struct sql_result *result, struct peer_gateway_list *out_gateways,
              struct error *err)
{
    struct peer_gateway_list gateways = {arena_alloc_array(arena, result->row_count, sizeof(*gateways.items)),
                                         0};
    for (; gateways.count < result->row_count; gateways.count++) {
        struct peer_gateway *gateway = &gateways.items[gateways.count];
        struct text *const texts[] = {&gateway->peer, &gateway->journal, &gateway->workspace,
                                      &gateway->environment, &gateway->name};
        for (size_t i = 0; i < COUNT_OF(texts); i++)
            if (!sql_result_text(result, gateways.count, i, texts[i], err))
                return false;
    }
    *out_gateways = gateways;
    return true;
}
