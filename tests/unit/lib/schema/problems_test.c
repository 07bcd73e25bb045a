/* Collecting problems and showing them. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/document/document_build.h"
#include "lib/schema/problems.h"

static struct arena *arena;
static struct problem_list problems;

static void
start(void)
{
    arena = arena_new(0);
    problems_init(&problems, arena);
}

static void
end(void)
{
    arena_free(arena);
}

TestSuite(problems, .init = start, .fini = end);

static struct document *
node_at(int line, int column)
{
    struct document *node = document_new_text(arena, TEXT("abc"));
    document_set_place(node, (struct document_place){TEXT("a.yaml"), line, column});
    return node;
}

static const char *
printed(const struct problem *problem, const char *source)
{
    struct buffer out;
    buffer_init(&out, arena, 0);
    problem_print(problem, text_of(source), &out);
    return text_c_string(arena, buffer_text(&out));
}

Test(problems, are_shown_with_their_line_and_what_was_meant)
{
    struct problem problem = {
        .level = PROBLEM_ERROR,
        .place = {TEXT("examples/broken.yaml"), 3, 5},
        .path = TEXT("spec.requestsPerMinut"),
        .message = TEXT("unknown field"),
        .hint = TEXT("did you mean requestsPerMinute?"),
        .width = 16,
    };

    cr_assert_str_eq(printed(&problem, "spec:\n  x:\n    requestsPerMinut: 100\n"),
                     "examples/broken.yaml:3:5: error: spec.requestsPerMinut: unknown field\n"
                     "    3 |     requestsPerMinut: 100\n"
                     "      |     ^~~~~~~~~~~~~~~~ did you mean requestsPerMinute?\n");
    cr_assert_str_eq(printed(&problem, NULL),
                     "examples/broken.yaml:3:5: error: spec.requestsPerMinut: unknown field "
                     "(did you mean requestsPerMinute?)\n");
}

Test(problems, underline_the_quotes_of_a_value_and_never_beyond_the_line)
{
    problems_add(&problems, node_at(1, 8), TEXT("caf\xc3\xa9"), "is wrong");

    cr_assert_str_eq(printed(&problems.items[0], "caf\xc3\xa9: \t\"abc\"\r\n"),
                     "a.yaml:1:8: error: caf\xc3\xa9: is wrong\n"
                     "    1 | caf\xc3\xa9:  \"abc\"\n"
                     "      |        ^~~~~\n");
    cr_assert_str_eq(printed(&problems.items[0], "caf\xc3\xa9: ab"),
                     "a.yaml:1:8: error: caf\xc3\xa9: is wrong\n"
                     "    1 | caf\xc3\xa9: ab\n"
                     "      |        ^\n");
    cr_assert_str_eq(printed(&problems.items[0], "x"), "a.yaml:1:8: error: caf\xc3\xa9: is wrong\n"
                                                       "    1 | x\n"
                                                       "      |  ^\n");
}

Test(problems, show_a_window_of_a_long_line)
{
    struct buffer source;
    buffer_init(&source, arena, 0);
    for (int i = 0; i < 50; i++)
        buffer_add_string(&source, "0123456789");
    buffer_add_byte(&source, '\0');
    problems_add(&problems, node_at(1, 301), TEXT("x"), "is wrong");

    const char *shown = printed(&problems.items[0], source.bytes);
    cr_assert_lt(strlen(shown), 250u);
    cr_assert_not_null(
        strstr(shown, "\n      |                                                             ^~~\n"));
}

Test(problems, without_a_place_are_one_line)
{
    problems_add(&problems, NULL, TEXT("spec.owner"), "%s is missing", "it");

    cr_assert_str_eq(printed(&problems.items[0], "x: 1"), "error: spec.owner: it is missing\n");
}

Test(problems, of_notices_never_crowd_errors_out)
{
    for (int i = 0; i < 2 * PROBLEMS_MAX; i++)
        problems_add_notice(&problems, NULL, TEXT("a"), "does nothing yet");
    problems_add(&problems, NULL, TEXT("b"), "is wrong");

    cr_assert_eq(problems.error_count, 1u);
    cr_assert_eq(problems.items[problems.count - 1].level, PROBLEM_ERROR);
    cr_assert_eq(problems.left_out, 2u * PROBLEMS_MAX - (problems.count - 1));
}

Test(problems, are_sorted_by_place_and_keep_their_order_where_equal)
{
    problems_add(&problems, node_at(9, 9), TEXT("before"), "m");
    problems_add(&problems, node_at(2, 5), TEXT("c"), "m");
    problems_add(&problems, node_at(1, 7), TEXT("a"), "m");
    problems_add(&problems, node_at(2, 5), TEXT("d"), "m");
    problems_add(&problems, node_at(2, 1), TEXT("b"), "m");

    problems_sort_from(&problems, 1);

    static const char *const expected[] = {"before", "a", "b", "c", "d"};
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        cr_assert(text_equals(problems.items[i].path, text_of(expected[i])));
}
