/* IANA time zones: what the clocks of a place show at an instant, and at which instant they show it.
 *
 * Instants are Unix milliseconds; those outside the years 0001 to 9998 are taken for the nearest inside. No
 * leap seconds. A zone never changes once it is made; it lives as long as its arena. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/civil_time.h"
#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct time_zone;

#define TIME_ZONE_NAME_MAX 64 /* the tz database's longest has 32 letters */
#define TIME_ZONE_FILE_MAX_BYTES (64 * 1024)

/* A stretch of time in which clocks are not set: from_ms <= instant < until_ms. */
struct time_zone_span {
    int64_t from_ms;  /* INT64_MIN: since ever */
    int64_t until_ms; /* INT64_MAX: for ever */
    int32_t offset_s; /* local time less UTC: east of Greenwich is above zero */
};

/* Needs no file and no arena. */
const struct time_zone *time_zone_utc(void);
/* Segments of letters, digits, '_', '+' and '-' with slashes between, at most TIME_ZONE_NAME_MAX: no way out
 * of a folder. Says nothing about whether there is such a zone. */
bool time_zone_name_is_valid(struct text name);
/* The zone from the machine's files: $TZDIR or /usr/share/zoneinfo. "UTC" needs none. ERROR_NOT_FOUND when no
 * zone has that name. "localtime" is no name: it means another zone on each machine. */
MUST_CHECK bool
time_zone_load(struct arena *arena, struct text name, const struct time_zone **out_zone, struct error *err);
/* A TZif file's bytes (RFC 9636, versions 1 to 4), from anywhere: the whole file is right, or it is
 * ERROR_INVALID. Files that count leap seconds are refused: Unix time does not. */
MUST_CHECK bool
time_zone_parse(struct arena *arena, struct text bytes, const struct time_zone **out_zone, struct error *err);

/* In seconds, east of Greenwich above zero. */
int32_t time_zone_offset_at(const struct time_zone *zone, int64_t unix_ms);
/* The stretch around the instant: the widest in which the offset is the same. */
struct time_zone_span time_zone_span_at(const struct time_zone *zone, int64_t unix_ms);
/* What the clocks show. */
struct civil_time time_zone_civil_at(const struct time_zone *zone, int64_t unix_ms);
/* The first instant at which the clocks show this time or a later one: of a time shown twice the earlier, for
 * a time skipped the first instant after the gap. False when it is no time of the calendar. */
MUST_CHECK bool time_zone_local_to_unix_ms(const struct time_zone *zone, const struct civil_time *local,
                                           int64_t *out_unix_ms);
