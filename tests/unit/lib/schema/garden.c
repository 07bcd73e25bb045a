/* The definitions of garden.h's types. */
#include "tests/unit/lib/schema/garden.h"

const char *const color_names[] = {"Red", "Green", "Blue", NULL};

static void
check_garden(const void *value, struct text path, struct problem_list *problems)
{
    const struct garden *garden = value;
    if (garden->color == COLOR_RED && garden->open)
        problems_add(problems, garden->source, path, "a red garden must not be open");
}

static const struct schema_rule garden_rules[] = {
    {.cel = "self.color != 'Red' || !self.open",
     .message = "a red garden must not be open",
     .field_path = ".open"},
};

DEFINE_SCHEMA(tool, TOOL_FIELDS, "Something to dig with.");
DEFINE_SCHEMA(pump, PUMP_FIELDS, "Moves water.");
DEFINE_SCHEMA(gate, GATE_FIELDS, "Lets people in.");
DEFINE_SCHEMA(garden, GARDEN_FIELDS, "A place where things grow.", .check = check_garden,
              .rules = garden_rules, .rule_count = COUNT_OF(garden_rules));
