/* Who spent what, with what the pods of models cost: money of APIs from usage records, and of ModelServers
 * what of their hours each bears. */
#pragma once

#include "api/server/ledger/ledger.h"
#include "api/server/ledger/ledger_scope.h"

/* Beyond, a question is refused: of rows, and of hours that have to be allotted. */
#define COSTS_MOST_ROWS 10000
#define COSTS_MOST_HOURS 50000

struct costs_question {
    const struct ledger_scope *scope;
    enum usage_dimension by[USAGE_DIMENSION_COUNT];
    size_t by_count;
    int64_t from_ms, until_ms;          /* whole hours, as in a usage_question */
    struct text workspace, environment; /* empty: all */
};

struct cost_sum {
    struct text by[USAGE_DIMENSION_COUNT]; /* only what was asked for */
    int64_t calls, requests, tokens;       /* requests: that providers took */
    int64_t api_nano, runtime_nano;
};

struct costs_answer {
    enum ledger_end end; /* LEDGER_REFUSED: there is more than is answered at once */
    struct error why;
    struct cost_sum *rows; /* dearest first */
    size_t row_count;
    int64_t unpriced_ms; /* of models' resources that had no price: in no cost */
    int64_t idle_nano;   /* of hours in which a model served nothing: in no row */
};
typedef void (*costs_answer_fn)(void *owner, const struct costs_answer *answer);

void ledger_costs(struct ledger *ledger, struct arena *arena, const struct costs_question *question,
                  costs_answer_fn on_answer, void *owner);
