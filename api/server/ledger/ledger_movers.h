/* What changed most between two spans of time that are as long as each other, and beside each other. */
#pragma once

#include "api/server/ledger/ledger.h"

struct usage_mover {
    struct text by[USAGE_DIMENSION_COUNT]; /* only what was asked for */
    struct text purpose;                   /* its value, as well */
    int64_t calls, calls_before;
    int64_t cost_nano, cost_before_nano;
};

struct movers_answer {
    enum ledger_end end;
    struct error why;
    struct usage_mover *rows; /* where cost changed most first, then calls, up or down */
    size_t row_count;
    bool is_cut; /* there were more rows */
};
typedef void (*movers_answer_fn)(void *owner, const struct movers_answer *answer);

/* The question's span and the one before it, from whole hours; no series. */
void ledger_movers(struct ledger *ledger, struct arena *arena, const struct usage_question *question,
                   movers_answer_fn on_answer, void *owner);
