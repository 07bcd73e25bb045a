/* What of a stream the recall_answer stage keeps on its way, for who asks the same again: of calls with an
 * Idempotency-Key, and nothing of others. */
#pragma once

#include "lib/base/text.h"

struct exchange;

/* Bytes that the client is sent, or would be if it were still there. */
void recall_answer_keep(struct exchange *exchange, struct text bytes);
/* The last of them: the answer is whole. */
void recall_answer_keep_last(struct exchange *exchange, struct text bytes);
