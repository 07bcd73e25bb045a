/* The sums themselves, hour by hour, in pages: for exports that need every one of them.
 *
 * Told apart by a tag, a whole comes after its parts: the sums of each of the tag's values. What calls
 * without the tag have is the whole less those (usage_remainder.h). */
#pragma once

#include "api/server/ledger/ledger.h"
#include "api/server/ledger/ledger_scope.h"

struct hours_question {
    const struct ledger_scope *scope;
    int64_t from_ms, until_ms;        /* of the hours' starts */
    struct text workspace;            /* empty: all */
    struct text purpose;              /* "tag:KEY": what rows are told apart by too; empty: nothing */
    const struct usage_rollup *after; /* the last of the page before; NULL: from the first on */
    size_t most_rows;
};

struct hours_row {
    struct usage_rollup sums; /* without a purpose: a whole */
    /* Those that every call of the whole had with the same value; keys without "tag:", and not the
     * question's. */
    struct text_pair_list tags;
};

struct hours_answer {
    enum ledger_end end;
    struct error why;
    struct hours_row *rows; /* by hour, then by everything they are told apart by */
    size_t row_count;       /* fewer than most_rows: these were the last */
};
typedef void (*hours_answer_fn)(void *owner, const struct hours_answer *answer);

/* Only hours in which a provider was asked or something was spent. */
void ledger_hours(struct ledger *ledger, struct arena *arena, const struct hours_question *question,
                  hours_answer_fn on_answer, void *owner);
