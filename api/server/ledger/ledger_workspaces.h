/* Which workspaces the ledger has anything of: what somebody may see of them is asked elsewhere. */
#pragma once

#include "api/server/ledger/ledger.h"

struct workspaces_answer {
    enum ledger_end end;
    struct error why;
    struct text_list names; /* by name; one more than most: there are more */
};
typedef void (*workspaces_answer_fn)(void *owner, const struct workspaces_answer *answer);

/* Of gateways that ever said hello and of what the operator declares; at most most + 1. */
void ledger_workspaces(struct ledger *ledger, struct arena *arena, size_t most,
                       workspaces_answer_fn on_answer, void *owner);
