/* A column for each field. */
#include "api/server/rest/rest_csv.h"

#include <criterion/criterion.h>

#include "api/types/usage_report.h"
#include "lib/base/buffer.h"
#include "tests/support/arena_fixture.h"

TestSuite(rest_csv, .init = given_arena, .fini = end_arena);

Test(rest_csv, has_a_column_for_each_field_and_defaults_where_nothing_is_said)
{
    struct usage_sum sum;
    struct buffer out;
    schema_set_defaults(&usage_sum_schema, &sum);
    sum.calls = 3;
    sum.cost = 1500000000;
    sum.caller = TEXT("=ada");
    buffer_init(&out, arena, 256);
    rest_csv_add_heading(&out, &usage_sum_schema);
    rest_csv_add_row(&out, &usage_sum_schema,
                     schema_encode(arena, &usage_sum_schema, &sum, SCHEMA_ENCODE_PLAIN));
    struct text rest = buffer_text(&out), heading = text_cut(&rest, '\n'), row = text_cut(&rest, '\n');
    cr_assert(text_starts_with(heading, TEXT("workspace,environment,team,caller,")));
    cr_assert(text_equals(row, TEXT(",,,'=ada,,,,,,3,0,0,1.50,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,,,,\r")),
              "%.*s", TEXT_ARG(row));
    cr_assert(text_is_empty(rest));
}

Test(rest_csv, has_a_minus_before_money_as_it_is)
{
    struct usage_move move;
    struct buffer out;
    schema_set_defaults(&usage_move_schema, &move);
    move.caller = TEXT("-1+2");
    move.cost_before = 500000000;
    move.cost = move.calls = move.calls_before = 0;
    move.difference = TEXT("-0.50");
    buffer_init(&out, arena, 256);
    rest_csv_add_row(&out, &usage_move_schema,
                     schema_encode(arena, &usage_move_schema, &move, SCHEMA_ENCODE_PLAIN));
    cr_assert(text_equals(buffer_text(&out), TEXT(",,,'-1+2,,,,,,0,0,0.00,0.50,-0.50,,,\r\n")), "%.*s",
              TEXT_ARG(buffer_text(&out)));
}
