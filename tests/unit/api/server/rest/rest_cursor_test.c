/* A cursor comes back as it was given out, and nothing else is one. */
#include "api/server/rest/rest_cursor.h"

#include <criterion/criterion.h>

#include "lib/net/digest.h"
#include "tests/support/arena_fixture.h"

TestSuite(rest_cursor, .init = given_arena, .fini = end_arena);

static struct text
encoded(const char *plain)
{
    return digest_base64url(arena, plain, strlen(plain));
}

Test(rest_cursor, of_a_call_comes_back_whatever_its_id_is)
{
    static const char *const ids[] = {"01ARZ3NDEKTSV4RRFFQ69G5FAV", ":", "a:1:b", "", "\xC3\xA9"};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        const struct call_place place = {1764000000000, text_of(ids[i]), TEXT("jour:nal"), INT64_MAX};
        struct call_place read;
        cr_assert(rest_cursor_read_call(arena, rest_cursor_of_call(arena, &place), &read), "%s", ids[i]);
        cr_assert_eq(read.time_ms, place.time_ms);
        cr_assert_eq(read.number, place.number);
        cr_assert(text_equals(read.id, place.id));
        cr_assert(text_equals(read.journal, place.journal));
    }
}

Test(rest_cursor, of_rows_comes_back)
{
    int64_t count;
    cr_assert(rest_cursor_read_rows(arena, rest_cursor_of_rows(arena, 10000), &count));
    cr_assert_eq(count, 10000);
}

Test(rest_cursor, of_an_alert_comes_back_and_is_no_other)
{
    struct text id, cursor = rest_cursor_of_alert(arena, TEXT("01ARZ3NDEKTSV4RRFFQ69G5FAV-080"));
    int64_t count;
    cr_assert(rest_cursor_read_alert(arena, cursor, &id));
    cr_assert(text_equals(id, TEXT("01ARZ3NDEKTSV4RRFFQ69G5FAV-080")));
    cr_assert_not(rest_cursor_read_rows(arena, cursor, &count));
    cr_assert_not(rest_cursor_read_alert(arena, rest_cursor_of_rows(arena, 3), &id));
    cr_assert_not(rest_cursor_read_alert(arena, encoded("a:"), &id));
    cr_assert_not(rest_cursor_read_alert(arena, encoded("a:\xff"), &id));
}

Test(rest_cursor, that_was_made_up_is_none)
{
    const struct text made_up[] = {TEXT(""),
                                   TEXT("x"),
                                   TEXT("!!"),
                                   encoded("c:"),
                                   encoded("c:1:2:3:"),
                                   encoded("c:1:2:"),
                                   encoded("c:-1:2:0:"),
                                   encoded("c:1:2:99:ab"),
                                   encoded("c:1:a:0:"),
                                   encoded("r:1:"),
                                   encoded("c:1:2:1:\xff"),
                                   encoded("c:1:2:0:\xff"),
                                   encoded("c:99999999999999999999:2:0:")};
    struct call_place read;
    for (size_t i = 0; i < COUNT_OF(made_up); i++)
        cr_assert_not(rest_cursor_read_call(arena, made_up[i], &read), "%zu", i);
    const struct text no_rows[] = {TEXT(""),         encoded("r:"),    encoded("r:1"),
                                   encoded("r:-1:"), encoded("r:1:2"), encoded("c:1:2:0:")};
    int64_t count;
    for (size_t i = 0; i < COUNT_OF(no_rows); i++)
        cr_assert_not(rest_cursor_read_rows(arena, no_rows[i], &count), "%zu", i);
}

Test(rest_cursor, of_what_is_declared_comes_back_and_is_no_other)
{
    const struct in_force_place place = {TEXT("retail-ai"), IN_FORCE_BEHIND};
    struct text id, cursor = rest_cursor_of_declared(arena, &place);
    struct in_force_place read;
    cr_assert(rest_cursor_read_declared(arena, cursor, &read));
    cr_assert(text_equals(read.workspace, place.workspace));
    cr_assert_eq(read.index, IN_FORCE_BEHIND);
    cr_assert_not(rest_cursor_read_alert(arena, cursor, &id));
    cr_assert_not(rest_cursor_read_declared(arena, encoded("d:1:"), &read));
    cr_assert_not(rest_cursor_read_declared(arena, encoded("d:-1:a"), &read));
    cr_assert_not(rest_cursor_read_declared(arena, encoded("d:1"), &read));
    cr_assert_not(rest_cursor_read_declared(arena, encoded("d:1:\xff"), &read));
}
