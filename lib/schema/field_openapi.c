/* One field as an OpenAPI property of a structural schema.
 *
 * What a cluster can check by value it checks by bounds and patterns; a DURATION's range is a CEL rule; a
 * MONEY's range is only said in words, because CEL has no exact decimals. */
#include "lib/schema/field_openapi.h"

#include <assert.h>

#include "lib/document/document_build.h"
#include "lib/schema/field_value.h"

#define DURATION_PATTERN "^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+$"
#define MONEY_PATTERN "^(0|[1-9][0-9]{0,9})(\\.[0-9]{1,9})?$"
#define DURATION_MAX_LENGTH 32
#define MONEY_MAX_LENGTH 20
#define TIME_MAX_LENGTH 40

static void describe_value(struct arena *arena, const struct field *field, struct document *property);
static void add_default(struct arena *arena, const struct field *field, struct document *property);
static void add_rules(struct arena *arena, const struct field *field, struct document *property);

struct document *
field_openapi(struct arena *arena, const struct field *field)
{
    /* An object brings the description of its type; the field's own says what it is for here. */
    bool is_object = field->kind == FIELD_OBJECT;
    struct document *property = is_object ? schema_openapi(arena, field->schema) : document_new_map(arena);
    document_set_text(property, "description", field_description(arena, field));
    describe_value(arena, field, property);
    add_default(arena, field, property);
    add_rules(arena, field, property);
    return property;
}

static void
set_size(struct document *property, const char *key, size_t size)
{
    if (size > 0)
        document_set_int(property, key, (int64_t)size);
}

static void
describe_text(const struct field *field, struct document *property)
{
    document_set_text(property, "type", TEXT("string"));
    set_size(property, "minLength", field->min_length);
    set_size(property, "maxLength", field_max_length(field));
    if (field->format)
        document_set_text(property, "pattern", text_of(field->format->pattern));
}

static void
describe_pattern(struct document *property, const char *pattern, size_t max_length)
{
    document_set_text(property, "type", TEXT("string"));
    set_size(property, "maxLength", max_length);
    document_set_text(property, "pattern", text_of(pattern));
}

static void
describe_time(struct document *property)
{
    document_set_text(property, "type", TEXT("string"));
    document_set_text(property, "format", TEXT("date-time"));
    set_size(property, "maxLength", TIME_MAX_LENGTH);
}

static void
describe_int(const struct field *field, struct document *property)
{
    document_set_text(property, "type", TEXT("integer"));
    document_set_text(property, "format", TEXT("int64"));
    if (!field->has_range)
        return;
    document_set_int(property, "minimum", field->lowest);
    if (field->highest != INT64_MAX)
        document_set_int(property, "maximum", field->highest);
}

static void
describe_enum(struct arena *arena, const struct field *field, struct document *property)
{
    struct document *words = document_new_list(arena);
    for (size_t i = 0; field->names[i]; i++)
        document_append(words, document_new_text(arena, text_of(field->names[i])));
    document_set_text(property, "type", TEXT("string"));
    document_set(property, TEXT("enum"), words);
}

static void
describe_list_keys(struct arena *arena, const struct field *field, struct document *property)
{
    struct document *keys = document_new_list(arena);
    struct text rest = text_of(field->list_keys);
    while (rest.bytes) {
        struct text key = text_cut(&rest, ',');
        const struct field *key_field = schema_find_field(field->schema, key);
        assert(key_field && (key_field->required || key_field->default_text)); /* a cluster demands it */
        document_append(keys, document_new_text(arena, key));
    }
    document_set_text(property, "x-kubernetes-list-type", TEXT("map"));
    document_set(property, TEXT("x-kubernetes-list-map-keys"), keys);
}

static void
describe_list(struct arena *arena, const struct field *field, struct document *property)
{
    struct document *items =
        field->kind == FIELD_LIST ? schema_openapi(arena, field->schema) : document_new_map(arena);
    if (field->kind == FIELD_TEXTS)
        describe_text(field, items);
    else if (field->kind == FIELD_INTS)
        describe_int(field, items);

    document_set_text(property, "type", TEXT("array"));
    set_size(property, "minItems", field->min_items);
    set_size(property, "maxItems", field_max_items(field));
    if (field->list_keys)
        describe_list_keys(arena, field, property);
    else
        document_set_text(property, "x-kubernetes-list-type", field->is_set ? TEXT("set") : TEXT("atomic"));
    document_set(property, TEXT("items"), items);
}

static void
describe_text_map(struct arena *arena, const struct field *field, struct document *property)
{
    struct document *value = document_new_map(arena);
    document_set_bool(value, "x-kubernetes-int-or-string", true);
    set_size(value, "maxLength", field_max_length(field));
    if (field->format)
        document_set_text(value, "pattern", text_of(field->format->pattern));
    document_set_text(property, "type", TEXT("object"));
    set_size(property, "minProperties", field->min_items);
    set_size(property, "maxProperties", field_max_items(field));
    document_set(property, TEXT("additionalProperties"), value);
}

static void
describe_value(struct arena *arena, const struct field *field, struct document *property)
{
    switch (field->kind) {
    case FIELD_TEXT:
        describe_text(field, property);
        break;
    case FIELD_INT:
        describe_int(field, property);
        break;
    case FIELD_BOOL:
        document_set_text(property, "type", TEXT("boolean"));
        break;
    case FIELD_DURATION:
        describe_pattern(property, DURATION_PATTERN, DURATION_MAX_LENGTH);
        break;
    case FIELD_MONEY:
        describe_pattern(property, MONEY_PATTERN, MONEY_MAX_LENGTH);
        break;
    case FIELD_TIME:
        describe_time(property);
        break;
    case FIELD_ENUM:
        describe_enum(arena, field, property);
        break;
    case FIELD_LIST:
    case FIELD_TEXTS:
    case FIELD_INTS:
        describe_list(arena, field, property);
        break;
    case FIELD_TEXT_MAP:
        describe_text_map(arena, field, property);
        break;
    case FIELD_ANY:
        document_set_bool(property, "x-kubernetes-preserve-unknown-fields", true);
        break;
    case FIELD_OBJECT:
        break;
    }
}

/* Whether {} is a valid value that some default inside makes more of. */
static bool
gains_from_empty(const struct schema *schema)
{
    bool gains = false;
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        bool has_default =
            field->default_text || (field->kind == FIELD_OBJECT && gains_from_empty(field->schema));
        if (field->required && !has_default)
            return false;
        gains = gains || has_default;
    }
    return gains;
}

static void
add_default(struct arena *arena, const struct field *field, struct document *property)
{
    struct text key = TEXT("default");
    struct text written = text_of(field->default_text);
    if (field->kind == FIELD_OBJECT && gains_from_empty(field->schema))
        document_set(property, key, document_new_map(arena));
    if (!field->default_text)
        return;
    if (field->kind == FIELD_INT)
        document_set(property, key, document_new_number(arena, written));
    else if (field->kind == FIELD_BOOL)
        document_set(property, key, document_new_bool(arena, text_equals(written, TEXT("true"))));
    else
        document_set(property, key, document_new_text(arena, written));
}

static struct document *
new_rule(struct arena *arena, struct text cel, struct text message)
{
    struct document *rule = document_new_map(arena);
    document_set_text(rule, "rule", cel);
    document_set_text(rule, "message", message);
    return rule;
}

static struct document *
duration_rule(struct arena *arena, const struct field *field)
{
    struct text lowest = field_print_number(arena, field, field->lowest);
    struct text highest = field_print_number(arena, field, field->highest);
    if (field->highest == INT64_MAX)
        return new_rule(arena, text_format(arena, "duration(self) >= duration('%.*s')", TEXT_ARG(lowest)),
                        text_format(arena, "must be at least %.*s", TEXT_ARG(lowest)));
    return new_rule(arena,
                    text_format(arena,
                                "duration(self) >= duration('%.*s') && duration(self) <= duration('%.*s')",
                                TEXT_ARG(lowest), TEXT_ARG(highest)),
                    text_format(arena, "must be between %.*s and %.*s", TEXT_ARG(lowest), TEXT_ARG(highest)));
}

static void
add_rules(struct arena *arena, const struct field *field, struct document *property)
{
    struct document *rules = document_new_list(arena);
    const struct document *from_type = document_find(property, TEXT("x-kubernetes-validations"));
    for (size_t i = 0; i < document_count(from_type); i++)
        document_append(rules, document_at(from_type, i));
    if (field->immutable)
        document_append(
            rules, new_rule(arena, TEXT("self == oldSelf"),
                            text_format(arena, "%.*s cannot be changed once set", TEXT_ARG(field->key))));
    if (field->kind == FIELD_DURATION && field->has_range)
        document_append(rules, duration_rule(arena, field));
    if (document_count(rules) > 0)
        document_set(property, TEXT("x-kubernetes-validations"), rules);
}
