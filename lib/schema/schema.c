/* Small questions about a declared type: its fields, its words, its bounds and its defaults. */
#include "lib/schema/schema.h"

#include <assert.h>

#include "lib/base/decimal.h"
#include "lib/base/parse.h"
#include "lib/schema/field_value.h"

#define DEFAULT_MAX_LENGTH 253
#define DEFAULT_MAX_ITEMS 64

static_assert(sizeof(enum field_kind) == sizeof(int), "ENUM members are read and written as int");
static_assert(sizeof(struct any_list) == sizeof(struct text_list), "lists are read and written as any_list");

const struct field *
schema_find_field(const struct schema *schema, struct text key)
{
    for (size_t i = 0; i < schema->field_count; i++)
        if (text_equals(schema->fields[i].key, key))
            return &schema->fields[i];
    return NULL;
}

struct text
schema_enum_name(const char *const *names, int value)
{
    for (int i = 0; i <= value; i++)
        assert(names[i]);
    return text_of(names[value]);
}

bool
schema_enum_parse(const char *const *names, struct text text, int *out_value)
{
    char first = text.length > 0 ? text.bytes[0] : '\0';
    for (int i = 0; names[i]; i++) {
        if (names[i][0] == first && text_equals(text_of(names[i]), text)) {
            *out_value = i;
            return true;
        }
    }
    return false;
}

struct text
text_pair_list_find(const struct text_pair_list *list, struct text key)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equals(list->items[i].key, key))
            return list->items[i].value;
    return (struct text){0};
}

/* Copied as bytes: a list of some type must not be accessed as a list of another. */
struct any_list
any_list_get(const void *member)
{
    struct any_list list;
    memcpy(&list, member, sizeof(list));
    return list;
}

void
any_list_set(void *member, struct any_list list)
{
    memcpy(member, &list, sizeof(list));
}

size_t
field_max_length(const struct field *field)
{
    return field->max_length ? field->max_length : DEFAULT_MAX_LENGTH;
}

size_t
field_max_items(const struct field *field)
{
    return field->max_items ? field->max_items : DEFAULT_MAX_ITEMS;
}

bool
field_is_number(const struct field *field)
{
    return field->kind == FIELD_INT || field->kind == FIELD_DURATION || field->kind == FIELD_MONEY ||
           field->kind == FIELD_TIME;
}

bool
field_parse_number(const struct field *field, struct text written, int64_t *out_value)
{
    switch (field->kind) {
    case FIELD_INT:
        return parse_int64(written, out_value);
    case FIELD_DURATION:
        return parse_duration_ms(written, out_value);
    case FIELD_MONEY:
        return decimal_parse_nano(written, out_value);
    case FIELD_TIME:
        return parse_time_ms(written, out_value);
    default:
        return false;
    }
}

struct text
field_print_number(struct arena *arena, const struct field *field, int64_t value)
{
    switch (field->kind) {
    case FIELD_DURATION:
        return print_duration(arena, value);
    case FIELD_MONEY:
        return decimal_print_nano(arena, value);
    case FIELD_TIME:
        return print_time(arena, value, value % 1000 != 0);
    default:
        return text_format(arena, "%lld", (long long)value);
    }
}

/* What an absent number reads as. */
static int64_t
default_number(const struct field *field)
{
    if (!field->default_text)
        return FIELD_UNSET;
    if (field->default_text[0] == '0' && field->default_text[1] == '\0')
        return 0; /* most counters, and each is asked about for every usage record */
    int64_t value = FIELD_UNSET;
    bool is_right = field_parse_number(field, text_of(field->default_text), &value);
    assert(is_right);
    return value;
}

static int
default_enum(const struct field *field)
{
    int value = 0;
    bool is_right =
        !field->default_text || schema_enum_parse(field->names, text_of(field->default_text), &value);
    assert(is_right);
    return value;
}

void
field_set_default(const struct field *field, void *member)
{
    switch (field->kind) {
    case FIELD_TEXT:
        *(struct text *)member = text_of(field->default_text);
        break;
    case FIELD_BOOL:
        *(bool *)member = field->default_text && field->default_text[0] == 't';
        break;
    case FIELD_ENUM:
        *(int *)member = default_enum(field);
        break;
    case FIELD_OBJECT:
        schema_set_defaults(field->schema, member);
        break;
    case FIELD_INT:
    case FIELD_DURATION:
    case FIELD_MONEY:
    case FIELD_TIME:
        *(int64_t *)member = default_number(field);
        break;
    default: /* lists and maps are empty: zeroed memory */
        assert(!field->default_text);
        break;
    }
}

void
schema_set_defaults(const struct schema *schema, void *out_value)
{
    memset(out_value, 0, schema->size);
    for (size_t i = 0; i < schema->field_count; i++)
        field_set_default(&schema->fields[i], (char *)out_value + schema->fields[i].offset);
}
