/* Struct to compact JSON bytes without a tree between: the same members as schema_encode, in the same order.
 */
#include "lib/base/buffer.h"
#include "lib/document/json.h"
#include "lib/schema/field_value.h"
#include "lib/schema/schema.h"

struct printer {
    struct buffer *out;
    enum schema_encode_mode mode;
};

static void print_value(const struct printer *printer, const struct field *field, const void *member);

/* ,"key": in one go. Keys are our own words: nothing to escape. */
static void
print_key(struct buffer *out, char before, struct text key)
{
    char *at = buffer_reserve(out, key.length + 4);
    at[0] = before;
    at[1] = '"';
    at = mempcpy(at + 2, key.bytes, key.length);
    at[0] = '"';
    at[1] = ':';
    buffer_grew(out, key.length + 4);
}

void
schema_print_json(const struct schema *schema, const void *value, enum schema_encode_mode mode,
                  struct buffer *out)
{
    struct printer printer = {out, mode};
    char before = '{';
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        const void *member = (const char *)value + field->offset;
        bool is_unset = field_is_number(field) && *(const int64_t *)member == FIELD_UNSET;
        if (is_unset || (field_is_like_absent(field, member) && !field->required && !field->always))
            continue;
        print_key(out, before, field->key);
        before = ',';
        print_value(&printer, field, member);
    }
    if (before == '{')
        buffer_add_byte(out, '{');
    buffer_add_byte(out, '}');
}

static bool
is_hidden(const struct printer *printer, const struct field *field)
{
    return field->secret && printer->mode == SCHEMA_ENCODE_REDACTED;
}

static void
print_text(const struct printer *printer, const struct field *field, struct text value)
{
    buffer_add_json_string(printer->out, is_hidden(printer, field) ? TEXT("[redacted]") : value);
}

static void
print_number(const struct printer *printer, const struct field *field, int64_t value)
{
    if (field->kind == FIELD_INT)
        buffer_add_int(printer->out, value);
    else
        buffer_add_json_string(printer->out, field_print_number(printer->out->arena, field, value));
}

static void
print_list(const struct printer *printer, const struct field *field, const void *member)
{
    struct any_list list = any_list_get(member);
    const char *item = list.items;
    buffer_add_byte(printer->out, '[');
    for (size_t i = 0; i < list.count; i++) {
        if (i > 0)
            buffer_add_byte(printer->out, ',');
        if (field->kind == FIELD_TEXTS)
            print_text(printer, field, ((const struct text *)list.items)[i]);
        else if (field->kind == FIELD_INTS)
            buffer_add_int(printer->out, ((const int64_t *)list.items)[i]);
        else
            schema_print_json(field->schema, item + i * field->schema->size, printer->mode, printer->out);
    }
    buffer_add_byte(printer->out, ']');
}

static void
print_text_map(const struct printer *printer, const struct field *field, const struct text_pair_list *pairs)
{
    buffer_add_byte(printer->out, '{');
    for (size_t i = 0; i < pairs->count; i++) {
        if (i > 0)
            buffer_add_byte(printer->out, ',');
        buffer_add_json_string(printer->out, pairs->items[i].key);
        buffer_add_byte(printer->out, ':');
        print_text(printer, field, pairs->items[i].value);
    }
    buffer_add_byte(printer->out, '}');
}

static void
print_present(const struct printer *printer, const struct field *field, const void *member)
{
    switch (field->kind) {
    case FIELD_TEXT:
        print_text(printer, field, *(const struct text *)member);
        break;
    case FIELD_BOOL:
        buffer_add_string(printer->out, *(const bool *)member ? "true" : "false");
        break;
    case FIELD_ENUM:
        buffer_add_json_string(printer->out, schema_enum_name(field->names, *(const int *)member));
        break;
    case FIELD_OBJECT:
        schema_print_json(field->schema, member, printer->mode, printer->out);
        break;
    case FIELD_TEXT_MAP:
        print_text_map(printer, field, member);
        break;
    case FIELD_ANY:
        json_print(field_source(member), printer->out);
        break;
    case FIELD_LIST:
    case FIELD_TEXTS:
    case FIELD_INTS:
        print_list(printer, field, member);
        break;
    default:
        print_number(printer, field, *(const int64_t *)member);
    }
}

static void
print_value(const struct printer *printer, const struct field *field, const void *member)
{
    bool keeps_its_shape =
        field->kind == FIELD_TEXT || field->kind == FIELD_TEXTS || field->kind == FIELD_TEXT_MAP;
    if (is_hidden(printer, field) && !keeps_its_shape)
        buffer_add_json_string(printer->out, TEXT("[redacted]"));
    else
        print_present(printer, field, member);
}
