/* Schema to a reference page: a heading and a table of fields for every type that is reached, each once. */
#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/schema/field_openapi.h"
#include "lib/schema/field_value.h"
#include "lib/schema/schema.h"

/* The types to print, in the order in which they are met. */
struct reached {
    struct arena *arena;
    const struct schema **items;
    size_t count, capacity;
};

static void print_type(const struct schema *schema, struct buffer *out);

static void
reach(struct reached *reached, const struct schema *schema)
{
    for (size_t i = 0; i < reached->count; i++)
        if (reached->items[i] == schema)
            return;
    reached->items =
        arena_grow(reached->arena, reached->items, reached->count, &reached->capacity, sizeof(void *));
    reached->items[reached->count++] = schema;
}

void
schema_print_reference(const struct schema *schema, struct buffer *out)
{
    struct reached reached = {.arena = out->arena};
    reach(&reached, schema);
    for (size_t i = 0; i < reached.count; i++) {
        const struct schema *type = reached.items[i];
        for (size_t f = 0; f < type->field_count; f++)
            if (type->fields[f].schema)
                reach(&reached, type->fields[f].schema);
        print_type(type, out);
    }
}

/* token_limit -> TokenLimit */
static void
print_name(const char *name, struct buffer *out)
{
    bool is_start = true;
    for (; *name; name++) {
        bool is_upper = is_start && *name >= 'a' && *name <= 'z';
        if (*name != '_')
            buffer_add_byte(out, is_upper ? (char)(*name - 'a' + 'A') : *name);
        is_start = *name == '_';
    }
}

/* Text in a table's cell: a pipe would end it. */
static void
print_cell(struct text text, struct buffer *out)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] == '|')
            buffer_add_byte(out, '\\');
        buffer_add_byte(out, text.bytes[i] == '\n' ? ' ' : text.bytes[i]);
    }
}

static void
print_field_type(const struct field *field, struct buffer *out)
{
    static const char *const words[] = {
        [FIELD_TEXT] = "text",          [FIELD_INT] = "whole number",
        [FIELD_BOOL] = "true or false", [FIELD_DURATION] = "duration",
        [FIELD_MONEY] = "money (USD)",  [FIELD_TIME] = "time",
        [FIELD_ENUM] = "one of",        [FIELD_OBJECT] = "",
        [FIELD_LIST] = "list of ",      [FIELD_TEXTS] = "texts",
        [FIELD_INTS] = "whole numbers", [FIELD_TEXT_MAP] = "map of text",
        [FIELD_ANY] = "anything",
    };
    buffer_add_string(out, words[field->kind]);
    for (size_t i = 0; field->kind == FIELD_ENUM && field->names[i]; i++)
        buffer_print(out, "%s `%s`", i > 0 ? "," : "", field->names[i]);
    if (field->schema)
        print_name(field->schema->name, out);
}

/* Joins bounds with commas: writes one before everything but the first. */
static void
separate(struct buffer *out, size_t cell_start)
{
    if (out->length > cell_start)
        buffer_add_string(out, ", ");
}

static void
print_count(struct buffer *out, size_t cell_start, size_t lowest, size_t highest, const char *unit)
{
    separate(out, cell_start);
    if (lowest > 0)
        buffer_print(out, "%zu to %zu %s", lowest, highest, unit);
    else
        buffer_print(out, "at most %zu %s", highest, unit);
}

static void
print_range(const struct field *field, size_t cell_start, struct buffer *out)
{
    separate(out, cell_start);
    struct text lowest = field_print_number(out->arena, field, field->lowest);
    struct text highest = field_print_number(out->arena, field, field->highest);
    if (field->highest == INT64_MAX)
        buffer_print(out, "at least %.*s", TEXT_ARG(lowest));
    else
        buffer_print(out, "%.*s to %.*s", TEXT_ARG(lowest), TEXT_ARG(highest));
}

static void
print_bounds(const struct field *field, struct buffer *out)
{
    size_t start = out->length;
    bool is_list = field->kind == FIELD_LIST || field->kind == FIELD_TEXTS || field->kind == FIELD_INTS;
    bool is_map = field->kind == FIELD_TEXT_MAP;
    if (is_list || is_map)
        print_count(out, start, field->min_items, field_max_items(field), is_map ? "entries" : "items");
    if (field->kind == FIELD_TEXT || field->kind == FIELD_TEXTS || is_map)
        print_count(out, start, field->min_length, field_max_length(field),
                    is_list || is_map ? "bytes each" : "bytes");
    if (field->has_range)
        print_range(field, start, out);
    if (field->format) {
        separate(out, start);
        buffer_print(out, "%s, for example `%s`", field->format->name, field->format->example);
    }
    if (field->is_set || field->list_keys) {
        separate(out, start);
        buffer_print(out, "no doubles%s%s", field->list_keys ? " by " : "",
                     field->list_keys ? field->list_keys : "");
    }
    if (field->immutable) {
        separate(out, start);
        buffer_add_string(out, "cannot be changed");
    }
}

static void
print_field(const struct field *field, struct buffer *out)
{
    buffer_print(out, "| `%.*s` | ", TEXT_ARG(field->key));
    print_field_type(field, out);
    buffer_add_string(out, " | ");
    if (field->default_text)
        buffer_print(out, "`%s`", field->default_text);
    else
        buffer_add_string(out, field->required ? "required" : "");
    buffer_add_string(out, " | ");
    print_bounds(field, out);
    buffer_add_string(out, " | ");
    print_cell(field_description(out->arena, field), out);
    buffer_add_string(out, " |\n");
}

static void
print_type(const struct schema *schema, struct buffer *out)
{
    assert(schema->doc);
    buffer_add_string(out, out->length > 0 ? "\n### " : "### ");
    print_name(schema->name, out);
    buffer_print(out, "\n\n%s\n\n", schema->doc);
    buffer_add_string(out, "| field | type | default | bounds | what it does |\n");
    buffer_add_string(out, "|---|---|---|---|---|\n");
    for (size_t i = 0; i < schema->field_count; i++)
        print_field(&schema->fields[i], out);
    for (size_t i = 0; i < schema->rule_count; i++)
        buffer_print(out, "%s- %s\n", i == 0 ? "\n" : "", schema->rules[i].message);
}
