/* Struct to document: what is neither empty nor the default, in the order of the field list. */
#include "lib/base/arena.h"
#include "lib/document/document_build.h"
#include "lib/schema/field_value.h"
#include "lib/schema/schema.h"

struct encoder {
    struct arena *arena;
    enum schema_encode_mode mode;
};

static const struct document *
encode_field(const struct encoder *encoder, const struct field *field, const void *member);

struct document *
schema_encode(struct arena *arena, const struct schema *schema, const void *value,
              enum schema_encode_mode mode)
{
    struct encoder encoder = {arena, mode};
    struct document *map = document_new_map(arena);
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        const struct document *encoded = encode_field(&encoder, field, (const char *)value + field->offset);
        if (encoded)
            document_set(map, field->key, encoded);
    }
    return map;
}

const struct document *
field_source(const void *object)
{
    const struct document *source;
    memcpy(&source, object, sizeof(void *));
    return source;
}

/* Whether an absent field would read as this value, so that nothing is lost when it is left out. */
static bool
reads_back_when_absent(const struct field *field, const void *member)
{
    union {
        int64_t number;
        bool boolean;
    } absent = {0};
    switch (field->kind) {
    case FIELD_TEXT:
        if (text_is_empty(*(const struct text *)member))
            return true;
        return field->default_text && text_equals(*(const struct text *)member, text_of(field->default_text));
    case FIELD_BOOL:
        absent.boolean = field->default_text && field->default_text[0] == 't';
        return *(const bool *)member == absent.boolean;
    case FIELD_ENUM:
        if (field->default_text) /* comparing the words is quicker than finding the default's number */
            return strcmp(field->names[*(const int *)member], field->default_text) == 0;
        return *(const int *)member == 0;
    case FIELD_ANY:
        return !field_source(member);
    case FIELD_INT:
    case FIELD_DURATION:
    case FIELD_MONEY:
    case FIELD_TIME:
        if (!field->default_text)
            return *(const int64_t *)member == FIELD_UNSET;
        field_set_default(field, &absent.number);
        return *(const int64_t *)member == FIELD_UNSET || *(const int64_t *)member == absent.number;
    default:
        return any_list_get(member).count == 0;
    }
}

static bool
is_like_absent(const struct schema *schema, const void *object)
{
    if (field_source(object))
        return false; /* that it was there may mean something in itself */
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        const void *member = (const char *)object + field->offset;
        if (!field_is_like_absent(field, member))
            return false;
    }
    return true;
}

bool
field_is_like_absent(const struct field *field, const void *member)
{
    return field->kind == FIELD_OBJECT ? is_like_absent(field->schema, member)
                                       : reads_back_when_absent(field, member);
}

static struct document *
new_text(const struct encoder *encoder, const struct field *field, struct text value)
{
    bool is_hidden = field->secret && encoder->mode == SCHEMA_ENCODE_REDACTED;
    return document_new_text(encoder->arena, is_hidden ? TEXT("[redacted]") : value);
}

static struct document *
encode_number(const struct encoder *encoder, const struct field *field, int64_t value)
{
    if (value == FIELD_UNSET)
        return NULL;
    if (field->kind == FIELD_INT)
        return document_new_int(encoder->arena, value);
    return document_new_text(encoder->arena, field_print_number(encoder->arena, field, value));
}

static struct document *
encode_list(const struct encoder *encoder, const struct field *field, const void *member)
{
    struct document *list = document_new_list(encoder->arena);
    struct any_list items = any_list_get(member);
    for (size_t i = 0; i < items.count; i++) {
        const char *item = (const char *)items.items + i * field->schema->size;
        document_append(list, schema_encode(encoder->arena, field->schema, item, encoder->mode));
    }
    return list;
}

static struct document *
encode_texts(const struct encoder *encoder, const struct field *field, const struct text_list *texts)
{
    struct document *list = document_new_list(encoder->arena);
    for (size_t i = 0; i < texts->count; i++)
        document_append(list, new_text(encoder, field, texts->items[i]));
    return list;
}

static struct document *
encode_ints(const struct encoder *encoder, const struct int_list *ints)
{
    struct document *list = document_new_list(encoder->arena);
    for (size_t i = 0; i < ints->count; i++)
        document_append(list, document_new_int(encoder->arena, ints->items[i]));
    return list;
}

static struct document *
encode_text_map(const struct encoder *encoder, const struct field *field, const struct text_pair_list *pairs)
{
    struct document *map = document_new_map(encoder->arena);
    for (size_t i = 0; i < pairs->count; i++)
        document_set(map, pairs->items[i].key, new_text(encoder, field, pairs->items[i].value));
    return map;
}

static const struct document *
encode_present(const struct encoder *encoder, const struct field *field, const void *member)
{
    switch (field->kind) {
    case FIELD_TEXT:
        return new_text(encoder, field, *(const struct text *)member);
    case FIELD_BOOL:
        return document_new_bool(encoder->arena, *(const bool *)member);
    case FIELD_ENUM:
        return document_new_text(encoder->arena, schema_enum_name(field->names, *(const int *)member));
    case FIELD_OBJECT:
        return schema_encode(encoder->arena, field->schema, member, encoder->mode);
    case FIELD_LIST:
        return encode_list(encoder, field, member);
    case FIELD_TEXTS:
        return encode_texts(encoder, field, member);
    case FIELD_INTS:
        return encode_ints(encoder, member);
    case FIELD_TEXT_MAP:
        return encode_text_map(encoder, field, member);
    case FIELD_ANY:
        return field_source(member);
    default:
        return encode_number(encoder, field, *(const int64_t *)member);
    }
}

/* NULL when the field is left out. */
static const struct document *
encode_field(const struct encoder *encoder, const struct field *field, const void *member)
{
    if (field_is_like_absent(field, member) && !field->required && !field->always)
        return NULL;

    const struct document *value = encode_present(encoder, field, member);
    bool keeps_its_shape =
        field->kind == FIELD_TEXT || field->kind == FIELD_TEXTS || field->kind == FIELD_TEXT_MAP;
    bool is_hidden = field->secret && encoder->mode == SCHEMA_ENCODE_REDACTED && !keeps_its_shape;
    return value && is_hidden ? document_new_text(encoder->arena, TEXT("[redacted]")) : value;
}
