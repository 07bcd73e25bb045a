/* Reading a document: kinds, values, children, paths, comparison.
 *
 * Building is document_build.c; text to tree is json.c and yaml.c. */
#include "lib/document/document.h"

#include "lib/base/map.h"
#include "lib/base/parse.h"
#include "lib/document/document_node.h"

enum document_kind
document_kind(const struct document *document)
{
    return document ? document->kind : DOCUMENT_NULL;
}

struct document_place
document_place(const struct document *document)
{
    return document ? document->place : (struct document_place){0};
}

bool
document_bool(const struct document *document)
{
    return document_kind(document) == DOCUMENT_BOOL && document->boolean;
}

struct text
document_text(const struct document *document)
{
    enum document_kind kind = document_kind(document);
    return kind == DOCUMENT_TEXT || kind == DOCUMENT_NUMBER ? document->text : (struct text){0};
}

bool
document_int(const struct document *document, int64_t *out_value)
{
    return document_kind(document) == DOCUMENT_NUMBER && parse_int64(document->text, out_value);
}

size_t
document_count(const struct document *document)
{
    switch (document_kind(document)) {
    case DOCUMENT_LIST:
        return document->list.count;
    case DOCUMENT_MAP:
        return document->map.count;
    default:
        return 0;
    }
}

const struct document *
document_at(const struct document *list, size_t index)
{
    return document_kind(list) == DOCUMENT_LIST && index < list->list.count ? list->list.items[index] : NULL;
}

struct text
document_key_at(const struct document *map, size_t index)
{
    bool is_there = document_kind(map) == DOCUMENT_MAP && index < map->map.count;
    return is_there ? map->map.entries[index].key : (struct text){0};
}

const struct document *
document_value_at(const struct document *map, size_t index)
{
    bool is_there = document_kind(map) == DOCUMENT_MAP && index < map->map.count;
    return is_there ? map->map.entries[index].value : NULL;
}

const struct document *
document_find(const struct document *map, struct text key)
{
    const struct document_entry *entry = document_find_entry(map, key);
    return entry ? entry->value : NULL;
}

struct document_entry *
document_find_entry(const struct document *map, struct text key)
{
    if (document_kind(map) != DOCUMENT_MAP)
        return NULL;
    if (map->map.index) {
        uintptr_t position = (uintptr_t)map_find(map->map.index, key);
        return position ? &map->map.entries[position - 1] : NULL;
    }
    for (size_t i = map->map.count; i > 0; i--) /* the newest first: builders ask for it right away */
        if (text_equals(map->map.entries[i - 1].key, key))
            return &map->map.entries[i - 1];
    return NULL;
}

struct document_place
document_key_place(const struct document *map, struct text key)
{
    const struct document_entry *entry = document_find_entry(map, key);
    if (!entry)
        return (struct document_place){0};
    return entry->key_place.line ? entry->key_place : document_place(entry->value);
}

/* One step of a path, ".key" or "[index]"; leaves the rest in *rest. */
static const struct document *
step(const struct document *document, struct text *rest)
{
    if (rest->bytes[0] == '[') {
        ptrdiff_t close = text_find_byte(*rest, ']');
        uint64_t index = 0;
        bool is_index = close > 0 && parse_uint64(text_slice(*rest, 1, (size_t)close), SIZE_MAX, &index);
        *rest = text_slice(*rest, is_index ? (size_t)close + 1 : rest->length, rest->length);
        return is_index ? document_at(document, (size_t)index) : NULL;
    }

    size_t from = rest->bytes[0] == '.' ? 1 : 0;
    size_t to = from;
    while (to < rest->length && rest->bytes[to] != '.' && rest->bytes[to] != '[')
        to++;
    struct text key = text_slice(*rest, from, to);
    *rest = text_slice(*rest, to, rest->length);
    return document_find(document, key);
}

const struct document *
document_get(const struct document *document, const char *path)
{
    struct text rest = text_of(path);
    while (document && rest.length > 0)
        document = step(document, &rest);
    return document;
}

static bool
lists_equal(const struct document *a, const struct document *b)
{
    if (a->list.count != b->list.count)
        return false;
    for (size_t i = 0; i < a->list.count; i++)
        if (!document_equals(a->list.items[i], b->list.items[i]))
            return false;
    return true;
}

static bool
maps_equal(const struct document *a, const struct document *b)
{
    if (a->map.count != b->map.count)
        return false;
    for (size_t i = 0; i < a->map.count; i++) {
        const struct document_entry *twin = document_find_entry(b, a->map.entries[i].key);
        if (!twin || !document_equals(a->map.entries[i].value, twin->value))
            return false;
    }
    return true;
}

bool
document_equals(const struct document *a, const struct document *b)
{
    if (document_kind(a) != document_kind(b))
        return false;

    switch (document_kind(a)) {
    case DOCUMENT_BOOL:
        return a->boolean == b->boolean;
    case DOCUMENT_NUMBER:
    case DOCUMENT_TEXT:
        return text_equals(a->text, b->text);
    case DOCUMENT_LIST:
        return lists_equal(a, b);
    case DOCUMENT_MAP:
        return maps_equal(a, b);
    default:
        return true;
    }
}
