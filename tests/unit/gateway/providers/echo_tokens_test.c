/* The counting rule: tokens put together are the text again. */
#include <criterion/criterion.h>

#include "gateway/providers/echo_tokens.h"
#include "tests/unit/gateway/decide/random_sequence.h"

Test(echo_tokens, are_words_and_single_signs_with_the_blanks_before_them)
{
    struct text rest = TEXT("Hello, big  world!\n");
    static const char *const expected[] = {"Hello", ",", " big", "  world", "!", "\n"};

    for (size_t i = 0; i < COUNT_OF(expected); i++)
        cr_assert(text_equals(echo_tokens_next(&rest), text_of(expected[i])), "%zu", i);

    cr_assert_eq(rest.length, 0);
}

Test(echo_tokens, count_each_character_beyond_ascii_and_cut_long_runs)
{
    cr_assert_eq(echo_tokens_count(TEXT("日本語")), 3);
    cr_assert_eq(echo_tokens_count(TEXT("abcdefghijklmnop")), 1);
    cr_assert_eq(echo_tokens_count(TEXT("abcdefghijklmnopq")), 2);
    cr_assert_eq(echo_tokens_count(TEXT("")), 0);
}

Test(echo_tokens, cut_a_text_after_so_many)
{
    int64_t count = 0;

    cr_assert(text_equals(echo_tokens_cut(TEXT("one two three"), 2, &count), TEXT("one two")));
    cr_assert_eq(count, 2);
    cr_assert(text_equals(echo_tokens_cut(TEXT("one"), 9, &count), TEXT("one")));
    cr_assert_eq(count, 1);
}

Test(echo_tokens, are_never_empty_never_long_and_add_up_to_any_bytes)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random_sequence random = {seed};
        char bytes[200];
        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = (char)(random_below(&random, 3) ? ' ' + random_below(&random, 80)
                                                       : random_below(&random, 256));
        struct text text = {bytes, sizeof(bytes)}, rest = text;
        size_t together = 0;
        while (rest.length > 0) {
            struct text token = echo_tokens_next(&rest);
            cr_assert(token.length > 0 && token.length <= ECHO_TOKEN_MAX_BLANKS + ECHO_TOKEN_MAX_RUN);
            cr_assert_eq(token.bytes, bytes + together);
            together += token.length;
        }
        cr_assert_eq(together, sizeof(bytes));
    }
}
