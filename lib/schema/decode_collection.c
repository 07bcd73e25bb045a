/* Decoding lists and maps: bounded before anything is allocated, doubles refused. */
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"
#include "lib/schema/decode.h"
#include "lib/schema/field_value.h"

static void decode_list(struct decoder *decoder, const struct decode_place *at, void *member);
static void decode_texts(struct decoder *decoder, const struct decode_place *at, struct text_list *out);
static void decode_ints(struct decoder *decoder, const struct decode_place *at, struct int_list *out);
static void
decode_text_map(struct decoder *decoder, const struct decode_place *at, struct text_pair_list *out);

void
decode_collection(struct decoder *decoder, const struct decode_place *at, void *member)
{
    bool is_map = at->field->kind == FIELD_TEXT_MAP;
    if (document_kind(at->node) != (is_map ? DOCUMENT_MAP : DOCUMENT_LIST)) {
        decode_problem_kind(decoder, at, is_map ? "a map" : "a list");
        return;
    }

    switch (at->field->kind) {
    case FIELD_LIST:
        decode_list(decoder, at, member);
        break;
    case FIELD_TEXTS:
        decode_texts(decoder, at, member);
        break;
    case FIELD_INTS:
        decode_ints(decoder, at, member);
        break;
    default:
        decode_text_map(decoder, at, member);
        break;
    }
}

/* How many items are decoded: what is beyond the bound is reported, not read. */
static size_t
bounded_count(struct decoder *decoder, const struct decode_place *at)
{
    size_t count = document_count(at->node);
    size_t highest = field_max_items(at->field);
    const char *unit = at->field->kind == FIELD_TEXT_MAP ? "entries" : "items";
    if (count > highest)
        decode_problem(decoder, at, (struct text){0}, "has %zu %s; at most %zu are allowed", count, unit,
                       highest);
    if (count < at->field->min_items && count == 0)
        decode_problem(decoder, at, (struct text){0}, "must not be empty");
    else if (count < at->field->min_items)
        decode_problem(decoder, at, (struct text){0}, "has %zu %s; at least %zu are needed", count, unit,
                       at->field->min_items);
    return count < highest ? count : highest;
}

static struct decode_place
item_of(const struct decode_place *list, size_t index)
{
    return (struct decode_place){
        .parent = list, .index = index, .node = document_at(list->node, index), .field = list->field};
}

/* Remembers the item under its key; false, with its position, when an earlier one has the same. */
static bool
is_new(struct map *seen, struct text key, size_t index, size_t *out_earlier)
{
    uintptr_t earlier = (uintptr_t)map_find(seen, key);
    if (earlier) {
        *out_earlier = earlier - 1;
        return false;
    }
    map_set(seen, key, (void *)(uintptr_t)(index + 1));
    return true;
}

static void
check_set(struct decoder *decoder, const struct decode_place *item, struct map *seen, struct text key)
{
    size_t earlier;
    if (item->field->is_set && !is_new(seen, key, item->index, &earlier))
        decode_problem(decoder, item, (struct text){0}, "%.*s is listed twice",
                       TEXT_ARG(decode_quote(decoder, item->node)));
}

static void
decode_texts(struct decoder *decoder, const struct decode_place *at, struct text_list *out)
{
    size_t count = bounded_count(decoder, at);
    struct map *seen = map_new(decoder->arena);
    out->items = arena_alloc_array(decoder->arena, count, sizeof(*out->items));
    out->count = count;
    for (size_t i = 0; i < count; i++) {
        struct decode_place item = item_of(at, i);
        decode_text(decoder, &item, &out->items[i]);
        check_set(decoder, &item, seen, out->items[i]);
    }
}

static void
decode_ints(struct decoder *decoder, const struct decode_place *at, struct int_list *out)
{
    size_t count = bounded_count(decoder, at);
    struct map *seen = map_new(decoder->arena);
    out->items = arena_alloc_array(decoder->arena, count, sizeof(*out->items));
    out->count = count;
    for (size_t i = 0; i < count; i++) {
        struct decode_place item = item_of(at, i);
        decode_number(decoder, &item, &out->items[i]);
        check_set(decoder, &item, seen, document_text(item.node));
    }
}

/* The values of the fields in list_keys, each with its length before it so that no two lists of values meet.
 */
static struct text
key_of_item(struct decoder *decoder, const struct decode_place *item)
{
    struct buffer key;
    buffer_init(&key, decoder->arena, 64);
    struct text rest = text_of(item->field->list_keys);
    while (rest.bytes) {
        struct text name = text_cut(&rest, ',');
        const struct field *field = schema_find_field(item->field->schema, name);
        const struct document *written = document_find(item->node, name);
        struct text value = document_text(written);
        if (document_kind(written) == DOCUMENT_NULL && field)
            value = text_of(field->default_text);
        buffer_print(&key, "%zu:", value.length);
        buffer_add_text(&key, value);
    }
    return buffer_text(&key);
}

static void
decode_list(struct decoder *decoder, const struct decode_place *at, void *member)
{
    const struct schema *schema = at->field->schema;
    size_t count = bounded_count(decoder, at);
    struct map *seen = map_new(decoder->arena);
    char *items = arena_alloc_array(decoder->arena, count, schema->size);
    any_list_set(member, (struct any_list){items, count});
    for (size_t i = 0; i < count; i++) {
        struct decode_place item = item_of(at, i);
        decode_object(decoder, &item, schema, items + i * schema->size);

        size_t earlier;
        bool is_keyed = at->field->list_keys && document_kind(item.node) == DOCUMENT_MAP;
        if (is_keyed && !is_new(seen, key_of_item(decoder, &item), i, &earlier))
            decode_problem(decoder, &item, (struct text){0}, "has the same %s as item %zu of the list",
                           at->field->list_keys, earlier);
    }
}

/* Quantities and labels: text, or a whole number as it is written. */
static struct text
decode_map_value(struct decoder *decoder, const struct decode_place *entry)
{
    int64_t whole;
    struct text value = document_text(entry->node);
    if (!document_int(entry->node, &whole))
        decode_text(decoder, entry, &value);
    else if (entry->field->format && !entry->field->format->accepts(value))
        decode_problem(decoder, entry, (struct text){0}, "%.*s is not %s (example: \"%s\")", TEXT_ARG(value),
                       entry->field->format->name, entry->field->format->example);
    return value;
}

static void
decode_text_map(struct decoder *decoder, const struct decode_place *at, struct text_pair_list *out)
{
    size_t count = bounded_count(decoder, at);
    out->items = arena_alloc_array(decoder->arena, count, sizeof(*out->items));
    out->count = count;
    for (size_t i = 0; i < count; i++) {
        struct text key = document_key_at(at->node, i);
        struct decode_place entry = {
            .parent = at, .key = key, .node = document_value_at(at->node, i), .field = at->field};
        out->items[i] = (struct text_pair){key, decode_map_value(decoder, &entry)};
    }
}
