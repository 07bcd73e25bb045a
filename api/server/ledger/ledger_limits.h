/* How limits that gateways share stand: what is on loan and used in the minute that runs, by this program's
 * clock. */
#pragma once

#include "api/server/ledger/ledger.h"

struct limits_question {
    const struct text *ids; /* shared_limit_id */
    size_t count;
    int64_t now_ms;
    size_t most_accounts;
};

struct limit_account_state {
    struct text owner;
    int64_t used;   /* of what gateways said they need no more: lent and not given back */
    int64_t leased; /* with gateways */
    int64_t gateways;
};

struct limit_state {
    bool is_shared;                       /* it is in the book */
    int64_t amount;                       /* as the book has it */
    struct limit_account_state *accounts; /* by owner; those that nobody asked for are not there */
    size_t count;
};

/* As in ledger.h. */
struct limits_answer {
    enum ledger_end end;
    struct error why;
    int64_t minute_ms;          /* when it began */
    struct limit_state *limits; /* as ids */
    bool is_cut;                /* there are more accounts */
};
typedef void (*limits_answer_fn)(void *owner, const struct limits_answer *answer);

void ledger_limits(struct ledger *ledger, struct arena *arena, const struct limits_question *question,
                   limits_answer_fn on_answer, void *owner);
