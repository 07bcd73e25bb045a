/* Unix milliseconds to calendar time in UTC and back (proleptic Gregorian, years 0000 to 9999, no leap
 * seconds). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct civil_time {
    int year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
    int hour;
    int minute;
    int second;
    int ms;
};

#define CIVIL_TIME_TEXT_BYTES 25 /* "2026-11-22T14:03:11.123Z" and its NUL */

/* Times outside the years 0000 to 9999 become the nearest one inside. */
struct civil_time civil_time_of(int64_t unix_ms);
/* False when the day does not exist or a part is out of its range. */
bool civil_time_to_unix_ms(const struct civil_time *time, int64_t *out_unix_ms);
/* RFC 3339 with a Z; returns the length. */
size_t civil_time_print(char out[CIVIL_TIME_TEXT_BYTES], int64_t unix_ms, bool with_ms);
