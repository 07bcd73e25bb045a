/* Three date forms because RFC 9110 §5.6.7 says a recipient must read all three:
 * "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994". */
#include "gateway/decide/retry_after.h"

#include "lib/base/civil_time.h"
#include "lib/base/parse.h"

static int64_t bounded(int64_t ms);
static bool parse_seconds(struct text text, int64_t *out_ms);
static bool parse_http_date(struct text text, int64_t unix_now_ms, int64_t *out_unix_ms);
static bool
parse_date_part(struct text text, char separator, int64_t unix_now_ms, struct civil_time *out_date);
static bool parse_asctime(struct text text, struct civil_time *out_time);
static bool parse_clock(struct text text, struct civil_time *out_time);
static bool parse_month(struct text text, int *out_month);
static bool parse_digits(struct text text, int *out_value);
static int full_year(int two_digits, int64_t unix_now_ms);

int64_t
retry_after_parse(struct text retry_after, struct text retry_after_ms, int64_t unix_now_ms)
{
    double exact_ms;
    if (parse_double(text_trim(retry_after_ms), &exact_ms) && exact_ms >= 0)
        return exact_ms > (double)RETRY_AFTER_LONGEST_MS ? RETRY_AFTER_LONGEST_MS : (int64_t)exact_ms;

    struct text value = text_trim(retry_after);
    int64_t ms;
    if (parse_seconds(value, &ms))
        return bounded(ms);
    if (parse_http_date(value, unix_now_ms, &ms))
        return bounded(ms - unix_now_ms);
    return RETRY_AFTER_NONE;
}

static int64_t
bounded(int64_t ms)
{
    if (ms < 0)
        return 0;
    return ms > RETRY_AFTER_LONGEST_MS ? RETRY_AFTER_LONGEST_MS : ms;
}

/* Any number of digits, saturating: a server that says 10^30 means "not soon". Some send fractions. */
static bool
parse_seconds(struct text text, int64_t *out_ms)
{
    double seconds;
    if (!parse_double(text, &seconds) || seconds < 0)
        return false;
    double longest = (double)RETRY_AFTER_LONGEST_MS / 1000;
    *out_ms = seconds > longest ? RETRY_AFTER_LONGEST_MS : (int64_t)(seconds * 1000);
    return true;
}

static bool
parse_http_date(struct text text, int64_t unix_now_ms, int64_t *out_unix_ms)
{
    struct civil_time time = {0};
    ptrdiff_t comma = text_find_byte(text, ',');
    if (comma < 0)
        return parse_asctime(text, &time) && civil_time_to_unix_ms(&time, out_unix_ms);

    struct text rest = text_trim(text_slice(text, (size_t)comma + 1, text.length));
    if (!text_ends_with(rest, TEXT(" GMT")) || rest.length < 4 + 9)
        return false;
    rest = text_slice(rest, 0, rest.length - 4);
    struct text date = text_trim(text_slice(rest, 0, rest.length - 9));
    struct text clock = text_slice(rest, rest.length - 8, rest.length);
    char separator = text_find_byte(date, '-') >= 0 ? '-' : ' ';
    return parse_date_part(date, separator, unix_now_ms, &time) && parse_clock(clock, &time) &&
           civil_time_to_unix_ms(&time, out_unix_ms);
}

/* "06 Nov 1994" or "06-Nov-94" */
static bool
parse_date_part(struct text text, char separator, int64_t unix_now_ms, struct civil_time *out_date)
{
    struct text rest = text;
    struct text day = text_cut(&rest, separator);
    struct text month = text_cut(&rest, separator);
    if (!parse_digits(day, &out_date->day) || !parse_month(month, &out_date->month) ||
        !parse_digits(rest, &out_date->year))
        return false;
    if (rest.length == 2)
        out_date->year = full_year(out_date->year, unix_now_ms);
    return rest.length == 2 || rest.length == 4;
}

/* "Sun Nov  6 08:49:37 1994": fixed columns */
static bool
parse_asctime(struct text text, struct civil_time *out_time)
{
    return text.length == 24 && parse_month(text_slice(text, 4, 7), &out_time->month) &&
           parse_digits(text_trim(text_slice(text, 8, 10)), &out_time->day) &&
           parse_clock(text_slice(text, 11, 19), out_time) &&
           parse_digits(text_slice(text, 20, 24), &out_time->year);
}

static bool
parse_clock(struct text text, struct civil_time *out_time)
{
    return text.length == 8 && text.bytes[2] == ':' && text.bytes[5] == ':' &&
           parse_digits(text_slice(text, 0, 2), &out_time->hour) &&
           parse_digits(text_slice(text, 3, 5), &out_time->minute) &&
           parse_digits(text_slice(text, 6, 8), &out_time->second);
}

static bool
parse_month(struct text text, int *out_month)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.length != 3)
        return false;
    ptrdiff_t at = text_find(text_of(months), text);
    if (at < 0 || at % 3 != 0)
        return false;
    *out_month = (int)(at / 3) + 1;
    return true;
}

/* One to four digits. */
static bool
parse_digits(struct text text, int *out_value)
{
    int value = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return false;
        value = value * 10 + (text.bytes[i] - '0');
        if (value > 9999)
            return false;
    }
    *out_value = value;
    return text.length > 0;
}

/* RFC 9110 §5.6.7: a year that looks more than 50 years ahead is the last past one with these digits. */
static int
full_year(int two_digits, int64_t unix_now_ms)
{
    int this_year = civil_time_of(unix_now_ms).year;
    int year = this_year - this_year % 100 + two_digits;
    return year > this_year + 50 ? year - 100 : year;
}
