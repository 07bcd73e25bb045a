/* OpenCost's words for times, to whole hours. */
#include "api/server/rest/allocation_window.h"

#include <criterion/criterion.h>

#define HOUR INT64_C(3600000)
#define NOW (INT64_C(490000) * HOUR + 1234567) /* 2025-11-24T16:20:34Z */
#define TODAY (INT64_C(489984) * HOUR)

static void
expect(const char *window, const char *step, int64_t from_ms, int64_t until_ms, int64_t step_ms)
{
    struct allocation_window found;
    cr_assert(allocation_window_parse(text_of(window), text_of(step), NOW, &found), "%s", window);
    cr_assert_eq(found.from_ms, from_ms, "%s", window);
    cr_assert_eq(found.until_ms, until_ms, "%s", window);
    cr_assert_eq(found.step_ms, step_ms, "%s", window);
}

Test(allocation_window, is_a_span_until_the_end_of_this_hour)
{
    int64_t end = INT64_C(490001) * HOUR;
    expect("1h", "", end - HOUR, end, HOUR);
    expect("7d", "1d", end - 168 * HOUR, end, 24 * HOUR);
    expect("today", "", TODAY, end, end - TODAY);
    expect("yesterday", "1h", TODAY - 24 * HOUR, TODAY, HOUR);
}

Test(allocation_window, is_two_times_and_the_whole_hours_around_them)
{
    expect("2025-11-24T16:00:00Z,2025-11-24T17:00:00Z", "", 490000 * HOUR, 490001 * HOUR, HOUR);
    expect("2025-11-24T16:59:59Z,2025-11-24T17:00:01Z", "", 490000 * HOUR, 490002 * HOUR, 2 * HOUR);
    expect("1764000000,1764003600", "", 490000 * HOUR, 490001 * HOUR, HOUR);
}

Test(allocation_window, of_other_words_no_length_or_too_many_steps_is_none)
{
    static const char *const wrong[][2] = {
        {"", ""},
        {"lastweek", ""},
        {"7", ""},
        {"0h", ""},
        {"1h,", ""},
        {"1764003600,1764000000", ""},
        {"1764000000,1764000000", ""},
        {"7d", "tomorrow"},
        {"9999d", "1h"},
        {"-5,10", ""},
        {"1764000000,1764003600,1764007200", ""},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct allocation_window found = {.from_ms = 7};
        cr_assert_not(allocation_window_parse(text_of(wrong[i][0]), text_of(wrong[i][1]), NOW, &found), "%s",
                      wrong[i][0]);
        cr_assert_eq(found.from_ms, 7);
    }
}
