/* The grammar of POSIX TZ strings: a name, an offset west of Greenwich, and when there is summer time its
 * name, maybe its offset, and the two days on which clocks are set. */
#include "lib/base/error.h"
#include "lib/base/time_zone_rule.h"
#include "lib/base/utf8.h"

#define HOUR_S 3600

enum { MOST_OFFSET_HOURS = 24, MOST_RULE_HOURS = 167, LONGEST_SHOWN = 80 };

static bool take_rule(struct text *rest, struct time_zone_rule *rule);
static bool take_name(struct text *rest);
static bool take_seconds(struct text *rest, int most_hours, int32_t *out_s);
static bool take_day(struct text *rest, struct time_zone_day *out_day);
static bool take_date(struct text *rest, struct time_zone_day *day);
static bool take_number(struct text *rest, int lowest, int highest, int *out_value);
static bool take_byte(struct text *rest, char wanted);

bool
time_zone_rule_parse(struct text text, struct time_zone_rule *out_rule, struct error *err)
{
    struct time_zone_rule rule = {0};
    struct text rest = text;
    struct text shown = utf8_at_most(text, LONGEST_SHOWN);
    if (!take_rule(&rest, &rule) || rest.length > 0)
        return error_set(err, ERROR_INVALID, "\"%.*s\" is no POSIX TZ string", TEXT_ARG(shown));
    if (rule.has_summer && !time_zone_rule_is_in_order(&rule))
        return error_set(err, ERROR_INVALID, "\"%.*s\" sets clocks in an order that changes by the year",
                         TEXT_ARG(shown));

    /* "XXX3EDT4,0/0,J365/23" is summer time all year: a summer that never ends is no change of clocks. */
    struct time_zone_rule_span now = time_zone_rule_span_at(&rule, 0);
    if (now.from_s == INT64_MIN && now.until_s == INT64_MAX)
        rule = (struct time_zone_rule){.offset_s = now.offset_s};
    *out_rule = rule;
    return true;
}

static bool
take_rule(struct text *rest, struct time_zone_rule *rule)
{
    int32_t west_s = 0;
    if (!take_name(rest) || !take_seconds(rest, MOST_OFFSET_HOURS, &west_s))
        return false;
    rule->offset_s = -west_s;
    if (rest->length == 0)
        return true;

    rule->has_summer = true;
    rule->summer_offset_s = rule->offset_s + HOUR_S;
    if (!take_name(rest))
        return false;
    if (rest->length > 0 && rest->bytes[0] != ',') {
        if (!take_seconds(rest, MOST_OFFSET_HOURS, &west_s))
            return false;
        rule->summer_offset_s = -west_s;
    }
    return take_day(rest, &rule->summer_start) && take_day(rest, &rule->summer_end);
}

/* Three letters or more, or "<", letters, digits and signs, ">". The name itself says nothing to us. */
static bool
take_name(struct text *rest)
{
    bool is_quoted = take_byte(rest, '<');
    size_t length = 0;
    for (; length < rest->length; length++) {
        char byte = rest->bytes[length];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool is_other = (byte >= '0' && byte <= '9') || byte == '+' || byte == '-';
        if (!is_letter && !(is_quoted && is_other))
            break;
    }
    *rest = text_slice(*rest, length, rest->length);
    return length >= 3 && (!is_quoted || take_byte(rest, '>'));
}

/* "5", "-5:30", "+12:13:45": hours, minutes, seconds. */
static bool
take_seconds(struct text *rest, int most_hours, int32_t *out_s)
{
    int sign = take_byte(rest, '-') ? -1 : 1;
    if (sign > 0)
        (void)take_byte(rest, '+');
    int hours = 0;
    int minutes = 0;
    int seconds = 0;
    if (!take_number(rest, 0, most_hours, &hours))
        return false;
    if (take_byte(rest, ':')) {
        if (!take_number(rest, 0, 59, &minutes))
            return false;
        if (take_byte(rest, ':') && !take_number(rest, 0, 59, &seconds))
            return false;
    }
    *out_s = sign * (hours * HOUR_S + minutes * 60 + seconds);
    return true;
}

/* ",M3.5.0/3": the time is two in the morning when it is not said. */
static bool
take_day(struct text *rest, struct time_zone_day *out_day)
{
    struct time_zone_day day = {.time_s = 2 * HOUR_S};
    if (!take_byte(rest, ',') || !take_date(rest, &day))
        return false;
    if (take_byte(rest, '/') && !take_seconds(rest, MOST_RULE_HOURS, &day.time_s))
        return false;
    *out_day = day;
    return true;
}

static bool
take_date(struct text *rest, struct time_zone_day *day)
{
    if (take_byte(rest, 'J')) {
        day->kind = TIME_ZONE_DAY_OF_365;
        return take_number(rest, 1, 365, &day->day);
    }
    if (!take_byte(rest, 'M')) {
        day->kind = TIME_ZONE_DAY_OF_366;
        return take_number(rest, 0, 365, &day->day);
    }
    day->kind = TIME_ZONE_WEEKDAY;
    return take_number(rest, 1, 12, &day->month) && take_byte(rest, '.') &&
           take_number(rest, 1, 5, &day->week) && take_byte(rest, '.') && take_number(rest, 0, 6, &day->day);
}

/* One to three digits. */
static bool
take_number(struct text *rest, int lowest, int highest, int *out_value)
{
    int value = 0;
    size_t length = 0;
    while (length < rest->length && length < 3 && rest->bytes[length] >= '0' && rest->bytes[length] <= '9')
        value = value * 10 + (rest->bytes[length++] - '0');
    if (length == 0 || value < lowest || value > highest)
        return false;
    *rest = text_slice(*rest, length, rest->length);
    *out_value = value;
    return true;
}

static bool
take_byte(struct text *rest, char wanted)
{
    if (rest->length == 0 || rest->bytes[0] != wanted)
        return false;
    *rest = text_slice(*rest, 1, rest->length);
    return true;
}
