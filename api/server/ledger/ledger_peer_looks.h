/* How a peer asks the others which calls run in their gateways: it leaves a look in the database, they leave
 * what they found, and it takes that. All of it is gone some beats of the asker later, if nobody took it. */
#pragma once

#include "api/server/ledger/ledger_peers.h"

#define PEER_LOOK_BEATS 30 /* of which there are more than one a second while gateways come and go */

struct peer_calls {
    struct text look;  /* what it answers */
    struct text peer;  /* who found it */
    struct text calls; /* JSON; what is in it is theirs to say */
};

struct peer_calls_answer {
    enum ledger_end end;
    struct error why;
    struct peer_calls *items; /* what was not taken before */
    size_t count;
};
typedef void (*peer_calls_fn)(void *owner, const struct peer_calls_answer *answer);

/* LEDGER_BEHIND: the asker is forgotten just now. */
void ledger_peers_look(struct ledger *ledger, struct arena *arena, const struct peer_look *look,
                       ledger_done_fn on_done, void *owner);
/* look: its id. */
void ledger_peers_take_calls(struct ledger *ledger, struct arena *arena, struct text look,
                             peer_calls_fn on_answer, void *owner);
/* Nothing when nobody waits for it any more. */
void ledger_peers_say_calls(struct ledger *ledger, struct arena *arena, const struct peer_calls *calls,
                            ledger_done_fn on_done, void *owner);

/* Of a beat of self: what is too old goes; and the looks of others, one statement each. */
void ledger_peer_looks_add_sweep(struct sql_work *work, struct text self);
size_t ledger_peer_looks_add_read(struct sql_work *work, struct text self);
MUST_CHECK bool ledger_peer_looks_take(struct arena *arena, const struct sql_result *result,
                                       struct peer_look_list *out_looks, struct error *err);
