/* Which runs and tags a client may say, and whose tag it is when the caller has one of that name. */
#include "gateway/decide/call_purpose.h"

#include <criterion/criterion.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"

TestSuite(call_purpose, .init = given_arena, .fini = end_arena);

static struct text_pair of_caller[] = {{TEXT("team"), TEXT("research")}, {TEXT("cost"), TEXT("4711")}};
static const struct text_pair_list declared = {of_caller, COUNT_OF(of_caller)};
static const struct text_pair_list nothing;

/* "key=value;" of each, in their order. */
static void
expect_tags(const char *header, const struct text_pair_list *caller, const char *wanted)
{
    struct text_pair_list tags;
    struct error err = {0};
    struct buffer found;
    cr_assert(call_purpose_read_tags(arena, text_of(header), caller, &tags, &err), "%s: %s", header,
              err.message);
    buffer_init(&found, arena, 64);
    for (size_t i = 0; i < tags.count; i++)
        buffer_print(&found, "%.*s=%.*s;", TEXT_ARG(tags.items[i].key), TEXT_ARG(tags.items[i].value));
    cr_assert(text_equals(buffer_text(&found), text_of(wanted)), "%.*s", TEXT_ARG(buffer_text(&found)));
}

static void
expect_refused(const char *header, const char *words)
{
    struct text_pair_list tags;
    struct error err = {0};
    cr_assert_not(call_purpose_read_tags(arena, text_of(header), &nothing, &tags, &err), "%s", header);
    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert_not_null(strstr(err.message, words), "%s: \"%s\" has no \"%s\"", header, err.message, words);
}

static const char *
many(const char *byte, size_t count, const char *before)
{
    struct buffer out;
    buffer_init(&out, arena, 256);
    buffer_add_string(&out, before);
    for (size_t i = 0; i < count; i++)
        buffer_add_string(&out, byte);
    return text_c_string(arena, buffer_text(&out));
}

Test(call_purpose, has_tags_with_commas_between_and_blanks_around)
{
    expect_tags("a=b", &nothing, "a=b;");
    expect_tags(" feature=search ,\tstep.2_x-y = 1", &nothing, "feature=search;step.2_x-y=1;");
    expect_tags("a=b=c, d=two words, e=\xc3\xa9t\xc3\xa9", &nothing,
                "a=b=c;d=two words;e=\xc3\xa9t\xc3\xa9;");
    expect_tags("a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1", &nothing, "a=1;b=1;c=1;d=1;e=1;f=1;g=1;h=1;");
    expect_tags(many("v", 128, "a="), &nothing,
                text_c_string(arena, text_format(arena, "%s;", many("v", 128, "a="))));
}

Test(call_purpose, never_lets_a_client_say_what_is_declared_of_its_caller)
{
    expect_tags("team=sales, step=2", &declared, "team=research;cost=4711;step=2;");
    expect_tags("cost=0", &declared, "team=research;cost=4711;");
}

Test(call_purpose, refuses_what_is_no_list_of_tags)
{
    static const char *const unkeyed[] = {"",     "a",        "=b",   "A=b",       "a b=c",
                                          "a=b,", "a=b,,c=d", ",a=b", "\xc3\xa9=b"};
    for (size_t i = 0; i < COUNT_OF(unkeyed); i++)
        expect_refused(unkeyed[i], "is not key=value");
    expect_refused(many("k", 64, ""), "is not key=value");
    static const char *const unvalued[] = {"a=",     "a= ",        "a=\x01", "a=x\ty",
                                           "a=\x7f", "a=\xc2\x85", "a=\xff", "a=\xc3"};
    for (size_t i = 0; i < COUNT_OF(unvalued); i++)
        expect_refused(unvalued[i], "the value of the tag a");
    expect_refused(many("v", 129, "a="), "the value of the tag a");
    expect_refused("a=b, c=d, a=b", "the tag a is there twice");
    expect_refused("a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1", "more than 8");
}

Test(call_purpose, has_a_run_of_visible_characters)
{
    cr_assert(call_purpose_is_run(TEXT("run-1")) && call_purpose_is_run(TEXT("!/:~")));
    cr_assert(call_purpose_is_run(text_of(many("r", 128, ""))));
    static const char *const wrong[] = {"", "two words", "tab\t", "\xc3\xa9", "\x7f"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        cr_assert_not(call_purpose_is_run(text_of(wrong[i])), "%s", wrong[i]);
    cr_assert_not(call_purpose_is_run(text_of(many("r", 129, ""))));
}

Test(call_purpose, has_an_end_user_of_printable_characters)
{
    cr_assert(call_purpose_is_user(TEXT("ada@example.com")) && call_purpose_is_user(TEXT("\xc3\xa9 1")));
    cr_assert(call_purpose_is_user(text_of(many("u", 256, ""))));
    cr_assert_not(call_purpose_is_user(TEXT("")) || call_purpose_is_user(TEXT("a\x01")));
    cr_assert_not(call_purpose_is_user(text_of(many("u", 257, ""))));
}
