/* Single records as the ledger keeps them: newest first in pages, one by its id, or those of one call. */
#pragma once

#include "api/server/ledger/ledger.h"
#include "api/server/ledger/ledger_scope.h"

/* Where a call stands among all, newest first. */
struct call_place {
    int64_t time_ms;
    struct text id;
    struct text journal;
    int64_t number;
};

struct calls_question {
    const struct ledger_scope *scope;
    int64_t from_ms, until_ms;
    struct text only[USAGE_DIMENSION_COUNT]; /* empty: all */
    struct text run;                         /* empty: all */
    struct call_place after;                 /* only what comes after it; id empty: from the newest on */
    size_t most_rows;
};

struct kept_call {
    struct call_place place;
    struct text record; /* as its gateway wrote it */
};

struct calls_answer {
    enum ledger_end end;
    struct error why;
    struct kept_call *calls;
    size_t count;
    bool is_cut; /* there are more */
};
typedef void (*calls_answer_fn)(void *owner, const struct calls_answer *answer);

/* Reads the newest calls until it has enough: one that few calls fit may take too long, LEDGER_FAILED. */
void ledger_calls(struct ledger *ledger, struct arena *arena, const struct calls_question *question,
                  calls_answer_fn on_answer, void *owner);

/* One or none. An id is there twice only when a gateway made it up: the first call of it is meant. */
struct call_question {
    const struct ledger_scope *scope;
    struct text id;
    size_t most_rows; /* of its tries */
};
void ledger_call(struct ledger *ledger, struct arena *arena, const struct call_question *question,
                 calls_answer_fn on_answer, void *owner);
/* The records of a call: earlier tries in their order, then its last. */
void ledger_tries(struct ledger *ledger, struct arena *arena, const struct call_question *question,
                  calls_answer_fn on_answer, void *owner);
