/* See the header. Builds a small tree: this is a provider for trying things out, not the hot path. */
#include "gateway/providers/echo_sample.h"

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"

#define DEEPEST 8

static const struct document *
sample(struct arena *arena, const struct document *schema, struct text words, int depth);
static const struct document *
sample_object(struct arena *arena, const struct document *schema, struct text words, int depth);
static struct text type_of(const struct document *schema);

struct text
echo_sample_json(struct arena *arena, struct text schema, struct text words)
{
    struct document *tree = NULL;
    struct error err;
    if (text_is_empty(schema) || !json_parse(arena, schema, TEXT(""), &tree, &err) ||
        document_kind(tree) != DOCUMENT_MAP)
        return TEXT("{}");

    struct buffer json;
    buffer_init(&json, arena, 256);
    json_print(sample_object(arena, tree, words, 0), &json);
    return buffer_text(&json);
}

static const struct document *
sample(struct arena *arena, const struct document *schema, struct text words, int depth)
{
    const struct document *fixed = document_find(schema, TEXT("const"));
    if (!fixed)
        fixed = document_at(document_find(schema, TEXT("enum")), 0);
    if (!fixed)
        fixed = document_find(schema, TEXT("default"));
    if (fixed)
        return fixed;

    struct text type = type_of(schema);
    if (text_equals(type, TEXT("object")))
        return depth < DEEPEST ? sample_object(arena, schema, words, depth) : document_new_map(arena);
    if (text_equals(type, TEXT("array"))) {
        struct document *list = document_new_list(arena);
        const struct document *items = document_find(schema, TEXT("items"));
        if (items && depth < DEEPEST)
            document_append(list, sample(arena, items, words, depth + 1));
        return list;
    }
    if (text_equals(type, TEXT("integer")) || text_equals(type, TEXT("number")))
        return document_new_int(arena, 1);
    if (text_equals(type, TEXT("boolean")))
        return document_new_bool(arena, true);
    if (text_equals(type, TEXT("null")))
        return document_new_null(arena);
    return document_new_text(arena, words);
}

static const struct document *
sample_object(struct arena *arena, const struct document *schema, struct text words, int depth)
{
    struct document *map = document_new_map(arena);
    const struct document *properties = document_find(schema, TEXT("properties"));
    const struct document *required = document_find(schema, TEXT("required"));
    for (size_t i = 0; i < document_count(required); i++) {
        struct text key = document_text(document_at(required, i));
        const struct document *property = document_find(properties, key);
        if (property)
            document_set(map, key, sample(arena, property, words, depth + 1));
    }
    return map;
}

/* "string", or the first of ["string", "null"]; an object when there are only properties. */
static struct text
type_of(const struct document *schema)
{
    const struct document *type = document_find(schema, TEXT("type"));
    if (document_kind(type) == DOCUMENT_LIST)
        type = document_at(type, 0);
    if (!type && document_find(schema, TEXT("properties")))
        return TEXT("object");
    return document_text(type);
}
