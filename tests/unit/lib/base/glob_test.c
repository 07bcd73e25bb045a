/* Globs: only the star is special, and no pattern is slow. */
#include "lib/base/glob.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"

Test(glob, stars_stand_for_any_run)
{
    static const struct {
        const char *pattern;
        const char *name;
        bool matches;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "anything", true},
        {"**", "x", true},
        {"gpt-4o", "gpt-4o", true},
        {"gpt-4o", "gpt-4o-mini", false},
        {"gpt-*", "gpt-4o", true},
        {"gpt-*", "gpt-", true},
        {"gpt-*", "gpt", false},
        {"*-mini", "gpt-4o-mini", true},
        {"*-mini", "-mini", true},
        {"*-mini", "gpt-4o-minis", false},
        {"a*b*c", "abc", true},
        {"a*b*c", "aXbYc", true},
        {"a*b*c", "acb", false},
        {"a*a", "a", false},
        {"a*a", "aa", true},
        {"ab*ba", "aba", false},
        {"ab*ba", "abba", true},
        {"*a*", "bab", true},
        {"*a*", "bbb", false},
        {"*ab*ab*", "abab", true},
        {"*ab*ab*", "ab", false},
        {"*ab", "aab", true},
        {"*aab", "aaab", true},
        {"a?c", "abc", false},
        {"a?c", "a?c", true},
        {"[ab]", "a", false},
        {"\\*", "*", false},
        {"A*", "abc", false},
        {"team/*/model", "team/a/b/model", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        cr_assert_eq(glob_matches(text_of(cases[i].pattern), text_of(cases[i].name)), cases[i].matches,
                     "\"%s\" on \"%s\"", cases[i].pattern, cases[i].name);
    cr_assert(glob_matches((struct text){0}, (struct text){0}));
    cr_assert(glob_matches(TEXT("*"), (struct text){0}));
}

Test(glob, agrees_with_the_definition_on_every_short_pattern_and_name)
{
    /* matches[p][n] by its recursive definition, on all patterns of up to 5 of "ab*" and names of up to 5 of
     * "ab". */
    char pattern[6];
    char name[6];
    for (unsigned p = 0; p < 3 * 3 * 3 * 3 * 3 * 6; p++) {
        size_t pattern_length = p % 6;
        unsigned letters = p / 6;
        for (size_t i = 0; i < 5; i++, letters /= 3)
            pattern[i] = "ab*"[letters % 3];
        for (unsigned n = 0; n < 32 * 6; n++) {
            size_t name_length = n % 6;
            for (size_t i = 0; i < 5; i++)
                name[i] = "ab"[(n / 6) >> i & 1];

            bool matches[7][7] = {{true}};
            for (size_t i = 1; i <= pattern_length; i++) {
                bool is_star = pattern[i - 1] == '*';
                matches[i][0] = is_star && matches[i - 1][0];
                for (size_t j = 1; j <= name_length; j++)
                    matches[i][j] = is_star ? matches[i - 1][j] || matches[i][j - 1]
                                            : matches[i - 1][j - 1] && pattern[i - 1] == name[j - 1];
            }
            cr_assert_eq(
                glob_matches((struct text){pattern, pattern_length}, (struct text){name, name_length}),
                matches[pattern_length][name_length], "%.*s on %.*s", (int)pattern_length, pattern,
                (int)name_length, name);
        }
    }
}

Test(glob, is_linear_on_patterns_made_to_be_slow)
{
    (void)alarm(20); /* quadratic would take minutes; Criterion's own time limit leaks */
    scoped_arena struct arena *arena = arena_new(0);
    enum { LENGTH = 200000 };
    char *name = arena_alloc_raw(arena, LENGTH);
    memset(name, 'a', LENGTH);
    char *pattern = arena_alloc_raw(arena, LENGTH);
    for (size_t i = 0; i < LENGTH; i++)
        pattern[i] = i % 2 ? 'a' : '*';
    pattern[LENGTH - 1] = 'b';
    cr_assert_not(glob_matches((struct text){pattern, LENGTH}, (struct text){name, LENGTH}));

    memset(pattern, 'a', LENGTH / 2);
    pattern[0] = '*';
    pattern[LENGTH / 2 - 1] = 'b';
    pattern[LENGTH / 2] = '*';
    cr_assert_not(glob_matches((struct text){pattern, LENGTH / 2 + 1}, (struct text){name, LENGTH}));
}
