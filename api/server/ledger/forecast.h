/* What an account will have spent when its window ends, as far as anybody can know. Pure, in whole numbers.
 *
 * What is spent already, and for the rest of the window:
 *   pace      the rest goes as the window went so far;
 *   pattern   the rest goes as the same hours of the week went in the last 28 days: whole weeks of the rest
 * as an average week, the hours beyond them as those hours did. The pace counts from a twentieth of the
 * window on, the pattern from a week of usage on. Where both count they are weighted: the pace by how much of
 * the window is over, the pattern by how much is left; the lower and the higher of the two are the range.
 * Where neither counts, it is too early.
 *
 * Sums are by the hour of UTC: windows of an hour or a minute have no forecast, and in the weeks after clocks
 * are set the pattern is an hour off. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A window, and the present instant in it. Unix milliseconds. */
struct forecast_span {
    int64_t start_ms, end_ms, now_ms;
};

/* Which hours are to be added up, told by their starts. */
struct forecast_hours {
    int64_t window_from_ms; /* the window's so far: those from here on, the one that goes on too */
    int64_t history_from_ms, history_until_ms; /* the last 28 days: whole hours */
    int64_t weeks;                             /* whole weeks in the rest of the window */
    int64_t again_hours; /* and hours beyond them: the hours of the week that begin with the present one */
};

/* Their sums: nano-USD or tokens. */
struct forecast_sums {
    int64_t window;
    int64_t history;
    int64_t again;    /* of history: hours h with (h - history_from_ms) hours % 168 < again_hours */
    int64_t first_ms; /* the first hour of history with a call; history_until_ms: there is none */
};

/* At the window's end, in the same unit; INT64_MAX where it is more. low <= expected <= high. */
struct forecast {
    int64_t expected, low, high;
};

struct forecast_hours forecast_hours_of(const struct forecast_span *span);
/* False: too early, or the window is too short. */
bool forecast_at_end(const struct forecast_span *span, int64_t spent, const struct forecast_sums *sums,
                     struct forecast *out_forecast);
