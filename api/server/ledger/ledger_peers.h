/* Peers: the weir-api that share a database. Each keeps there which gateways have a stream with it, and how
 * often it was heard of (its beat), by which the others know that it is alive: no clock of theirs is
 * compared.
 *
 * For these the database is asked where nobody waits for people's questions or for batches of records. */
#pragma once

#include "api/server/ledger/ledger.h"

struct sql_result;
struct sql_work;

struct peer {
    struct text id;
    int64_t beat;    /* greater each time it was heard of */
    int64_t changes; /* another when its gateways are others */
};

struct peer_list {
    struct peer *items;
    size_t count;
};

struct peer_gateway {
    struct text peer; /* its id */
    struct text journal, workspace, environment, name;
};

struct peer_gateway_list {
    struct peer_gateway *items;
    size_t count;
};

/* A peer wants to know which calls run (ledger_peer_looks.h). */
struct peer_look {
    struct text id, asker;
    struct text workspace, environment; /* empty: all */
};

struct peer_look_list {
    struct peer_look *items;
    size_t count;
};

struct peers_question {
    struct peer self;                     /* its beat is not asked for */
    const struct peer_gateway_list *here; /* what it has instead, each journal once; NULL: as it was */
    const struct peer_list *gone;         /* forgotten, where their beat still is this */
};

struct peers_answer {
    enum ledger_end end;
    struct error why;
    struct peer_list peers;      /* all others, by id */
    struct peer_look_list looks; /* of others, for some beats each */
};
typedef void (*peers_answer_fn)(void *owner, const struct peers_answer *answer);

struct peer_gateways_answer {
    enum ledger_end end;
    struct error why;
    struct peer_gateway_list gateways; /* of all others, by peer and journal */
};
typedef void (*peer_gateways_answer_fn)(void *owner, const struct peer_gateways_answer *answer);

/* Whether there may be peers: SQLite is one program's. */
bool ledger_has_peers(const struct ledger *ledger);
/* A work where they are asked. For api/server/ledger/ledger_peer*.c only. */
struct sql_work *ledger_peers_work(struct ledger *ledger, struct arena *arena);
/* LEDGER_BEHIND: self was forgotten, by a peer that heard too long nothing of it: it says what it has again.
 */
void ledger_peers_beat(struct ledger *ledger, struct arena *arena, const struct peers_question *question,
                       peers_answer_fn on_answer, void *owner);
void ledger_peers_gateways(struct ledger *ledger, struct arena *arena, struct text self,
                           peer_gateways_answer_fn on_answer, void *owner);
