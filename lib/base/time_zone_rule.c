/* A rule's changes by the year. They stand in the order of their years (time_zone_rule_is_in_order, kept by
 * the parser), so walking years is walking time; of changes at one instant the last counts. */
#include "lib/base/time_zone_rule.h"

#include "lib/base/civil_time.h"

#define DAY_S INT64_C(86400)
#define YEAR_AFTER_ALL 10000

/* The calendar repeats after so many years: what does not change in them never does. */
enum { CALENDAR_YEARS = 400, CHANGES = 2 };

struct change {
    int64_t at_s;
    int32_t offset_s;
};

static void changes_of(const struct time_zone_rule *rule, int year, struct change out[CHANGES]);
static int64_t day_start_s(const struct time_zone_day *day, int year);
static int64_t weekday_start_s(const struct time_zone_day *day, int year);
static int64_t date_s(int year, int month);
static int year_of(int64_t unix_s);
static int32_t offset_at(const struct time_zone_rule *rule, int64_t unix_s);
static int64_t change_after(const struct time_zone_rule *rule, int64_t unix_s, int32_t offset_s);
static int64_t change_before(const struct time_zone_rule *rule, int64_t unix_s, int32_t offset_s);

struct time_zone_rule_span
time_zone_rule_span_at(const struct time_zone_rule *rule, int64_t unix_s)
{
    if (!rule->has_summer)
        return (struct time_zone_rule_span){INT64_MIN, INT64_MAX, rule->offset_s};

    int32_t offset_s = offset_at(rule, unix_s);
    return (struct time_zone_rule_span){
        .from_s = change_before(rule, unix_s, offset_s),
        .until_s = change_after(rule, unix_s, offset_s),
        .offset_s = offset_s,
    };
}

bool
time_zone_rule_is_in_order(const struct time_zone_rule *rule)
{
    struct change earlier[CHANGES];
    struct change later[CHANGES];
    changes_of(rule, 2000, earlier);
    for (int year = 2001; year <= 2000 + CALENDAR_YEARS; year++) {
        changes_of(rule, year, later);
        if (earlier[CHANGES - 1].at_s > later[0].at_s)
            return false;
        for (int i = 0; i < CHANGES; i++)
            earlier[i] = later[i];
    }
    return true;
}

/* In the order of time; on a tie the end of summer is the later. */
static void
changes_of(const struct time_zone_rule *rule, int year, struct change out[CHANGES])
{
    struct change start = {
        .at_s = day_start_s(&rule->summer_start, year) + rule->summer_start.time_s - rule->offset_s,
        .offset_s = rule->summer_offset_s,
    };
    struct change end = {
        .at_s = day_start_s(&rule->summer_end, year) + rule->summer_end.time_s - rule->summer_offset_s,
        .offset_s = rule->offset_s,
    };
    bool is_start_first = start.at_s <= end.at_s;
    out[0] = is_start_first ? start : end;
    out[1] = is_start_first ? end : start;
}

/* Midnight of the day, as if local time were UTC. */
static int64_t
day_start_s(const struct time_zone_day *day, int year)
{
    if (day->kind == TIME_ZONE_WEEKDAY)
        return weekday_start_s(day, year);
    if (day->kind == TIME_ZONE_DAY_OF_366)
        return date_s(year, 1) + day->day * DAY_S;
    bool is_after_february = day->day >= 60;
    return is_after_february ? date_s(year, 3) + (day->day - 60) * DAY_S
                             : date_s(year, 1) + (day->day - 1) * DAY_S;
}

static int64_t
weekday_start_s(const struct time_zone_day *day, int year)
{
    int64_t first_s = date_s(year, day->month);
    int64_t next_month_s = day->month < 12 ? date_s(year, day->month + 1) : first_s + 31 * DAY_S;
    /* 1970-01-01 was a Thursday. The second % 7 makes what is before it positive. */
    int weekday = (int)(((first_s / DAY_S + 4) % 7 + 7) % 7);
    int64_t found_s = first_s + ((day->day - weekday + 7) % 7 + (day->week - 1) * 7) * DAY_S;
    return found_s < next_month_s ? found_s : found_s - 7 * DAY_S;
}

static int64_t
date_s(int year, int month)
{
    struct civil_time date = {.year = year, .month = month, .day = 1};
    int64_t unix_ms = 0;
    (void)civil_time_to_unix_ms(&date, &unix_ms); /* callers stay in the calendar */
    return unix_ms / 1000;
}

static int
year_of(int64_t unix_s)
{
    return civil_time_of(unix_s * 1000).year;
}

static int32_t
offset_at(const struct time_zone_rule *rule, int64_t unix_s)
{
    struct change changes[CHANGES];
    for (int year = year_of(unix_s) + 1; year >= 0; year--) {
        changes_of(rule, year, changes);
        for (int i = CHANGES; i-- > 0;)
            if (changes[i].at_s <= unix_s)
                return changes[i].offset_s;
    }
    return rule->offset_s;
}

/* The first instant after this one at which clocks go to another offset. */
static int64_t
change_after(const struct time_zone_rule *rule, int64_t unix_s, int32_t offset_s)
{
    struct change changes[CHANGES];
    int this_year = year_of(unix_s);
    int last_year = this_year + CALENDAR_YEARS + 1;
    for (int year = this_year > 0 ? this_year - 1 : 0; year <= last_year && year < YEAR_AFTER_ALL; year++) {
        changes_of(rule, year, changes);
        for (int i = 0; i < CHANGES; i++)
            if (changes[i].at_s > unix_s && offset_at(rule, changes[i].at_s) != offset_s)
                return changes[i].at_s;
    }
    return INT64_MAX;
}

/* The last instant up to this one at which clocks came from another offset. */
static int64_t
change_before(const struct time_zone_rule *rule, int64_t unix_s, int32_t offset_s)
{
    struct change changes[CHANGES];
    int this_year = year_of(unix_s);
    for (int year = this_year + 1; year >= 0 && year >= this_year - CALENDAR_YEARS - 1; year--) {
        changes_of(rule, year, changes);
        for (int i = CHANGES; i-- > 0;)
            if (changes[i].at_s <= unix_s && offset_at(rule, changes[i].at_s - 1) != offset_s)
                return changes[i].at_s;
    }
    return INT64_MIN;
}
