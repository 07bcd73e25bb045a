/* What an answer of the API server means: its Status object, its Retry-After, and whether to ask again. Pure.
 */
#pragma once

#include "operator/kube/kube_client.h"

#define KUBE_MOST_ATTEMPTS 10
#define KUBE_MOST_RETRY_AFTER_MS 300000

/* Fills reason, message, cause_field and error from status and body; title ("PATCH /apis/...") is what the
 * error starts with. A body that is no Status is told by its number alone. */
void kube_answer_read(struct arena *arena, struct text title, struct kube_answer *answer);
/* "7" as 7,000; dates, nonsense and nothing as 0; bounded. */
int64_t kube_answer_retry_after_ms(struct text header);

/* Ask again after *out_delay_ms? 429 and 5xx, only when the server said when (kubernetes.md 1.14), with
 * random jitter upward of up to a quarter. */
bool kube_answer_wants_retry(const struct kube_answer *answer, int attempts, uint64_t random,
                             int64_t *out_delay_ms);
