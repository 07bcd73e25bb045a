/* Windows of budgets: the minutes, hours, days, weeks and months of a place, by its calendar and its clocks.
 *
 * The windows of a period partition time: the end of one is the start of the next, and every instant is in
 * exactly one. A window's id is part of the key of whatever is counted in it, so nothing is ever reset. */
#pragma once

#include <stdint.h>

#include "api/types/budget.h"

struct time_zone;

#define BUDGET_WINDOW_ID_BYTES 21 /* "2026-11-29T15:00:00Z" and its NUL */

/* Ids of one period and zone are as long as each other, unique, and in bytewise order of time:
 *   Month "2026-11", Week "2026-W48" (ISO 8601), Day "2026-11-29", by the local calendar;
 *   Hour and Minute "2026-11-29T15:00:00Z": the start in UTC, for in local time two hours may have one name
 * (when clocks go back), and an offset beside it would sort the later before the earlier. */
struct budget_window {
    char id[BUDGET_WINDOW_ID_BYTES];
    int64_t start_unix_ms;
    int64_t end_unix_ms; /* the first instant after it */
};

/* The window around the instant; an instant outside the years 2 to 9997 is taken for the nearest inside.
 *
 * A day, week or month begins when clocks first show its midnight or, where that is skipped, a later time: a
 * day has 23, 24.5 or 25 hours when clocks are set in it, and a day that a place left out has no window.
 * Hours and minutes are whole by local clocks but where clocks are set: what is shown twice is two windows,
 * and one that clocks jump out of or into ends or begins there. */
struct budget_window
budget_window_at(enum budget_period period, const struct time_zone *zone, int64_t unix_ms);
