/* JSON text to tree. json-c decodes the strings; structure is walked here, because json-c keeps the last of
 * two equal keys silently, takes invalid surrogates, and knows no lines and columns. Printing is
 * json_print.c. */
#include "lib/document/json.h"

#include <assert.h>
#include <json-c/json_object.h>
#include <json-c/json_tokener.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/document/document_build.h"
#include "lib/document/json_lex.h"
#include "lib/document/parse_place.h"

#define JSON_MAX_BYTES (256u << 20) /* what json-c's int lengths hold with room to spare */

struct parser {
    struct arena *arena;
    struct json_lex lex;
    struct parse_place place;
    struct json_tokener *tokener; /* once it is needed */
    struct error *err;
    unsigned depth;
    bool keeps_places;
};

static struct document *parse_value(struct parser *parser);
static struct document *parse_only_value(struct parser *parser);

bool
json_parse(struct arena *arena, struct text json, struct text file, struct document **out_document,
           struct error *err)
{
    if (json.length > JSON_MAX_BYTES)
        return error_set(err, ERROR_INVALID, "%.*s: more than %u MiB of JSON", TEXT_ARG(file),
                         JSON_MAX_BYTES >> 20);

    const struct text held = text_copy(arena, json); /* at once: strings and numbers are slices of it */
    struct parser parser = {
        .arena = arena,
        .lex = json_lex_over(held),
        .err = err,
        .keeps_places = !text_is_empty(file),
    };
    parse_place_start(&parser.place, (struct text){parser.lex.start, json.length}, text_copy(arena, file));
    struct document *document = parse_only_value(&parser);
    if (parser.tokener)
        json_tokener_free(parser.tokener);
    if (document)
        *out_document = document;
    return document != NULL;
}

/* Reports what the lexer found, where it found it; NULL so that a failing line is one line. */
static struct document *
fail(struct parser *parser)
{
    struct document_place place = parse_place_move(&parser->place, parser->lex.at);
    (void)parse_place_fail(&place, parser->err, "%s", parser->lex.reason);
    return NULL;
}

/* Line 0 when places are not kept. */
static struct document_place
place_here(struct parser *parser)
{
    return parser->keeps_places ? parse_place_move(&parser->place, parser->lex.at)
                                : (struct document_place){0};
}

static bool
fail_twice(struct parser *parser, const struct document *map, struct text key, const char *start)
{
    struct document_place place = parse_place_move(&parser->place, start);
    struct text shown = utf8_at_most(key, 100);
    int first = document_key_place(map, key).line;
    if (first == 0)
        return parse_place_fail(&place, parser->err, "the key \"%.*s\" is there twice", TEXT_ARG(shown));
    return parse_place_fail(&place, parser->err, "the key \"%.*s\" is there twice, first on line %d",
                            TEXT_ARG(shown), first);
}

static struct document *
fail_here(struct parser *parser, const char *reason)
{
    (void)json_lex_fail(&parser->lex, reason);
    return fail(parser);
}

/* What machines write has none: seen without a call. */
static void
skip_blanks(struct json_lex *lex)
{
    if (lex->at < lex->end && (unsigned char)*lex->at <= ' ')
        json_lex_blanks(lex);
}

static struct document *
parse_only_value(struct parser *parser)
{
    struct document *document = parse_value(parser);
    if (!document)
        return NULL;
    skip_blanks(&parser->lex);
    if (parser->lex.at < parser->lex.end)
        return fail_here(parser, "something follows after the end of the JSON value");
    return document;
}

/* The string between start and the lexer, quotes and all: as it is when nothing in it is escaped, else as
 * json-c reads it, which takes twenty times as long. */
static struct text
decode_string(struct parser *parser, const char *start)
{
    if (!parser->lex.has_escape)
        return (struct text){start + 1, (size_t)(parser->lex.at - start) - 2};
    if (!parser->tokener)
        parser->tokener = json_tokener_new();
    assert(parser->tokener);
    json_tokener_reset(parser->tokener);
    struct json_object *string = json_tokener_parse_ex(parser->tokener, start, (int)(parser->lex.at - start));
    struct text value = {json_object_get_string(string), (size_t)json_object_get_string_len(string)};
    value = text_copy(parser->arena, value);
    json_object_put(string);
    return value;
}

static struct document *
parse_scalar(struct parser *parser)
{
    const char *start = parser->lex.at;
    if (!json_lex_scalar(&parser->lex))
        return fail(parser);

    struct text written = {start, (size_t)(parser->lex.at - start)};
    switch (*start) {
    case '"':
        return document_new_text(parser->arena, decode_string(parser, start));
    case 't':
    case 'f':
        return document_new_bool(parser->arena, *start == 't');
    case 'n':
        return document_new_null(parser->arena);
    default:
        return document_new_number(parser->arena, written);
    }
}

/* After an item: true when another follows, with the lexer at it; false at the end or, with *out_failed, when
 * neither ',' nor the end comes. */
static bool
next_item(struct parser *parser, char close, bool *out_failed)
{
    struct json_lex *lex = &parser->lex;
    skip_blanks(lex);
    if (lex->at < lex->end && *lex->at == ',') {
        lex->at++;
        return true;
    }
    if (lex->at < lex->end && *lex->at == close) {
        lex->at++;
        return false;
    }
    *out_failed = true;
    fail_here(parser, lex->at == lex->end ? "the text ends before everything is closed"
                      : close == '}'      ? "',' or '}' is expected here"
                                          : "',' or ']' is expected here");
    return false;
}

/* Moves past '[' or '{' and, when nothing is inside, past the end too. */
static bool
is_empty_container(struct parser *parser, char close)
{
    parser->lex.at++;
    skip_blanks(&parser->lex);
    if (parser->lex.at == parser->lex.end || *parser->lex.at != close)
        return false;
    parser->lex.at++;
    return true;
}

static struct document *
parse_list(struct parser *parser)
{
    struct document *list = document_new_list(parser->arena);
    if (is_empty_container(parser, ']'))
        return list;

    bool has_failed = false;
    do {
        struct document *item = parse_value(parser);
        if (!item)
            return NULL;
        document_append(list, item);
    } while (next_item(parser, ']', &has_failed));
    return has_failed ? NULL : list;
}

/* A key and its colon. */
static bool
parse_key(struct parser *parser, struct document *map, struct text *out_key, struct document_place *out_place)
{
    struct json_lex *lex = &parser->lex;
    skip_blanks(lex);
    const char *start = lex->at;
    *out_place = place_here(parser);
    if (lex->at == lex->end || *lex->at != '"')
        return fail_here(parser, "a key in quotes is expected here");
    if (!json_lex_string(lex))
        return fail(parser);
    *out_key = decode_string(parser, start);
    if (document_find(map, *out_key))
        return fail_twice(parser, map, *out_key, start);

    skip_blanks(lex);
    if (lex->at == lex->end || *lex->at != ':')
        return fail_here(parser, "':' is expected after the key");
    lex->at++;
    return true;
}

static struct document *
parse_map(struct parser *parser)
{
    struct document *map = document_new_map(parser->arena);
    if (is_empty_container(parser, '}'))
        return map;

    bool has_failed = false;
    do {
        struct text key;
        struct document_place key_place;
        if (!parse_key(parser, map, &key, &key_place))
            return NULL;
        struct document *value = parse_value(parser);
        if (!value)
            return NULL;
        document_add(map, &(struct document_key){key, key_place}, value);
    } while (next_item(parser, '}', &has_failed));
    return has_failed ? NULL : map;
}

static struct document *
parse_container(struct parser *parser)
{
    if (parser->depth == JSON_MAX_DEPTH)
        return fail_here(parser, "nested more than 64 deep");
    parser->depth++;
    struct document *document = *parser->lex.at == '{' ? parse_map(parser) : parse_list(parser);
    parser->depth--;
    return document;
}

static struct document *
parse_value(struct parser *parser)
{
    struct json_lex *lex = &parser->lex;
    skip_blanks(lex);
    struct document_place place = place_here(parser);
    if (lex->at == lex->end)
        return fail_here(parser, "the text ends where a value is expected");

    bool is_container = *lex->at == '{' || *lex->at == '[';
    struct document *document = is_container ? parse_container(parser) : parse_scalar(parser);
    if (document && parser->keeps_places)
        document_set_place(document, place);
    return document;
}
