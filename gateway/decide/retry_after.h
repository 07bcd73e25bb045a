/* How long a server asked to be left alone (RFC 9110 §10.2.3, and the retry-after-ms of OpenAI and Azure). */
#pragma once

#include <stdint.h>

#include "lib/base/text.h"

#define RETRY_AFTER_NONE INT64_C(-1)
#define RETRY_AFTER_LONGEST_MS INT64_C(86400000)

/* Milliseconds from now, 0 to RETRY_AFTER_LONGEST_MS; RETRY_AFTER_NONE when neither says anything readable.
 * retry_after_ms wins; retry_after is seconds or an HTTP-date in any of the three forms of RFC 9110 §5.6.7.
 * Either may be empty. unix_now_ms is wall time. */
int64_t retry_after_parse(struct text retry_after, struct text retry_after_ms, int64_t unix_now_ms);
