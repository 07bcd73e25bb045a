/* Errors: one line of words, context in front, cut but never broken. */
#include "lib/base/error.h"

#include <criterion/criterion.h>
#include <errno.h>

#include "lib/base/text.h"

Test(error, says_what_happened_and_gains_context_on_the_way_up)
{
    struct error err = {0};
    cr_assert_not(error_set(&err, ERROR_INVALID, "port %d is not between 1 and 65535", 0));
    cr_assert_not(error_context(&err, "loading %s", "/etc/gw.yaml"));
    cr_assert_str_eq(err.message, "loading /etc/gw.yaml: port 0 is not between 1 and 65535");
    cr_assert_eq(err.kind, ERROR_INVALID);
}

Test(error, may_quote_its_own_message)
{
    struct error err = {0};
    error_set(&err, ERROR_UNAVAILABLE, "connection refused");
    error_set(&err, ERROR_UNAVAILABLE, "provider: %s", err.message);
    cr_assert_str_eq(err.message, "provider: connection refused");
}

Test(error, is_nothing_to_a_caller_who_does_not_want_to_know)
{
    cr_assert_not(error_set(NULL, ERROR_INVALID, "x"));
    cr_assert_not(error_context(NULL, "x"));
    cr_assert_not(error_set_errno(NULL, ENOENT, "x"));
}

Test(error, takes_its_kind_from_errno)
{
    static const struct {
        int number;
        enum error_kind kind;
    } cases[] = {
        {ENOENT, ERROR_NOT_FOUND}, {EACCES, ERROR_DENIED},      {EPERM, ERROR_DENIED},
        {EINVAL, ERROR_INVALID},   {ENOSPC, ERROR_UNAVAILABLE}, {ECONNREFUSED, ERROR_UNAVAILABLE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = {0};
        cr_assert_not(error_set_errno(&err, cases[i].number, "opening %s", "a.yaml"));
        cr_assert_eq(err.kind, cases[i].kind, "errno %d", cases[i].number);
    }
    struct error err = {0};
    error_set_errno(&err, ENOENT, "opening %s", "a.yaml");
    cr_assert_str_eq(err.message, "opening a.yaml: No such file or directory");
}

Test(error, is_cut_when_it_is_too_long)
{
    struct error err = {0};
    error_set(&err, ERROR_INTERNAL, "%0600d", 1);
    cr_assert_eq(strlen(err.message), sizeof(err.message) - 1);
    error_context(&err, "above");
    cr_assert_eq(strlen(err.message), sizeof(err.message) - 1);
    cr_assert_eq(strncmp(err.message, "above: 000", 10), 0);
    error_context(&err, "%0511d", 2);
    cr_assert_eq(strlen(err.message), sizeof(err.message) - 1);
}

Test(error, is_never_cut_inside_a_character)
{
    static const char *const characters[] = {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t c = 0; c < COUNT_OF(characters); c++) {
        for (int shift = 0; shift < 4; shift++) {
            char words[640] = "";
            size_t length = (size_t)shift;
            memset(words, 'x', length);
            for (size_t width = strlen(characters[c]); length + width < sizeof(words); length += width)
                memcpy(words + length, characters[c], width);
            struct error err = {0};
            error_set(&err, ERROR_INVALID, "%s", words);
            cr_assert(text_is_utf8(text_of(err.message)), "character %zu, shift %d", c, shift);
            cr_assert_gt(strlen(err.message), 505);
        }
    }
}

Test(error, keeps_a_whole_last_character_that_just_fits)
{
    struct error err = {0};
    error_set(&err, ERROR_INVALID, "%0509d\xC3\xA9", 0); /* 511 bytes exactly */
    cr_assert_eq(strlen(err.message), 511);
}

Test(error, knows_which_kinds_are_worth_retrying)
{
    struct error err = {.kind = ERROR_UNAVAILABLE};
    cr_assert(error_is_worth_retrying(&err));
    err.kind = ERROR_CONFLICT;
    cr_assert(error_is_worth_retrying(&err));
    err.kind = ERROR_INVALID;
    cr_assert_not(error_is_worth_retrying(&err));
    err.kind = ERROR_INTERNAL;
    cr_assert_not(error_is_worth_retrying(&err));
}
