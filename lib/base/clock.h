/* The only caller of clock_gettime; tests replace it. */
#pragma once

#include <stdint.h>

int64_t clock_now_ms(void);  /* monotonic: for durations and deadlines */
int64_t clock_now_us(void);  /* monotonic, microseconds */
int64_t clock_boot_ms(void); /* monotonic, and counts what the machine slept: for promises to others */
int64_t clock_unix_ms(void); /* wall time: for records and what people read */

/* From now on every clock stands at these values (milliseconds) until set again. For tests. */
void clock_freeze(int64_t monotonic_ms, int64_t unix_ms);

/* Wall time alone stands at unix_ms until set again; durations and timers go on. For tests that run a loop.
 */
void clock_freeze_unix(int64_t unix_ms);
