/* What pods had and used, as the operator saw it: added to the sums by the hour, each time of a pod once.
 *
 * Of each pod it is known until when it was counted; a sample that begins before that is left out, so it does
 * not matter how often, or by how many operators, the same is said. What pods cost is reckoned when a sample
 * comes, by the card of then: a card that changes does not change what was. */
#pragma once

#include "api/server/ledger/ledger.h"
#include "api/types/price_card.h"

/* What is older is left out: of pods that are gone for twice as long nothing is known any more. */
#define RUNTIME_OLDEST_MS INT64_C(86400000)
/* So far a clock may be ahead of ours. */
#define RUNTIME_AHEAD_MS INT64_C(300000)

struct samples_batch {
    const struct runtime_sample_list *samples; /* must live until the answer */
    const struct price_card *card;             /* NULL: nothing has a price */
    int64_t now_ms;
};

struct samples_answer {
    enum ledger_end end;
    struct error why;
    int64_t counted; /* LEDGER_DONE: of the batch; the others were counted before, or are not of now */
};
typedef void (*samples_answer_fn)(void *owner, const struct samples_answer *answer);

/* All of the batch or nothing. */
void ledger_samples(struct ledger *ledger, struct arena *arena, const struct samples_batch *batch,
                    samples_answer_fn on_answer, void *owner);
