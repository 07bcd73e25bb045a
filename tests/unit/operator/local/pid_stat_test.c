/* Lines of /proc/PID/stat, also of a program with a name that is made to confuse. */
#include "operator/local/pid_stat.h"

#include <criterion/criterion.h>
#include <unistd.h>

#include "tests/support/arena_fixture.h"

TestSuite(pid_stat, .init = given_arena, .fini = end_arena);

#define BEHIND                                                                                               \
    "S 1 42 42 0 -1 4194560 900 0 3 0 70 30 5 6 20 0 1 0 9876543 15000000 1234 18446744073709551615"

Test(pid_stat, counts_fields_from_behind_the_name)
{
    static const char *const lines[] = {"42 (weir-api) " BEHIND "\n", "42 (a) R 1) 2 (b) " BEHIND,
                                        "42 ( ) " BEHIND};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct pid_stat stat;
        cr_assert(pid_stat_parse(text_of(lines[i]), &stat), "%s", lines[i]);
        cr_assert(text_equals(stat.state, TEXT("S")));
        cr_assert(text_equals(stat.start, TEXT("9876543")));
        cr_assert_eq(stat.cpu_ticks, 100);
        cr_assert_eq(stat.resident_pages, 1234);
    }
}

Test(pid_stat, refuses_what_is_no_such_line)
{
    static const char *const lines[] = {"", "42 (weir-api", "42 (weir-api) S 1 2 3",
                                        "42 (x) S 1 42 42 0 -1 4194560 900 0 3 0 - 30 5 6 20 0 1 0 9 1 1 1"};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct pid_stat stat = {.cpu_ticks = 7};
        cr_assert_not(pid_stat_parse(text_of(lines[i]), &stat), "%s", lines[i]);
        cr_assert_eq(stat.cpu_ticks, 7);
    }
}

Test(pid_stat, is_read_of_this_very_process_and_of_none_that_is_not)
{
    struct pid_stat stat;
    cr_assert(pid_stat_read(arena, getpid(), &stat));
    cr_assert(stat.resident_pages > 0 && stat.start.length > 0);
    cr_assert_not(pid_stat_read(arena, -7, &stat));
}
