/* Schemas to what a cluster checks, and to what people read. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/document/json.h"
#include "tests/unit/lib/schema/garden.h"

static struct arena *arena;

static void
start(void)
{
    arena = arena_new(0);
}

static void
end(void)
{
    arena_free(arena);
}

TestSuite(schema_openapi, .init = start, .fini = end);

/* The garden's schema has this JSON under the path. */
static void
expect(const char *path, const char *json)
{
    struct buffer out;
    buffer_init(&out, arena, 0);
    json_print(document_get(schema_openapi(arena, &garden_schema), path), &out);
    cr_assert_str_eq(text_c_string(arena, buffer_text(&out)), json);
}

Test(schema_openapi, describes_text_numbers_and_words)
{
    expect("properties.owner", "{\"description\":\"Who answers for it.\",\"type\":\"string\",\"minLength\":1,"
                               "\"maxLength\":253}");
    expect("properties.area",
           "{\"description\":\"Square metres.\",\"type\":\"integer\",\"format\":\"int64\",\"minimum\":0}");
    expect("properties.open", "{\"description\":\"Whether people may come in.\",\"type\":\"boolean\"}");
    expect("properties.color", "{\"description\":\"Of the fence.\",\"type\":\"string\","
                               "\"enum\":[\"Red\",\"Green\",\"Blue\"],\"default\":\"Green\"}");
    expect("properties.since",
           "{\"description\":\"When it began.\",\"type\":\"string\",\"format\":\"date-time\","
           "\"maxLength\":40}");
    expect("properties.pump.properties.price",
           "{\"description\":\"What an hour costs. At least 0.01, at most 100.00.\",\"type\":\"string\","
           "\"maxLength\":20,\"pattern\":\"^(0|[1-9][0-9]{0,9})(\\\\.[0-9]{1,9})?$\"}");
    expect("properties.pump.properties.every",
           "{\"description\":\"How often.\",\"type\":\"string\",\"maxLength\":32,"
           "\"pattern\":\"^([0-9]+(\\\\.[0-9]+)?(ns|us|ms|s|m|h))+$\",\"default\":\"5m\","
           "\"x-kubernetes-validations\":[{\"rule\":\"duration(self) >= duration('1s') && "
           "duration(self) <= duration('1h')\",\"message\":\"must be between 1s and 1h\"}]}");
}

Test(schema_openapi, bounds_and_keys_lists)
{
    expect("properties.plants",
           "{\"description\":\"What grows.\",\"type\":\"array\",\"maxItems\":3,"
           "\"x-kubernetes-list-type\":\"set\",\"items\":{\"type\":\"string\",\"maxLength\":5}}");
    expect("properties.beds",
           "{\"description\":\"Numbers of the beds.\",\"type\":\"array\",\"minItems\":1,\"maxItems\":64,"
           "\"x-kubernetes-list-type\":\"set\",\"items\":{\"type\":\"integer\",\"format\":\"int64\","
           "\"minimum\":1,\"maximum\":99}}");
    expect("properties.tools.x-kubernetes-list-type", "\"map\"");
    expect("properties.tools.x-kubernetes-list-map-keys", "[\"name\"]");
    expect("properties.tools.items.required", "[\"name\"]");
    expect("properties.tools.items.properties.name.pattern", "\"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$\"");
    expect("properties.codes.x-kubernetes-list-type", "\"atomic\"");
}

Test(schema_openapi, lets_maps_hold_text_or_whole_numbers)
{
    expect("properties.safes",
           "{\"description\":\"What is locked away.\",\"type\":\"object\",\"maxProperties\":64,"
           "\"additionalProperties\":{\"x-kubernetes-int-or-string\":true,\"maxLength\":253}}");
    expect("properties.notes",
           "{\"description\":\"Whatever.\",\"x-kubernetes-preserve-unknown-fields\":true}");
}

Test(schema_openapi, gives_an_object_with_defaults_inside_an_empty_default)
{
    expect("properties.pump.default", "{}");
    expect("properties.pump.type", "\"object\"");
    expect("properties.pump.description", "\"What waters it.\"");
    expect("properties.gate.default", "null");
}

Test(schema_openapi, carries_rules_of_types_and_of_fields)
{
    expect("required", "[\"owner\"]");
    expect("x-kubernetes-validations", "[{\"rule\":\"self.color != 'Red' || !self.open\",\"message\":"
                                       "\"a red garden must not be open\",\"fieldPath\":\".open\"}]");
    expect("properties.gate.properties.key.x-kubernetes-validations",
           "[{\"rule\":\"self == oldSelf\",\"message\":\"key cannot be changed once set\"}]");
}

Test(schema_openapi, says_what_does_not_work_yet)
{
    expect("properties.robot.description", "\"Who mows. Has no effect yet: nobody has built it.\"");
    expect("properties.gnome.description",
           "\"Who watches. Takes effect only with a ledger: nobody else counts.\"");
    expect("properties.shade.description",
           "\"Where it is dark. Takes effect only in a cluster: a laptop has no sun.\"");
    expect("properties.fence.description",
           "\"Keeps deer out. Refused until it is enforced: nothing holds it up.\"");
}

/* Structural (KEP-2335) and bounded: a type on every node, every text, list and map with its maximum. */
static void
expect_structural(const struct document *node)
{
    struct text type = document_text(document_find(node, TEXT("type")));
    bool is_typed = !text_is_empty(type) || document_find(node, TEXT("x-kubernetes-int-or-string")) ||
                    document_find(node, TEXT("x-kubernetes-preserve-unknown-fields"));
    cr_assert(is_typed);
    if (text_equals(type, TEXT("string")))
        cr_assert(document_find(node, TEXT("maxLength")) || document_find(node, TEXT("enum")));
    if (text_equals(type, TEXT("array"))) {
        cr_assert_not_null(document_find(node, TEXT("maxItems")));
        expect_structural(document_find(node, TEXT("items")));
    }
    const struct document *values = document_find(node, TEXT("additionalProperties"));
    if (values) {
        cr_assert_not_null(document_find(node, TEXT("maxProperties")));
        expect_structural(values);
    }
    const struct document *properties = document_find(node, TEXT("properties"));
    for (size_t i = 0; i < document_count(properties); i++) {
        const struct document *property = document_value_at(properties, i);
        cr_assert_gt(document_text(document_find(property, TEXT("description"))).length, 0u);
        expect_structural(property);
    }
}

Test(schema_openapi, is_structural_and_bounded_everywhere)
{
    expect_structural(schema_openapi(arena, &garden_schema));
}

Test(schema_openapi, has_a_reference_page_with_every_type_once)
{
    struct buffer out;
    buffer_init(&out, arena, 0);
    schema_print_reference(&garden_schema, &out);
    const char *page = text_c_string(arena, buffer_text(&out));

    cr_assert_eq(strncmp(page, "### Garden\n\nA place where things grow.\n\n| field |", 49), 0);
    cr_assert_not_null(
        strstr(page, "| `owner` | text | required | 1 to 253 bytes | Who answers for it. |\n"));
    cr_assert_not_null(
        strstr(page, "| `color` | one of `Red`, `Green`, `Blue` | `Green` |  | Of the fence. |\n"));
    cr_assert_not_null(strstr(
        page,
        "| `tools` | list of Tool |  | at most 4 items, no doubles by name | What hangs in the shed. |\n"));
    cr_assert_not_null(strstr(page, "| `every` | duration | `5m` | 1s to 1h | How often. |\n"));
    cr_assert_not_null(strstr(page, "| `key` | text | required | at most 253 bytes, cannot be changed | "));
    cr_assert_not_null(strstr(page, "\n### Tool\n\nSomething to dig with.\n"));
    cr_assert_not_null(strstr(page, "\n- a red garden must not be open\n"));
    cr_assert_null(strstr(strstr(page, "### Tool") + 1, "### Tool"));
}
