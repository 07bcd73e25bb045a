/* Lines of a file: what counts as one, the bound, and the memory it takes. */
#include <criterion/criterion.h>
#include <fcntl.h>

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/line_reader.h"
#include "tests/support/arena_fixture.h"

TestSuite(line_reader, .init = given_arena, .fini = end_arena);

static struct line_reader *
given_lines(struct text bytes, size_t max_line_bytes)
{
    char path[] = "/tmp/weir-lines-XXXXXX";
    struct line_reader *reader = NULL;
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, bytes.bytes, bytes.length) == (ssize_t)bytes.length);
    close(fd);
    cr_assert(line_reader_open(arena, path, max_line_bytes, &reader, NULL));
    unlink(path);
    return reader;
}

static void
expect_line(struct line_reader *reader, struct line expected)
{
    struct line line;
    cr_assert(line_reader_next(reader, &line, NULL));
    cr_expect_eq(line.number, expected.number);
    cr_expect(text_equals(line.text, expected.text), "line %d: %.*s", (int)line.number, TEXT_ARG(line.text));
    cr_expect_eq(line.is_too_long, expected.is_too_long);
    cr_expect_eq(line.is_cut, expected.is_cut);
    cr_expect_eq(line.end, expected.end);
}

static void
expect_end(struct line_reader *reader)
{
    struct line line;
    struct error err = {0};
    cr_assert_not(line_reader_next(reader, &line, &err));
    cr_expect_eq(err.kind, ERROR_NONE);
}

Test(line_reader, counts_empty_lines_and_says_when_the_last_one_has_no_end)
{
    struct line_reader *reader = given_lines(TEXT("a\n\nbc"), 100);

    expect_line(reader, (struct line){.number = 1, .text = TEXT("a"), .end = 2});
    expect_line(reader, (struct line){.number = 2, .end = 3});
    expect_line(reader, (struct line){.number = 3, .text = TEXT("bc"), .is_cut = true, .end = 5});
    expect_end(reader);
}

Test(line_reader, takes_a_line_of_exactly_the_bound_and_passes_over_a_longer_one)
{
    struct line_reader *reader = given_lines(TEXT("12345\n123456\n12345\n"), 5);

    expect_line(reader, (struct line){.number = 1, .text = TEXT("12345"), .end = 6});
    expect_line(reader, (struct line){.number = 2, .text = TEXT("123456"), .is_too_long = true, .end = 13});
    expect_line(reader, (struct line){.number = 3, .text = TEXT("12345"), .end = 19});
    expect_end(reader);
}

Test(line_reader, passes_over_a_line_of_many_reads_in_little_memory)
{
    size_t length = 16 * 1024 * 1024;
    struct arena *large = arena_new(0);
    char *bytes = arena_alloc(large, length + 7);
    memset(bytes, 'x', length);
    memcpy(bytes + length, "\nshort", 6);
    size_t before = arena_size_bytes(arena);

    struct line_reader *reader = given_lines((struct text){bytes, length + 6}, 200000);

    struct line line;
    cr_assert(line_reader_next(reader, &line, NULL) && line.is_too_long);
    expect_line(reader, (struct line){.number = 2, .text = TEXT("short"), .is_cut = true, .end = length + 6});
    expect_end(reader);
    cr_expect_lt(arena_size_bytes(arena) - before, 1024 * 1024);
    arena_free(large);
}

Test(line_reader, says_that_a_file_is_not_there)
{
    struct line_reader *reader = NULL;
    struct error err = {0};

    cr_assert_not(line_reader_open(arena, "/nonexistent/lines", 100, &reader, &err));

    cr_expect_eq(err.kind, ERROR_NOT_FOUND);
}
