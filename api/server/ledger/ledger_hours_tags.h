/* Which tags every call of an hour's sums had. Of ledger_hours.c only.
 *
 * Sums are kept for each tag apart, so which tags calls had together is not known, but for those whose sums
 * of one value are all that there is: then every call had it. */
#pragma once

#include "api/server/ledger/ledger_hours.h"

struct hours_tags_question {
    const struct hours_question *question;
    struct hours_row *rows; /* of the answer, which get their tags */
    size_t count;           /* at least one */
    void (*on_done)(void *owner, enum ledger_end end, const struct error *why);
    void *owner;
};

void
ledger_hours_tags(struct ledger *ledger, struct arena *arena, const struct hours_tags_question *question);
