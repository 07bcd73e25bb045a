/* A command line into a struct, and what is told of one that does not fit. */
#include "lib/base/flags.h"

#include <criterion/criterion.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/lib/base/expect_text.h"

TestSuite(flags, .init = given_arena, .fini = end_arena);

struct options {
    struct text name;
    const char *path;
    int64_t wait_ms;
    bool is_on, is_set;
    size_t parsed_length;
};

static const struct flag flags[] = {
    {"--name", FLAG_TEXT, offsetof(struct options, name), "NAME", "its name"},
    {"--path", FLAG_PATH, offsetof(struct options, path), "FILE", "a file"},
    {"--wait", FLAG_SECONDS, offsetof(struct options, wait_ms), "SECONDS", "how long"},
    {"--light", FLAG_ON_OFF, offsetof(struct options, is_on), "on|off", "a light"},
    {"--set", FLAG_SWITCH, offsetof(struct options, is_set), "", "a switch"},
    {"--length", FLAG_PARSED, offsetof(struct options, parsed_length), "WORD", "how long a word is"},
};

static bool
parse_length(struct arena *unused, struct text value, void *out_member, struct error *err)
{
    (void)unused;
    *(size_t *)out_member = value.length;
    return value.length < 5 || error_set(err, ERROR_INVALID, "%.*s is too long", TEXT_ARG(value));
}

static const struct flag_table table = {flags, COUNT_OF(flags), parse_length};

#define parse(OUT, ERR, ...)                                                                                 \
    parse_list(OUT, ERR, (const char *const[]){"weir", __VA_ARGS__ __VA_OPT__(, ) NULL})

static bool
parse_list(struct options *out, struct error *err, const char *const *words)
{
    char *arguments[16] = {0};
    for (size_t i = 0; words[i]; i++)
        arguments[i] = text_c_string(arena, text_of(words[i]));
    return flags_parse(arena, &table, arguments, out, err);
}

static void
expect_refused(const char *first, const char *second, const char *words)
{
    struct options options = {0};
    struct error err = {0};
    cr_assert_not(parse(&options, &err, first, second), "%s", first);
    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert_str_eq(err.message, words);
}

Test(flags, of_each_kind_fill_their_member)
{
    struct options options = {0};
    struct error err = {0};
    cr_assert(parse(&options, &err, "--name=ada", "--path=/a b", "--wait=90", "--light=on", "--set",
                    "--length=abc"),
              "%s", err.message);
    expect_text(options.name, "ada");
    cr_assert_str_eq(options.path, "/a b");
    cr_assert_eq(options.wait_ms, 90000);
    cr_assert(options.is_on && options.is_set);
    cr_assert_eq(options.parsed_length, 3);
}

Test(flags, take_their_value_after_a_blank_too)
{
    struct options options = {0};
    cr_assert(parse(&options, NULL, "--name", "ada", "--set", "--wait", "0", "--name", "--set"));
    expect_text(options.name, "--set");
    cr_assert(options.is_set);
}

Test(flags, leave_alone_what_is_not_named)
{
    struct options options = {.name = TEXT("before"), .wait_ms = 7, .is_on = true};
    cr_assert(parse_list(&options, NULL, (const char *const[]){"weir", NULL}));
    cr_assert(parse_list(&options, NULL, (const char *const[]){NULL}));
    expect_text(options.name, "before");
    cr_assert_eq(options.wait_ms, 7);
    cr_assert(options.is_on);
}

Test(flags, may_have_an_empty_value_and_one_with_an_equals_sign)
{
    struct options options = {.name = TEXT("before")};
    cr_assert(parse(&options, NULL, "--name=", "--path=a=b"));
    cr_assert_eq(options.name.length, 0);
    cr_assert_str_eq(options.path, "a=b");
}

Test(flags, the_last_of_two_counts)
{
    struct options options = {0};
    cr_assert(parse(&options, NULL, "--light=on", "--name=a", "--light=off", "--name=b"));
    cr_assert_not(options.is_on);
    expect_text(options.name, "b");
}

Test(flags, that_nobody_knows_are_refused)
{
    expect_refused("--nam=a", NULL, "--nam is not an option (see --help)");
    expect_refused("--names", NULL, "--names is not an option (see --help)");
    expect_refused("word", NULL, "word is not an option (see --help)");
    expect_refused("", NULL, " is not an option (see --help)");
}

Test(flags, without_the_value_they_need_say_which)
{
    expect_refused("--name", NULL, "--name needs a value: NAME");
    expect_refused("--set", "--wait", "--wait needs a value: SECONDS");
}

Test(flags, of_seconds_are_whole_and_at_most_a_day)
{
    struct options options = {0};
    cr_assert(parse(&options, NULL, "--wait=86400"));
    cr_assert_eq(options.wait_ms, 86400000);
    cr_assert(parse(&options, NULL, "--wait=0"));
    cr_assert_eq(options.wait_ms, 0);
    static const char *const bad[] = {"86401", "-1", "1.5", "1s", "99999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        expect_refused(
            "--wait", bad[i],
            text_c_string(arena,
                          text_format(arena, "--wait: %s is not a number of seconds up to 86400", bad[i])));
    expect_refused("--wait=", NULL, "--wait:  is not a number of seconds up to 86400");
}

Test(flags, of_on_and_off_take_nothing_else)
{
    expect_refused("--light", "On", "--light: On is neither on nor off");
    expect_refused("--light=", NULL, "--light:  is neither on nor off");
    expect_refused("--light=true", NULL, "--light: true is neither on nor off");
}

Test(flags, that_only_switch_refuse_a_value)
{
    expect_refused("--set=off", NULL, "--set takes no value");
    expect_refused("--set=", NULL, "--set takes no value");
}

Test(flags, parsed_by_the_table_tell_its_error)
{
    expect_refused("--length", "abcdef", "--length: abcdef is too long");
}

Test(flags, are_listed_in_the_help_a_line_each)
{
    struct buffer out;
    buffer_init(&out, arena, 256);
    flags_print_help(&table, &out);
    cr_assert(text_starts_with(buffer_text(&out), TEXT("  --name           NAME       its name\n  --path ")));
}
