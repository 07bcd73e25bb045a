/* The sums themselves, hour by hour, in pages: for exports that need every one of them. */
#pragma once

#include "api/server/ledger/ledger.h"
#include "api/server/ledger/ledger_scope.h"

struct hours_question {
    const struct ledger_scope *scope;
    int64_t from_ms, until_ms;        /* of the hours' starts */
    struct text workspace;            /* empty: all */
    const struct usage_rollup *after; /* the last of the page before; NULL: from the first on */
    size_t most_rows;
};

struct hours_answer {
    enum ledger_end end;
    struct error why;
    struct usage_rollup *rows; /* by hour, then by everything they are told apart by */
    size_t row_count;          /* fewer than most_rows: these were the last */
};
typedef void (*hours_answer_fn)(void *owner, const struct hours_answer *answer);

/* Only hours in which a provider was asked or something was spent. */
void ledger_hours(struct ledger *ledger, struct arena *arena, const struct hours_question *question,
                  hours_answer_fn on_answer, void *owner);
