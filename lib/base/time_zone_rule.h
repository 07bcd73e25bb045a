/* When clocks are set each year, for ever: the POSIX TZ string at the end of a TZif file, as RFC 9636 3.3.1
 * extends it ("CET-1CEST,M3.5.0,M10.5.0/3"). For time_zone*.c only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct error;

enum time_zone_day_kind {
    TIME_ZONE_DAY_OF_365, /* "J60": 1 to 365, February 29th is not counted */
    TIME_ZONE_DAY_OF_366, /* "59": 0 to 365, February 29th is counted */
    TIME_ZONE_WEEKDAY,    /* "M3.5.0": the last Sunday of March */
};

struct time_zone_day {
    enum time_zone_day_kind kind;
    int day;  /* of the year; of the week with 0 for Sunday */
    int week; /* 1 to 4, or 5 for the last */
    int month;
    int32_t time_s; /* after the day's midnight by the clocks as they were; -167 to 167 hours */
};

struct time_zone_rule {
    int32_t offset_s; /* east of Greenwich above zero */
    bool has_summer;  /* false: what follows says nothing */
    int32_t summer_offset_s;
    struct time_zone_day summer_start, summer_end;
};

struct time_zone_rule_span {
    int64_t from_s, until_s; /* INT64_MIN, INT64_MAX: no end */
    int32_t offset_s;
};

/* The whole text is one rule whose changes come in the order of their years, or it is ERROR_INVALID. */
MUST_CHECK bool time_zone_rule_parse(struct text text, struct time_zone_rule *out_rule, struct error *err);
/* As if the rule had always held. For instants of the years 0001 to 9998. */
struct time_zone_rule_span time_zone_rule_span_at(const struct time_zone_rule *rule, int64_t unix_s);
/* False when a change of one year would come after one of the next. */
bool time_zone_rule_is_in_order(const struct time_zone_rule *rule);
