/* Text to numbers and back, strictly: the whole text must be the value, nothing is guessed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

/* Decimal digits with an optional '-'; no '+', no blanks, no leading zeros but "0", no overflow. */
MUST_CHECK bool parse_int64(struct text text, int64_t *out_value);
/* Digits only, at most `highest`; leading zeros are refused. */
MUST_CHECK bool parse_uint64(struct text text, uint64_t highest, uint64_t *out_value);
/* JSON's number grammar; finite; at most 511 bytes. */
MUST_CHECK bool parse_double(struct text text, double *out_value);
/* A Go-like duration as Kubernetes writes them: "300ms", "1.5s", "2m30s", "1h"; units ns us ms s m h.
 * Not negative, at most Go's 2^63 - 1 ns, at most 9 decimals and 64 bytes, rounded down to milliseconds. */
MUST_CHECK bool parse_duration_ms(struct text text, int64_t *out_ms);
/* The same, or a whole number of days or weeks below 100,000: "7d", "2w". */
MUST_CHECK bool parse_span_ms(struct text text, int64_t *out_ms);
/* An RFC 3339 time ("2026-11-22T14:03:11Z", offsets allowed) as milliseconds since the Unix epoch.
 * Years 0000 to 9999 in UTC; at most 9 decimals, of which 3 count; no leap seconds. */
MUST_CHECK bool parse_time_ms(struct text text, int64_t *out_unix_ms);
/* "2026-11-22T14:03:11Z"; with_ms adds ".123". Times outside the years 0000 to 9999 print as the nearest
 * inside. */
struct text print_time(struct arena *arena, int64_t unix_ms, bool with_ms);
/* "12s", "1m30s", "1.5s", "250ms": exact, without parts that are zero; parse_duration_ms reads it back. */
struct text print_duration(struct arena *arena, int64_t ms);
/* A Kubernetes quantity ("250m", "64Mi", "2", "1e3") in thousandths of its unit, rounded up as Kubernetes
 * does; false on overflow, for a sign, and for more digits than 64 bits hold. */
MUST_CHECK bool parse_quantity_milli(struct text text, int64_t *out_milli);
