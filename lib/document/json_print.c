/* Tree to JSON text: compact, for people, and canonical. Written straight into the buffer, because json-c
 * would need the whole tree a second time and would not keep numbers as they were written. */
#include "lib/base/arena.h"
#include "lib/document/document_node.h"
#include "lib/document/json.h"

#define INDENT 2

struct style {
    bool is_pretty, is_sorted;
};

static void print_node(const struct document *document, struct style style, size_t depth, struct buffer *out);

void
json_print(const struct document *document, struct buffer *out)
{
    print_node(document, (struct style){0}, 0, out);
}

void
json_print_pretty(const struct document *document, struct buffer *out)
{
    print_node(document, (struct style){.is_pretty = true}, 0, out);
    buffer_add_byte(out, '\n');
}

void
json_print_canonical(const struct document *document, struct buffer *out)
{
    print_node(document, (struct style){.is_sorted = true}, 0, out);
}

static void
break_line(struct style style, size_t depth, struct buffer *out)
{
    if (!style.is_pretty)
        return;
    buffer_add_byte(out, '\n');
    for (size_t i = 0; i < depth * INDENT; i++)
        buffer_add_byte(out, ' ');
}

static void
print_list(const struct document *list, struct style style, size_t depth, struct buffer *out)
{
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < list->list.count; i++) {
        if (i > 0)
            buffer_add_byte(out, ',');
        break_line(style, depth + 1, out);
        print_node(list->list.items[i], style, depth + 1, out);
    }
    if (list->list.count > 0)
        break_line(style, depth, out);
    buffer_add_byte(out, ']');
}

/* Puts the first bytes of UTF-8 characters into the order of their first UTF-16 units: U+E000 to U+FFFF
 * (0xEE, 0xEF) come behind what needs surrogates (0xF0 and above). Following bytes are below all of them. */
static int
utf16_rank(char byte)
{
    unsigned char unit = (unsigned char)byte;
    return unit == 0xEE || unit == 0xEF ? unit + 0x10 : unit;
}

static int
compare_keys(const void *a, const void *b)
{
    struct text left = ((const struct document_entry *)a)->key;
    struct text right = ((const struct document_entry *)b)->key;
    size_t shared = left.length < right.length ? left.length : right.length, at = 0;
    while (at < shared && left.bytes[at] == right.bytes[at])
        at++;
    if (at == shared)
        return (left.length > right.length) - (left.length < right.length);
    return utf16_rank(left.bytes[at]) - utf16_rank(right.bytes[at]);
}

/* The entries in the order they are printed in. */
static const struct document_entry *
ordered_entries(const struct document *map, struct style style, struct arena *arena)
{
    if (!style.is_sorted || map->map.count < 2)
        return map->map.entries;
    struct document_entry *sorted =
        arena_copy(arena, map->map.entries, map->map.count * sizeof(*map->map.entries));
    qsort(sorted, map->map.count, sizeof(*sorted), compare_keys);
    return sorted;
}

static void
print_map(const struct document *map, struct style style, size_t depth, struct buffer *out)
{
    const struct document_entry *entries = ordered_entries(map, style, out->arena);
    buffer_add_byte(out, '{');
    for (size_t i = 0; i < map->map.count; i++) {
        if (i > 0)
            buffer_add_byte(out, ',');
        break_line(style, depth + 1, out);
        buffer_add_json_string(out, entries[i].key);
        buffer_add_string(out, style.is_pretty ? ": " : ":");
        print_node(entries[i].value, style, depth + 1, out);
    }
    if (map->map.count > 0)
        break_line(style, depth, out);
    buffer_add_byte(out, '}');
}

static void
print_node(const struct document *document, struct style style, size_t depth, struct buffer *out)
{
    switch (document_kind(document)) {
    case DOCUMENT_NULL:
        buffer_add_string(out, "null");
        break;
    case DOCUMENT_BOOL:
        buffer_add_string(out, document->boolean ? "true" : "false");
        break;
    case DOCUMENT_NUMBER:
        buffer_add_text(out, document->text);
        break;
    case DOCUMENT_TEXT:
        buffer_add_json_string(out, document->text);
        break;
    case DOCUMENT_LIST:
        print_list(document, style, depth, out);
        break;
    case DOCUMENT_MAP:
        print_map(document, style, depth, out);
        break;
    }
}
