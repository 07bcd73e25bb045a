/* Schemas come from lib/schema, which writes them for Kubernetes: what only a cluster reads is left out here.
 */
#include "api/server/rest/rest_openapi.h"

#include "api/server/rest/rest_routes.h"
#include "api/types/rest_answers.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"

enum { DOCUMENT_BYTES = 65536 };

static struct document *title(struct arena *arena);
static struct document *components(struct arena *arena);
static struct text method_of(struct arena *arena, const struct rest_route *route);
static void add_schema(struct document *schemas, const struct schema *schema);
static struct document *operation(struct arena *arena, const struct rest_route *route);
static void add_parameters(struct document *list, const struct schema *schema, const char *in);
static struct document *
parameter(struct arena *arena, const struct field *field, const struct document *schema);
static struct document *replies(struct arena *arena, const struct rest_route *route);
static struct document *content(struct arena *arena, const struct rest_route *route);
static struct document *plain_schema(struct arena *arena, const struct document *schema);
static struct document *reference(struct arena *arena, const char *kind, const char *name);
static void set_words(struct document *map, const char *key, const char *words);

struct text
rest_openapi(struct arena *arena)
{
    struct document *root = document_new_map(arena), *paths = document_new_map(arena);
    struct document *needed = document_new_list(arena), *bearer = document_new_map(arena);
    struct buffer json;
    for (size_t i = 0; i < rest_route_count; i++) {
        struct document *item = document_map_in(paths, text_of(rest_routes[i].path));
        document_set(item, method_of(arena, &rest_routes[i]), operation(arena, &rest_routes[i]));
    }
    document_set(bearer, TEXT("bearer"), document_new_list(arena));
    document_append(needed, bearer);
    set_words(root, "openapi", "3.1.0");
    document_set(root, TEXT("info"), title(arena));
    document_set(root, TEXT("security"), needed);
    document_set(root, TEXT("paths"), paths);
    document_set(root, TEXT("components"), components(arena));
    buffer_init(&json, arena, DOCUMENT_BYTES);
    json_print_pretty(root, &json);
    return buffer_text(&json);
}

static struct document *
title(struct arena *arena)
{
    struct document *made = document_new_map(arena);
    set_words(made, "title", "Weir: the ledger");
    set_words(made, "version", WEIR_VERSION);
    set_words(
        made, "description",
        "Who used what, and what it cost. Money is decimal text in US dollars, times are RFC 3339 in UTC. "
        "HEAD is answered where GET is, OPTIONS on each path. Made by `make generate`; edits here are lost.");
    return made;
}

static struct document *
components(struct arena *arena)
{
    struct document *made = document_new_map(arena), *bearer = document_new_map(arena);
    struct document *error = document_new_map(arena), *in_json = document_new_map(arena);
    struct document *schemas = document_map_in(made, TEXT("schemas"));
    for (size_t i = 0; i < rest_route_count; i++) {
        add_schema(schemas, rest_routes[i].answer);
        add_schema(schemas, rest_routes[i].body);
    }
    add_schema(schemas, &rest_error_schema);
    document_set(in_json, TEXT("schema"), reference(arena, "schemas", rest_error_schema.name));
    set_words(error, "description", rest_error_schema.doc);
    document_set(document_map_in(error, TEXT("content")), rest_format_type(REST_JSON), in_json);
    document_set(document_map_in(made, TEXT("responses")), TEXT("error"), error);
    set_words(bearer, "type", "http");
    set_words(bearer, "scheme", "bearer");
    document_set(document_map_in(made, TEXT("securitySchemes")), TEXT("bearer"), bearer);
    return made;
}

static struct text
method_of(struct arena *arena, const struct rest_route *route)
{
    struct text method = text_of(route->method ? route->method : "GET");
    char *lower = arena_copy(arena, method.bytes, method.length);
    for (size_t i = 0; i < method.length; i++)
        lower[i] = (char)(lower[i] | 0x20);
    return (struct text){lower, method.length};
}

static void
add_schema(struct document *schemas, const struct schema *schema)
{
    struct arena *arena = document_arena(schemas);
    if (schema)
        document_set(schemas, text_of(schema->name), plain_schema(arena, schema_openapi(arena, schema)));
}

static struct document *
operation(struct arena *arena, const struct rest_route *route)
{
    struct document *made = document_new_map(arena), *parameters = document_new_list(arena);
    set_words(made, "operationId", route->name);
    set_words(made, "summary", route->doc);
    if (route->is_open)
        document_set(made, TEXT("security"), document_new_list(arena));
    if (route->parts)
        add_parameters(parameters, route->parts, "path");
    if (route->query)
        add_parameters(parameters, route->query, "query");
    if (document_count(parameters) > 0)
        document_set(made, TEXT("parameters"), parameters);
    if (route->body) {
        struct document *content =
            document_map_in(document_map_in(made, TEXT("requestBody")), TEXT("content"));
        document_set(document_map_in(content, rest_format_type(REST_JSON)), TEXT("schema"),
                     reference(arena, "schemas", route->body->name));
    }
    document_set(made, TEXT("responses"), replies(arena, route));
    return made;
}

static void
add_parameters(struct document *list, const struct schema *schema, const char *in)
{
    struct arena *arena = document_arena(list);
    const struct document *whole = schema_openapi(arena, schema);
    const struct document *properties = document_find(whole, TEXT("properties"));
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        struct document *made = parameter(arena, field, document_find(properties, field->key));
        set_words(made, "in", in);
        document_append(list, made);
    }
}

static struct document *
parameter(struct arena *arena, const struct field *field, const struct document *schema)
{
    struct document *made = document_new_map(arena), *plain = document_new_map(arena);
    const struct document *all = plain_schema(arena, schema);
    for (size_t i = 0; i < document_count(all); i++)
        if (!text_equals(document_key_at(all, i), TEXT("description")))
            document_set(plain, document_key_at(all, i), document_value_at(all, i));
    document_set_text(made, "name", field->key);
    document_set_text(made, "description", document_text(document_find(all, TEXT("description"))));
    if (field->required)
        document_set_bool(made, "required", true);
    if (field->kind == FIELD_TEXTS)
        document_set_bool(made, "explode", false);
    document_set(made, TEXT("schema"), plain);
    return made;
}

static struct document *
replies(struct arena *arena, const struct rest_route *route)
{
    const char *const refusals[] = {route->query || route->body ? "400" : NULL,
                                    route->is_open ? NULL : "401",
                                    route->is_open || route->is_of_nobody ? NULL : "403",
                                    route->parts ? "404" : NULL,
                                    "406",
                                    route->method ? "409" : NULL,
                                    route->body ? "415" : NULL,
                                    "500",
                                    "503"};
    struct document *made = document_new_map(arena);
    struct document *right = document_map_in(made, route->is_made ? TEXT("201") : TEXT("200"));
    set_words(right, "description", "The answer.");
    document_set(right, TEXT("content"), content(arena, route));
    for (size_t i = 0; i < COUNT_OF(refusals); i++)
        if (refusals[i])
            document_set(made, text_of(refusals[i]), reference(arena, "responses", "error"));
    if (route->method)
        set_words(document_map_in(made, TEXT("413")), "description",
                  "A body of more than 4 KiB is not read.");
    if (route->query || route->parts)
        set_words(document_map_in(made, TEXT("414")), "description",
                  "A target of more than 8 KiB is not read.");
    return made;
}

static struct document *
content(struct arena *arena, const struct rest_route *route)
{
    struct document *made = document_new_map(arena), *csv = document_new_map(arena);
    if (route->formats & REST_HAS_JSON) {
        struct document *json = document_map_in(made, rest_format_type(REST_JSON));
        if (route->answer)
            document_set(json, TEXT("schema"), reference(arena, "schemas", route->answer->name));
        else
            set_words(document_map_in(json, TEXT("schema")), "type", "object");
    }
    if (route->formats & REST_HAS_JSONL)
        set_words(document_map_in(document_map_in(made, rest_format_type(REST_JSONL)), TEXT("schema")),
                  "type", "string");
    if (route->formats & REST_HAS_CSV) {
        set_words(csv, "type", "string");
        document_set(document_map_in(made, TEXT("text/csv")), TEXT("schema"), csv);
    }
    return made;
}

/* As deep as the types of api/types are. */
static struct document * /* NOLINTNEXTLINE(misc-no-recursion) */
plain_schema(struct arena *arena, const struct document *schema)
{
    struct document *made = document_new_map(arena);
    for (size_t i = 0; i < document_count(schema); i++) {
        struct text key = document_key_at(schema, i);
        const struct document *value = document_value_at(schema, i);
        if (text_equals(key, TEXT("x-kubernetes-int-or-string")))
            set_words(made, "type", "string");
        else if (text_equals(key, TEXT("x-kubernetes-list-type")) &&
                 text_equals(document_text(value), TEXT("set")))
            document_set_bool(made, "uniqueItems", true);
        else if (text_starts_with(key, TEXT("x-kubernetes-")))
            continue;
        else if (document_kind(value) == DOCUMENT_MAP)
            document_set(made, key, plain_schema(arena, value));
        else
            document_set(made, key, value);
    }
    return made;
}

static struct document *
reference(struct arena *arena, const char *kind, const char *name)
{
    struct document *made = document_new_map(arena);
    document_set_text(made, "$ref", text_format(arena, "#/components/%s/%s", kind, name));
    return made;
}

static void
set_words(struct document *map, const char *key, const char *words)
{
    document_set_text(map, key, text_of(words));
}
