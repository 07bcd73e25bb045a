/* YAML text to trees, on libyaml's events. Refuses what makes a file mean more than it shows: tags, merge
 * keys, keys that are no text, aliases without bound. What a plain scalar means is yaml_scalar.c. */
#include "lib/document/yaml.h"

#include <yaml.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/base/utf8.h"
#include "lib/document/document_build.h"
#include "lib/document/parse_place.h"
#include "lib/document/yaml_scalar.h"

#define LONG_TEXT 256 /* bytes of a scalar that an alias repeats as one value more */

/* A node as its parent will hold it. size and height count what an alias to it would repeat. */
struct grown {
    struct document *node;
    size_t size;
    unsigned height;
};

/* A list or a map that is open. */
struct frame {
    struct grown grown;
    struct text anchor; /* bytes NULL without one */
    struct text key;    /* of the value that comes next; bytes NULL when a key comes next */
    struct document_place key_place;
};

struct reader {
    struct arena *arena;
    struct text yaml, file;
    struct error *err;
    yaml_parser_t parser;
    struct document_list documents;
    size_t capacity;
    struct document *root; /* of the document that is open; NULL before its first node and for an empty one */
    struct map *anchors;   /* name -> struct grown, of the document that is open */
    struct frame frames[YAML_MAX_DEPTH];
    unsigned depth;
    size_t nodes; /* in the whole stream */
};

static bool read_stream(struct reader *reader);
static bool read_event(struct reader *reader, const yaml_event_t *event);

bool
yaml_parse(struct arena *arena, struct text yaml, struct text file, struct document_list *out_documents,
           struct error *err)
{
    struct reader *reader = arena_alloc(arena, sizeof(*reader));
    reader->arena = arena;
    reader->yaml = yaml;
    reader->file = text_copy(arena, file);
    reader->err = err;
    if (!yaml_parser_initialize(&reader->parser))
        return error_set(err, ERROR_INTERNAL, "libyaml could not start");

    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    const char *bytes = yaml.bytes ? yaml.bytes : "";
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)bytes, yaml.length);
    bool is_read = read_stream(reader);
    yaml_parser_delete(&reader->parser);
    if (is_read)
        *out_documents = reader->documents;
    return is_read;
}

static struct document_place
place_of(const struct reader *reader, yaml_mark_t mark)
{
    return (struct document_place){reader->file, (int)mark.line + 1, (int)mark.column + 1};
}

static bool
fail_at(const struct reader *reader, yaml_mark_t mark, const char *reason)
{
    struct document_place place = place_of(reader, mark);
    return parse_place_fail(&place, reader->err, "%s", reason);
}

/* True when the character at the mark is a tab: the mistake behind most of libyaml's complaints. */
static bool
is_tab(const struct reader *reader, yaml_mark_t mark)
{
    struct text rest = reader->yaml;
    for (size_t line = 0; line < mark.line && rest.bytes; line++)
        (void)text_cut(&rest, '\n');
    return rest.bytes && mark.column < rest.length && rest.bytes[mark.column] == '\t';
}

/* What libyaml could not read. Bytes that are no characters are known by their offset, the rest by a mark. */
static bool
fail_syntax(const struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_READER_ERROR) {
        struct parse_place walk;
        parse_place_start(&walk, reader->yaml, reader->file);
        size_t offset =
            parser->problem_offset < reader->yaml.length ? parser->problem_offset : reader->yaml.length;
        struct document_place place = parse_place_move(&walk, reader->yaml.bytes + offset);
        return parse_place_fail(&place, reader->err, "%s", parser->problem);
    }

    struct document_place place = place_of(reader, parser->problem_mark);
    if (is_tab(reader, parser->problem_mark))
        return parse_place_fail(&place, reader->err, "a tab; YAML is indented with blanks");
    const char *problem = parser->problem ? parser->problem : "not YAML";
    if (!parser->context)
        return parse_place_fail(&place, reader->err, "%s", problem);
    return parse_place_fail(&place, reader->err, "%s %s that starts on line %zu", problem, parser->context,
                            parser->context_mark.line + 1);
}

static bool
read_stream(struct reader *reader)
{
    bool is_at_end = false;
    while (!is_at_end) {
        yaml_event_t event;
        if (!yaml_parser_parse(&reader->parser, &event))
            return fail_syntax(reader);
        is_at_end = event.type == YAML_STREAM_END_EVENT;
        bool is_read = read_event(reader, &event);
        yaml_event_delete(&event);
        if (!is_read)
            return false;
    }
    return true;
}

static struct text
copy_string(const struct reader *reader, const yaml_char_t *string)
{
    return text_copy(reader->arena, text_of((const char *)string));
}

static bool
refuse_node(const struct reader *reader, const yaml_event_t *event, const yaml_char_t *tag)
{
    if (tag)
        return fail_at(reader, event->start_mark,
                       "tags (!...) are not supported; quotes make any scalar text");
    return true;
}

static bool
is_key_next(const struct reader *reader)
{
    if (reader->depth == 0)
        return false;
    const struct frame *top = &reader->frames[reader->depth - 1];
    return document_kind(top->grown.node) == DOCUMENT_MAP && !top->key.bytes;
}

static bool
count_nodes(struct reader *reader, const yaml_event_t *event, size_t more)
{
    if (more > YAML_MAX_NODES - reader->nodes)
        return fail_at(reader, event->start_mark, "more than 200000 values, aliases counted each time");
    reader->nodes += more;
    return true;
}

/* Gives a finished node to the list, the map or the document that it belongs to. */
static void
place_node(struct reader *reader, struct grown grown)
{
    if (reader->depth == 0) {
        reader->root = grown.node;
        return;
    }

    struct frame *parent = &reader->frames[reader->depth - 1];
    parent->grown.size += grown.size;
    if (parent->grown.height < grown.height + 1)
        parent->grown.height = grown.height + 1;
    if (document_kind(parent->grown.node) == DOCUMENT_LIST) {
        document_append(parent->grown.node, grown.node);
        return;
    }
    document_set(parent->grown.node, parent->key, grown.node);
    document_set_key_place(parent->grown.node, parent->key, parent->key_place);
    parent->key = (struct text){0};
}

static void
bind_anchor(struct reader *reader, struct text anchor, struct grown grown)
{
    if (anchor.bytes)
        map_set(reader->anchors, anchor, arena_copy(reader->arena, &grown, sizeof(grown)));
}

static bool
read_key(struct reader *reader, const yaml_event_t *event)
{
    struct frame *top = &reader->frames[reader->depth - 1];
    bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    struct text key = {(const char *)event->data.scalar.value, event->data.scalar.length};
    if (event->data.scalar.anchor)
        return fail_at(reader, event->start_mark, "an anchor on a key is not supported");
    if (is_plain && text_equals(key, TEXT("<<")))
        return fail_at(reader, event->start_mark, "merge keys (<<) are not supported; write the fields out");
    if (is_plain && key.length == 0)
        return fail_at(reader, event->start_mark, "a key is missing before ':'");
    if (is_plain && yaml_scalar_is_disputed(key))
        return fail_at(reader, event->start_mark,
                       "a key that Kubernetes' clients read as true, false or a number; put it in quotes");

    struct document_place place = place_of(reader, event->start_mark);
    if (document_find(top->grown.node, key)) {
        int first = document_key_place(top->grown.node, key).line;
        return parse_place_fail(&place, reader->err, "the key \"%.*s\" is there twice, first on line %d",
                                TEXT_ARG(utf8_at_most(key, 100)), first);
    }
    top->key = text_copy(reader->arena, key);
    if (!top->key.bytes)
        top->key = TEXT(""); /* a key in quotes may be empty, and must not look like none */
    top->key_place = place;
    return true;
}

static bool
read_scalar(struct reader *reader, const yaml_event_t *event)
{
    if (!refuse_node(reader, event, event->data.scalar.tag) || !count_nodes(reader, event, 1))
        return false;
    if (is_key_next(reader))
        return read_key(reader, event);

    struct text value = {(const char *)event->data.scalar.value, event->data.scalar.length};
    bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    bool is_empty_document = is_plain && value.length == 0 && reader->depth == 0;
    if (is_empty_document)
        return true;

    value = text_copy(reader->arena, value);
    const char *reason;
    struct grown grown = {.size = 1 + value.length / LONG_TEXT};
    if (!is_plain)
        grown.node = document_new_text(reader->arena, value);
    else if (!yaml_scalar_resolve(reader->arena, value, &grown.node, &reason))
        return fail_at(reader, event->start_mark, reason);
    document_set_place(grown.node, place_of(reader, event->start_mark));
    if (event->data.scalar.anchor)
        bind_anchor(reader, copy_string(reader, event->data.scalar.anchor), grown);
    place_node(reader, grown);
    return true;
}

static bool
open_frame(struct reader *reader, const yaml_event_t *event, bool is_map)
{
    const yaml_char_t *tag = is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    const yaml_char_t *anchor = is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    if (!refuse_node(reader, event, tag) || !count_nodes(reader, event, 1))
        return false;
    if (is_key_next(reader))
        return fail_at(reader, event->start_mark, "a list or a map cannot be a key");
    if (reader->depth == YAML_MAX_DEPTH)
        return fail_at(reader, event->start_mark, "nested more than 64 deep");

    struct document *node = is_map ? document_new_map(reader->arena) : document_new_list(reader->arena);
    document_set_place(node, place_of(reader, event->start_mark));
    reader->frames[reader->depth++] = (struct frame){
        .grown = {.node = node, .size = 1, .height = 1},
        .anchor = anchor ? copy_string(reader, anchor) : (struct text){0},
    };
    return true;
}

static void
close_frame(struct reader *reader)
{
    struct frame done = reader->frames[--reader->depth];
    bind_anchor(reader, done.anchor, done.grown);
    place_node(reader, done.grown);
}

static bool
read_alias(struct reader *reader, const yaml_event_t *event)
{
    if (is_key_next(reader))
        return fail_at(reader, event->start_mark, "an alias cannot be a key");
    /* An anchor is bound when its node is complete, so no node can contain itself. */
    const struct grown *grown = map_find(reader->anchors, text_of((const char *)event->data.alias.anchor));
    if (!grown)
        return fail_at(reader, event->start_mark, "an alias to an anchor that is not complete before it");
    if (reader->depth + grown->height > YAML_MAX_DEPTH)
        return fail_at(reader, event->start_mark, "nested more than 64 deep");
    if (!count_nodes(reader, event, grown->size))
        return false;
    place_node(reader, *grown);
    return true;
}

static void
close_document(struct reader *reader)
{
    if (!reader->root)
        return;
    struct document_list *documents = &reader->documents;
    documents->items =
        arena_grow(reader->arena, documents->items, documents->count, &reader->capacity, sizeof(void *));
    documents->items[documents->count++] = reader->root;
}

static bool
read_event(struct reader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        reader->root = NULL;
        reader->anchors = map_new(reader->arena);
        return true;
    case YAML_DOCUMENT_END_EVENT:
        close_document(reader);
        return true;
    case YAML_SCALAR_EVENT:
        return read_scalar(reader, event);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return open_frame(reader, event, event->type == YAML_MAPPING_START_EVENT);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_frame(reader);
        return true;
    case YAML_ALIAS_EVENT:
        return read_alias(reader, event);
    default:
        return true;
    }
}
