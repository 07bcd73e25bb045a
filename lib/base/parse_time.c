/* RFC 3339 times and Go-like durations, to milliseconds and back. The calendar itself is in civil_time.c. */
#include "lib/base/arena.h"
#include "lib/base/civil_time.h"
#include "lib/base/parse.h"

#define NS_PER_MS 1000000
#define DAY_MS INT64_C(86400000)

enum { MOST_DECIMALS = 9, LONGEST_DURATION = 64, MOST_DAYS = 100000 };

static bool take_number(struct text *rest, uint64_t *out_whole, uint64_t *out_nano);
static bool take_unit(struct text *rest, uint64_t *out_ns);
static bool take_digits(struct text *rest, size_t count, int *out_value);
static bool take_byte(struct text *rest, char wanted);
static bool take_fraction_ms(struct text *rest, int *out_ms);
static bool take_offset_ms(struct text *rest, int64_t *out_ms);

bool
parse_duration_ms(struct text text, int64_t *out_ms)
{
    if (text_equals(text, TEXT("0"))) {
        *out_ms = 0;
        return true;
    }
    if (text.length == 0 || text.length > LONGEST_DURATION)
        return false;

    /* Go counts nanoseconds in 64 bits and refuses more; 128 bits hold every product on the way. */
    unsigned __int128 total_ns = 0;
    for (struct text rest = text; rest.length > 0;) {
        uint64_t whole = 0;
        uint64_t nano = 0;
        uint64_t unit_ns = 0;
        if (!take_number(&rest, &whole, &nano) || !take_unit(&rest, &unit_ns))
            return false;
        total_ns += (unsigned __int128)whole * unit_ns + (unsigned __int128)nano * unit_ns / 1000000000;
        if (total_ns > INT64_MAX)
            return false;
    }
    *out_ms = (int64_t)(total_ns / NS_PER_MS);
    return true;
}

bool
parse_span_ms(struct text text, int64_t *out_ms)
{
    int64_t count = 0;
    char unit = text_is_empty(text) ? '\0' : text.bytes[text.length - 1];
    if (unit != 'd' && unit != 'w')
        return parse_duration_ms(text, out_ms);
    if (!parse_int64(text_slice(text, 0, text.length - 1), &count) || count < 0 || count >= MOST_DAYS)
        return false;
    *out_ms = count * (unit == 'w' ? 7 * DAY_MS : DAY_MS);
    return true;
}

struct text
print_duration(struct arena *arena, int64_t ms)
{
    if (ms == 0)
        return TEXT("0s");
    uint64_t left = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    const char *sign = ms < 0 ? "-" : "";
    if (left < 1000)
        return text_format(arena, "%s%dms", sign, (int)left);

    char hours[32] = "";
    char minutes[32] = "";
    char seconds[32] = "";
    if (left >= 3600000)
        (void)snprintf(hours, sizeof(hours), "%lluh", (unsigned long long)(left / 3600000));
    if (left / 60000 % 60 > 0)
        (void)snprintf(minutes, sizeof(minutes), "%dm", (int)(left / 60000 % 60));
    int second = (int)(left / 1000 % 60);
    int fraction = (int)(left % 1000);
    int decimals = fraction == 0 ? 0 : fraction % 100 == 0 ? 1 : fraction % 10 == 0 ? 2 : 3;
    if (decimals > 0)
        (void)snprintf(seconds, sizeof(seconds), "%d.%0*ds", second, decimals,
                       decimals == 1   ? fraction / 100
                       : decimals == 2 ? fraction / 10
                                       : fraction);
    else if (second > 0)
        (void)snprintf(seconds, sizeof(seconds), "%ds", second);
    return text_format(arena, "%s%s%s%s", sign, hours, minutes, seconds);
}

bool
parse_time_ms(struct text text, int64_t *out_unix_ms)
{
    struct text rest = text;
    struct civil_time time = {0};
    bool has_date = take_digits(&rest, 4, &time.year) && take_byte(&rest, '-') &&
                    take_digits(&rest, 2, &time.month) && take_byte(&rest, '-') &&
                    take_digits(&rest, 2, &time.day);
    if (!has_date || !(take_byte(&rest, 'T') || take_byte(&rest, 't')))
        return false;
    bool has_time = take_digits(&rest, 2, &time.hour) && take_byte(&rest, ':') &&
                    take_digits(&rest, 2, &time.minute) && take_byte(&rest, ':') &&
                    take_digits(&rest, 2, &time.second) && take_fraction_ms(&rest, &time.ms);
    int64_t offset_ms = 0;
    int64_t local_ms = 0;
    if (!has_time || !take_offset_ms(&rest, &offset_ms) || rest.length > 0)
        return false;
    if (!civil_time_to_unix_ms(&time, &local_ms))
        return false;

    /* An offset at either end of the calendar can leave it; what we cannot print we do not read. */
    struct civil_time utc = civil_time_of(local_ms - offset_ms);
    int64_t utc_ms = 0;
    if (!civil_time_to_unix_ms(&utc, &utc_ms) || utc_ms != local_ms - offset_ms)
        return false;
    *out_unix_ms = utc_ms;
    return true;
}

struct text
print_time(struct arena *arena, int64_t unix_ms, bool with_ms)
{
    char *bytes = arena_alloc_raw(arena, CIVIL_TIME_TEXT_BYTES);
    return (struct text){bytes, civil_time_print(bytes, unix_ms, with_ms)};
}

/* "1", "1.5": the digits before the point, and those after it in billionths. */
static bool
take_number(struct text *rest, uint64_t *out_whole, uint64_t *out_nano)
{
    size_t at = 0;
    while (at < rest->length && rest->bytes[at] >= '0' && rest->bytes[at] <= '9') {
        uint64_t digit = (uint64_t)(rest->bytes[at++] - '0');
        if (*out_whole > (INT64_MAX - digit) / 10)
            return false;
        *out_whole = *out_whole * 10 + digit;
    }
    if (at == 0)
        return false;
    *rest = text_slice(*rest, at, rest->length);
    if (!take_byte(rest, '.'))
        return true;

    int digit = 0;
    size_t decimals = 0;
    while (decimals < MOST_DECIMALS && take_digits(rest, 1, &digit)) {
        *out_nano = *out_nano * 10 + (uint64_t)digit;
        decimals++;
    }
    for (size_t i = decimals; i < MOST_DECIMALS; i++)
        *out_nano *= 10;
    return decimals > 0;
}

static bool
take_unit(struct text *rest, uint64_t *out_ns)
{
    static const struct {
        struct text name;
        uint64_t ns;
    } units[] = {
        /* "ms" before "m". */
        {{"ns", 2}, 1},
        {{"us", 2}, 1000},
        {{"ms", 2}, NS_PER_MS},
        {{"s", 1}, UINT64_C(1000) * NS_PER_MS},
        {{"m", 1}, UINT64_C(60000) * NS_PER_MS},
        {{"h", 1}, UINT64_C(3600000) * NS_PER_MS},
    };
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (text_starts_with(*rest, units[i].name)) {
            *rest = text_slice(*rest, units[i].name.length, rest->length);
            *out_ns = units[i].ns;
            return true;
        }
    }
    return false;
}

/* Exactly `count` digits; nothing is taken when there are fewer. */
static bool
take_digits(struct text *rest, size_t count, int *out_value)
{
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        if (i >= rest->length || rest->bytes[i] < '0' || rest->bytes[i] > '9')
            return false;
        value = value * 10 + (rest->bytes[i] - '0');
    }
    *rest = text_slice(*rest, count, rest->length);
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

/* Nothing, or "." and one to nine digits, of which three count. */
static bool
take_fraction_ms(struct text *rest, int *out_ms)
{
    if (!take_byte(rest, '.'))
        return true;
    int digit = 0;
    int weight = 100;
    size_t decimals = 0;
    while (decimals < MOST_DECIMALS && take_digits(rest, 1, &digit)) {
        *out_ms += digit * weight;
        weight /= 10;
        decimals++;
    }
    return decimals > 0;
}

/* "Z", "+01:00", "-05:30". */
static bool
take_offset_ms(struct text *rest, int64_t *out_ms)
{
    if (take_byte(rest, 'Z') || take_byte(rest, 'z'))
        return true;
    int sign = take_byte(rest, '+') ? 1 : take_byte(rest, '-') ? -1 : 0;
    int hours = 0;
    int minutes = 0;
    if (sign == 0 || !take_digits(rest, 2, &hours) || !take_byte(rest, ':') ||
        !take_digits(rest, 2, &minutes))
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    *out_ms = sign * (INT64_C(60) * hours + minutes) * 60000;
    return true;
}
