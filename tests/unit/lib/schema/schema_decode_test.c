/* Documents to structs, and everything that can be wrong with them. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/document/yaml.h"
#include "tests/unit/lib/schema/garden.h"

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

TestSuite(schema_decode, .init = start, .fini = end);

static bool
decode(const char *yaml, struct garden *out)
{
    struct document_list documents = {0};
    cr_assert(yaml_parse(arena, text_of(yaml), TEXT("g.yaml"), &documents, NULL), "%s", yaml);
    return schema_decode(arena, &garden_schema, documents.count ? documents.items[0] : NULL, TEXT("spec"),
                         out, &problems);
}

static struct garden
given(const char *yaml)
{
    struct garden garden;
    bool is_valid = decode(yaml, &garden);
    cr_assert(is_valid, "%s", is_valid ? "" : text_c_string(arena, problem_line(arena, &problems.items[0])));
    return garden;
}

/* The YAML has exactly this problem, said like this. */
static void
expect_problem(const char *yaml, const char *line)
{
    struct garden garden;
    problems_init(&problems, arena);
    cr_assert_not(decode(yaml, &garden), "accepted: %s", yaml);
    cr_assert_eq(problems.count, 1u);
    cr_assert_str_eq(text_c_string(arena, problem_line(arena, &problems.items[0])), line);
}

static bool
is(struct text text, const char *expected)
{
    return text_equals(text, text_of(expected));
}

Test(schema_decode, fills_every_kind_of_field)
{
    struct garden garden =
        given("owner: ada\narea: 12\nopen: true\ncolor: Blue\nsince: 2026-11-22T14:03:11Z\n"
              "pump: {every: 90s, price: '12.50', running: false}\ngate: {key: k}\n"
              "tools: [{name: fork}, {name: hoe, count: 3}]\nplants: [rose, ivy]\nbeds: [7, 2]\n"
              "stores: {seed: 2, water: 5Gi}\nnotes: {x: [1]}\n");

    cr_assert(is(garden.owner, "ada"));
    cr_assert_eq(garden.area, 12);
    cr_assert(garden.open);
    cr_assert_eq(garden.color, COLOR_BLUE);
    cr_assert_eq(garden.since, 1795356191000);
    cr_assert_eq(garden.pump.every, 90000);
    cr_assert_eq(garden.pump.price, 12500000000);
    cr_assert_not(garden.pump.on);
    cr_assert_not_null(garden.pump.source);
    cr_assert_eq(garden.tools.count, 2u);
    cr_assert(is(garden.tools.items[0].name, "fork"));
    cr_assert_eq(garden.tools.items[0].count, 1);
    cr_assert_eq(garden.tools.items[1].count, 3);
    cr_assert_eq(garden.plants.count, 2u);
    cr_assert_eq(garden.beds.items[0], 7);
    cr_assert(is(text_pair_list_find(&garden.stores, TEXT("seed")), "2"));
    cr_assert(is(text_pair_list_find(&garden.stores, TEXT("water")), "5Gi"));
    cr_assert(text_is_empty(text_pair_list_find(&garden.stores, TEXT("sand"))));
    cr_assert_eq(document_count(garden.notes), 1u);
    cr_assert_eq(document_place(garden.tools.items[1].source).line, 8);
}

Test(schema_decode, reads_what_is_absent_as_its_default_or_as_unset)
{
    struct garden garden = given("owner: ada\nplants: null\n");

    cr_assert_eq(garden.area, FIELD_UNSET);
    cr_assert_not(garden.open);
    cr_assert_eq(garden.color, COLOR_GREEN);
    cr_assert_eq(garden.since, FIELD_UNSET);
    cr_assert_eq(garden.pump.every, 300000);
    cr_assert_eq(garden.pump.price, FIELD_UNSET);
    cr_assert(garden.pump.on);
    cr_assert_null(garden.pump.source);
    cr_assert_null(garden.gate.source);
    cr_assert_eq(garden.plants.count, 0u);
    cr_assert_null(garden.notes);
}

Test(schema_decode, reports_every_problem_at_once_in_the_order_of_the_file)
{
    struct garden garden;
    cr_assert_not(decode("plants: [rose, tulips]\nare: 5\ncolor: Pink\ntools: [{count: 0}]\n", &garden));

    static const char *const lines[] = {
        "g.yaml:1:1: error: spec.owner: required field is missing (Who answers for it.)",
        "g.yaml:1:16: error: spec.plants[1]: is 6 bytes long; at most 5 are allowed",
        "g.yaml:2:1: error: spec.are: unknown field (did you mean area?)",
        "g.yaml:3:8: error: spec.color: \"Pink\" is not one of Red, Green, Blue",
        "g.yaml:4:9: error: spec.tools[0].name: required field is missing (What it is called.)",
        "g.yaml:4:17: error: spec.tools[0].count: 0 is not between 1 and 9",
    };
    cr_assert_eq(problems.count, COUNT_OF(lines));
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        cr_assert_str_eq(text_c_string(arena, problem_line(arena, &problems.items[i])), lines[i]);
    cr_assert(is(garden.plants.items[0], "rose"));
}

Test(schema_decode, never_turns_text_into_numbers_or_numbers_into_text)
{
    expect_problem("owner: 5", "g.yaml:1:8: error: spec.owner: must be text; 5 without quotes is a number "
                               "(write it in quotes: \"5\")");
    expect_problem("owner: true",
                   "g.yaml:1:8: error: spec.owner: must be text; true without quotes is true or false "
                   "(write it in quotes: \"true\")");
    expect_problem("owner: a\narea: '5'",
                   "g.yaml:2:7: error: spec.area: \"5\" is text; a whole number is needed "
                   "(write the number without quotes)");
    expect_problem("owner: a\narea: 1.5",
                   "g.yaml:2:7: error: spec.area: 1.5 is not a whole number (write digits only)");
    expect_problem("owner: a\narea: 9223372036854775808",
                   "g.yaml:2:7: error: spec.area: 9223372036854775808 is too large");
    expect_problem("owner: a\nopen: 'yes'", "g.yaml:2:7: error: spec.open: \"yes\" is not true or false");
    expect_problem("owner: a\nopen: 'true'",
                   "g.yaml:2:7: error: spec.open: \"true\" is not true or false (write it without quotes)");
    expect_problem(
        "owner: a\npump: {price: 12.5}",
        "g.yaml:2:15: error: spec.pump.price: 12.5 is a number; this is written as text, a decimal amount "
        "(example: \"12.50\") (write it in quotes: \"12.5\")");
}

Test(schema_decode, says_what_kind_of_value_belongs_there)
{
    expect_problem("owner: [a]", "g.yaml:1:8: error: spec.owner: must be text, not a list");
    expect_problem("owner: a\npump: x", "g.yaml:2:7: error: spec.pump: must be a map of fields, not text");
    expect_problem("owner: a\ntools: {}", "g.yaml:2:8: error: spec.tools: must be a list, not a map");
    expect_problem("owner: a\ntools: [x]",
                   "g.yaml:2:9: error: spec.tools[0]: must be a map of fields, not text");
    expect_problem("owner: a\nstores: []", "g.yaml:2:9: error: spec.stores: must be a map, not a list");
    expect_problem("owner: a\narea: {}", "g.yaml:2:7: error: spec.area: must be a whole number, not a map");
    expect_problem("owner: a\ncolor: []", "g.yaml:2:8: error: spec.color: must be one word, not a list");
    expect_problem("[]", "g.yaml:1:1: error: spec: must be a map of fields, not a list");
}

Test(schema_decode, checks_written_forms_and_ranges)
{
    expect_problem(
        "owner: a\npump: {price: 12.5.0}",
        "g.yaml:2:15: error: spec.pump.price: \"12.5.0\" is not a decimal amount (example: \"12.50\")");
    expect_problem("owner: a\npump: {price: '0.001'}",
                   "g.yaml:2:15: error: spec.pump.price: 0.001 is not between 0.01 and 100.00");
    expect_problem("owner: a\npump: {every: 2h}",
                   "g.yaml:2:15: error: spec.pump.every: 2h is not between 1s and 1h");
    expect_problem("owner: a\npump: {every: fast}",
                   "g.yaml:2:15: error: spec.pump.every: \"fast\" is not a duration (example: \"1m30s\")");
    expect_problem(
        "owner: a\nsince: today",
        "g.yaml:2:8: error: spec.since: \"today\" is not a time (example: \"2026-11-22T14:03:11Z\")");
    expect_problem("owner: a\narea: -1", "g.yaml:2:7: error: spec.area: -1 is below 0, the lowest allowed");
    expect_problem(
        "owner: a\ntools: [{name: A_b}]",
        "g.yaml:2:16: error: spec.tools[0].name: \"A_b\" is not a DNS label (example: \"team-a\")");
    expect_problem("owner: a\nstores: {seed: 5X}",
                   "g.yaml:2:16: error: spec.stores.seed: \"5X\" is not a quantity (example: \"500m\")");
    expect_problem("owner: a\nstores: {seed: 0.5}",
                   "g.yaml:2:16: error: spec.stores.seed: must be text; 0.5 without "
                   "quotes is a number (write it in quotes: \"0.5\")");
    expect_problem("owner: ''", "g.yaml:1:8: error: spec.owner: must not be empty");
    expect_problem("owner: \"a\\0b\"", "g.yaml:1:8: error: spec.owner: contains a NUL character");
}

Test(schema_decode, bounds_lists_and_refuses_doubles)
{
    expect_problem("owner: a\nplants: [a, b, c, d]",
                   "g.yaml:2:9: error: spec.plants: has 4 items; at most 3 are allowed");
    expect_problem("owner: a\nbeds: []", "g.yaml:2:7: error: spec.beds: must not be empty");
    expect_problem("owner: a\nplants: [a, b, a]",
                   "g.yaml:2:16: error: spec.plants[2]: \"a\" is listed twice");
    expect_problem("owner: a\nbeds: [1, 1]", "g.yaml:2:11: error: spec.beds[1]: 1 is listed twice");
    expect_problem("owner: a\nbeds: [100]", "g.yaml:2:8: error: spec.beds[0]: 100 is not between 1 and 99");
    expect_problem("owner: a\ntools: [{name: a}, {name: b}, {name: a}]",
                   "g.yaml:2:31: error: spec.tools[2]: has the same name as item 0 of the list");
}

Test(schema_decode, suggests_what_was_probably_meant)
{
    expect_problem("owner: a\nplantz: []",
                   "g.yaml:2:1: error: spec.plantz: unknown field (did you mean plants?)");
    expect_problem(
        "owner: a\ncolor: blu",
        "g.yaml:2:8: error: spec.color: \"blu\" is not one of Red, Green, Blue (did you mean Blue?)");
    expect_problem("owner: a\nOPEN: true",
                   "g.yaml:2:1: error: spec.OPEN: unknown field (did you mean open?)");
    expect_problem("owner: a\nxyz: 1", "g.yaml:2:1: error: spec.xyz: unknown field");
    expect_problem("owner: a\npump: {zzzz: 1}",
                   "g.yaml:2:8: error: spec.pump.zzzz: unknown field (allowed here: every, price, running)");
}

Test(schema_decode, names_what_does_nothing_here_and_refuses_what_would_promise_too_much)
{
    given("owner: a\nrobot: x\nshade: z\ngnome: v\n");
    cr_assert_eq(problems.count, 3u);
    cr_assert_eq(problems.items[0].level, PROBLEM_NOTICE);
    cr_assert_str_eq(text_c_string(arena, problem_line(arena, &problems.items[0])),
                     "g.yaml:2:1: notice: spec.robot: has no effect yet: nobody has built it");
    cr_assert_str_eq(text_c_string(arena, problem_line(arena, &problems.items[1])),
                     "g.yaml:3:1: notice: spec.shade: takes effect only in a cluster: a laptop has no sun");
    cr_assert_eq(problems.items[2].level, PROBLEM_NOTICE);
    cr_assert_str_eq(text_c_string(arena, problem_line(arena, &problems.items[2])),
                     "g.yaml:4:1: notice: spec.gnome: takes effect only with a ledger: nobody else counts");

    expect_problem(
        "owner: a\nfence: false",
        "g.yaml:2:1: error: spec.fence: is not enforced yet, so it is refused: nothing holds it up");
}

Test(schema_decode, does_not_refuse_a_default_that_a_cluster_has_written_out)
{
    given("owner: a\nmoat: false\n");
    cr_assert_eq(problems.count, 0u);
    expect_problem("owner: a\nmoat: true",
                   "g.yaml:2:1: error: spec.moat: is not enforced yet, so it is refused: there is no water");
}

Test(schema_decode, checks_rules_between_fields_once_the_fields_are_right)
{
    expect_problem("owner: a\ncolor: Red\nopen: true",
                   "g.yaml:1:1: error: spec: a red garden must not be open");
    expect_problem("owner: 5\ncolor: Red\nopen: true",
                   "g.yaml:1:8: error: spec.owner: must be text; 5 without quotes "
                   "is a number (write it in quotes: \"5\")");
}

Test(schema_decode, demands_what_is_required_only_in_objects_that_are_there)
{
    given("owner: a\n");
    expect_problem("owner: a\ngate: {}",
                   "g.yaml:2:7: error: spec.gate.key: required field is missing (Which key opens it.)");
    expect_problem("", "error: spec.owner: required field is missing (Who answers for it.)");
}

Test(schema_decode, keeps_the_first_problems_and_counts_the_rest)
{
    struct buffer yaml;
    buffer_init(&yaml, arena, 0);
    buffer_add_string(&yaml, "owner: a\n");
    for (int i = 0; i < 300; i++)
        buffer_print(&yaml, "field%d: 1\n", i);
    buffer_add_byte(&yaml, '\0');
    struct garden garden;

    cr_assert_not(decode(yaml.bytes, &garden));
    cr_assert_eq(problems.count, (size_t)PROBLEMS_MAX);
    cr_assert_eq(problems.error_count, 300u);
    cr_assert_eq(problems.left_out, 200u);
}

Test(schema_decode, quotes_long_values_only_in_part)
{
    expect_problem(
        "owner: a\ncolor: 'caf\xc3\xa9 - "
        "01234567890123456789012345678901234567890123456789012345678901234'",
        "g.yaml:2:8: error: spec.color: \"caf\xc3\xa9 - "
        "01234567890123456789012345678901234567890123456789012345\"... is not one of Red, Green, Blue");
}
