/* Cells: what readers of CSV must get back, and what a spreadsheet must not run. */
#include "lib/base/csv.h"

#include <criterion/criterion.h>

#include "lib/base/buffer.h"
#include "tests/support/arena_fixture.h"

TestSuite(csv, .init = given_arena, .fini = end_arena);

static void
expect_cell(const char *value, const char *wanted)
{
    struct buffer out;
    buffer_init(&out, arena, 16);
    csv_add_cell(&out, text_of(value));
    cr_assert(text_equals(buffer_text(&out), text_of(wanted)), "%s: %.*s", value,
              TEXT_ARG(buffer_text(&out)));
}

Test(csv, quotes_only_what_would_end_a_cell)
{
    expect_cell("gpt-4.1 mini", "gpt-4.1 mini");
    expect_cell("", "");
    expect_cell("a,b", "\"a,b\"");
    expect_cell("say \"hi\"", "\"say \"\"hi\"\"\"");
    expect_cell("two\r\nlines", "\"two\r\nlines\"");
}

Test(csv, a_formula_is_made_text)
{
    expect_cell("=1+1", "'=1+1");
    expect_cell("+1", "'+1");
    expect_cell("-1", "'-1");
    expect_cell("@SUM(A1)", "'@SUM(A1)");
    expect_cell("\t=1", "'\t=1");
    expect_cell("\r=1", "\"'\r=1\"");
    expect_cell("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
    expect_cell("a=1", "a=1");
}
