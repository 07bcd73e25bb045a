/* What a gateway gives back, until the ledger has heard of it: kept over lost streams, and said again.
 * Repeating changes nothing there, so nothing here needs to know what of a lost stream was heard. */
#pragma once

#include "api/types/ledger_frames.h"
#include "gateway/decide/lease_returns.h"

struct lease_outbox;

struct lease_outbox *lease_outbox_new(struct arena *arena);
void lease_outbox_add(struct lease_outbox *outbox, const struct lease_returns *returns);
/* Up to LEDGER_MAX_RETURNS of what has not been said, each lease once, now said under this number. An empty
 * list: nothing is unsaid. The texts are the outbox's, until it hears of the number. */
struct ledger_return_list lease_outbox_take(struct arena *arena, struct lease_outbox *outbox, int64_t number);
/* The ledger committed what was said under the number; false when nothing was. */
MUST_CHECK bool lease_outbox_heard(struct lease_outbox *outbox, int64_t number);
/* The stream was lost: all of it is unsaid again. */
void lease_outbox_lost(struct lease_outbox *outbox);
size_t lease_outbox_count(const struct lease_outbox *outbox);
