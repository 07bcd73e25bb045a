/* Numbers, times, durations, money, quantities and globs: what is read prints as something that reads as the
 * same, whole numbers print as exactly what was read, and a glob agrees with the star's definition. */
#include <assert.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/decimal.h"
#include "lib/base/glob.h"
#include "lib/base/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
static void check_whole_numbers(struct arena *arena, struct text text);
static void check_double(struct arena *arena, struct text text);
static void check_times(struct arena *arena, struct text text);
static void check_amounts(struct arena *arena, struct text text);
static void check_any_number(struct arena *arena, struct text text);
static void check_glob(struct text text);
static void check_json_string(struct arena *arena, struct text text);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    scoped_arena struct arena *arena = arena_new(0);
    /* A copy of exactly this length, so that the sanitizer sees a byte read beyond it. */
    struct text text = {arena_copy(arena, bytes, length), length};
    check_whole_numbers(arena, text);
    check_double(arena, text);
    check_times(arena, text);
    check_amounts(arena, text);
    check_any_number(arena, text);
    check_glob(text);
    check_json_string(arena, text);
    return 0;
}

static void
check_whole_numbers(struct arena *arena, struct text text)
{
    int64_t whole = 0;
    if (parse_int64(text, &whole))
        assert(text_equals(text_format(arena, "%lld", (long long)whole), text));
    uint64_t natural = 0;
    if (parse_uint64(text, UINT64_MAX, &natural)) {
        assert(text_equals(text_format(arena, "%llu", (unsigned long long)natural), text));
        assert(natural == 0 || !parse_uint64(text, natural - 1, &natural));
    }
}

static void
check_double(struct arena *arena, struct text text)
{
    double value = 0;
    double again = 0;
    if (!parse_double(text, &value))
        return;
    bool is_read_back = parse_double(text_format(arena, "%.17g", value), &again);
    assert(is_read_back && again == value);
}

static void
check_times(struct arena *arena, struct text text)
{
    int64_t ms = 0;
    int64_t again = 0;
    if (parse_duration_ms(text, &ms)) {
        bool is_read_back = parse_duration_ms(print_duration(arena, ms), &again);
        assert(ms >= 0 && is_read_back && again == ms);
    }
    if (parse_time_ms(text, &ms)) {
        bool is_read_back = parse_time_ms(print_time(arena, ms, true), &again);
        assert(is_read_back && again == ms);
    }
}

static void
check_amounts(struct arena *arena, struct text text)
{
    int64_t value = 0;
    int64_t again = 0;
    if (decimal_parse_nano(text, &value)) {
        bool is_read_back = decimal_parse_nano(decimal_print_nano(arena, value), &again);
        assert(value >= 0 && is_read_back && again == value);
    }
    if (parse_quantity_milli(text, &value)) {
        bool is_read_back = parse_quantity_milli(text_format(arena, "%lldm", (long long)value), &again);
        assert(value >= 0 && is_read_back && again == value);
    }
}

/* The other way round: every number prints as text that reads as that number. */
static void
check_any_number(struct arena *arena, struct text text)
{
    int64_t number = 0;
    int64_t again = 0;
    if (text.length < sizeof(number))
        return;
    memcpy(&number, text.bytes, sizeof(number));

    bool is_read_back = parse_int64(text_format(arena, "%lld", (long long)number), &again);
    assert(is_read_back && again == number);
    is_read_back = parse_time_ms(print_time(arena, number, true), &again);
    bool is_in_calendar = number >= INT64_C(-62167219200000) && number <= INT64_C(253402300799999);
    assert(is_read_back && (again == number) == is_in_calendar);
    is_read_back = parse_duration_ms(print_duration(arena, number), &again);
    assert(is_read_back == (number >= 0 && number <= INT64_MAX / 1000000));
    assert(!is_read_back || again == number);
    is_read_back = decimal_parse_nano(decimal_print_nano(arena, number), &again);
    assert(is_read_back == (number >= 0 && number <= INT64_C(9223372036000000000)));
    assert(!is_read_back || again == number);
}

/* Pattern and name, with a line feed between; the definition: a star takes nothing, or one byte more. */
static void
check_glob(struct text text)
{
    enum { LONGEST = 48 };
    struct text name = text;
    struct text pattern = text_cut(&name, '\n');
    bool matches = glob_matches(pattern, name);
    if (pattern.length > LONGEST || name.length > LONGEST)
        return;

    bool table[LONGEST + 1][LONGEST + 1] = {{true}};
    for (size_t i = 1; i <= pattern.length; i++) {
        bool is_star = pattern.bytes[i - 1] == '*';
        table[i][0] = is_star && table[i - 1][0];
        for (size_t j = 1; j <= name.length; j++)
            table[i][j] = is_star ? table[i - 1][j] || table[i][j - 1]
                                  : table[i - 1][j - 1] && pattern.bytes[i - 1] == name.bytes[j - 1];
    }
    assert(matches == table[pattern.length][name.length]);
}

static void
check_json_string(struct arena *arena, struct text text)
{
    struct buffer buffer;
    buffer_init(&buffer, arena, 0);
    buffer_add_json_string(&buffer, text);
    struct text written = buffer_text(&buffer);
    assert(text_is_utf8(written) && written.length >= 2);
    for (size_t i = 1; i + 1 < written.length; i++) {
        assert((unsigned char)written.bytes[i] >= 0x20 && written.bytes[i] != '"');
        if (written.bytes[i] == '\\')
            i++; /* what an escape stands for may be a quote */
    }
}
