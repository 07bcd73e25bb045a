/* A walk over what is written, along its schema. */
#include "operator/reconcile/fields_without_effect.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"

/* The way to a field, put into words only for those that are told of. */
struct way {
    const struct way *above;
    struct text key; /* empty: an item of a list */
    size_t index;
};

static void
walk(struct buffer *out, const struct schema *schema, const struct document *map, const struct way *way);
static void walk_field(struct buffer *out, const struct field *field, const struct document *value,
                       const struct way *way);
static void tell_way(struct buffer *out, const struct way *way);

struct text
fields_without_effect(struct arena *arena, const struct schema *schema, const struct document *document)
{
    struct buffer out;
    buffer_init(&out, arena, 64);
    walk(&out, schema, document, NULL);
    return buffer_text(&out);
}

static void
walk(struct buffer *out, const struct schema *schema, const struct document *map, const struct way *way)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        const struct document *value = document_find(map, field->key);
        if (value)
            walk_field(out, field, value, &(struct way){.above = way, .key = field->key});
    }
}

static void
walk_field(struct buffer *out, const struct field *field, const struct document *value, const struct way *way)
{
    if (field->support == SUPPORT_NAMED) {
        buffer_print(out, "%s", out->length > 0 ? "; " : "");
        tell_way(out, way);
        buffer_print(out, ": has no effect yet: %s", field->support_note);
        return;
    }
    if (field->kind == FIELD_OBJECT)
        walk(out, field->schema, value, way);
    for (size_t i = 0; field->kind == FIELD_LIST && i < document_count(value); i++)
        walk(out, field->schema, document_at(value, i), &(struct way){.above = way, .index = i});
}

static void
tell_way(struct buffer *out, const struct way *way)
{
    if (way->above)
        tell_way(out, way->above);
    if (way->key.length > 0)
        buffer_print(out, "%s%.*s", way->above ? "." : "", TEXT_ARG(way->key));
    else
        buffer_print(out, "[%zu]", way->index);
}
