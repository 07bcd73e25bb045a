/* The table: paths, their parts, and the description made of it. */
#include "api/server/rest/rest_routes.h"

#include <criterion/criterion.h>

#include "api/server/rest/rest_openapi.h"
#include "lib/base/error.h"
#include "lib/document/json.h"
#include "tests/support/arena_fixture.h"

TestSuite(rest_routes, .init = given_arena, .fini = end_arena);

static const struct rest_route *
find(const char *path, struct text_pair_list *parts)
{
    return rest_route_find(arena, text_of(path), TEXT("GET"), parts);
}

Test(rest_routes, are_found_by_their_whole_path)
{
    static const char *const none[] = {"",           "/",          "/v1",           "/v1/usage/",
                                       "/v1/usagex", "/v1/calls/", "/v1/calls/a/b", "//v1/usage",
                                       "*",          "/V1/usage"};
    struct text_pair_list parts;
    for (size_t i = 0; i < rest_route_count; i++)
        if (text_find_byte(text_of(rest_routes[i].path), '{') < 0)
            cr_assert_eq(find(rest_routes[i].path, &parts), &rest_routes[i], "%s", rest_routes[i].path);
    for (size_t i = 0; i < COUNT_OF(none); i++)
        cr_assert_null(find(none[i], &parts), "%s", none[i]);
}

Test(rest_routes, hand_out_parts_of_the_path_unescaped)
{
    struct text_pair_list parts;
    cr_assert_str_eq(find("/v1/calls/01%41%2F", &parts)->path, "/v1/calls/{id}");
    cr_assert_eq(parts.count, 1);
    cr_assert(text_equals(parts.items[0].key, TEXT("id")));
    cr_assert(text_equals(parts.items[0].value, TEXT("01A/")));
    cr_assert_null(find("/v1/calls/%zz", &parts));
    cr_assert_null(find("/v1/calls/%ff", &parts));
}

#define KEYS "/v1/callers/demo/dev/ada/keys"

Test(rest_routes, are_found_by_their_method_where_a_path_takes_several)
{
    struct text_pair_list parts;
    cr_assert_str_eq(rest_route_find(arena, TEXT(KEYS), TEXT("GET"), &parts)->name, "listKeys");
    cr_assert_str_eq(rest_route_find(arena, TEXT(KEYS), TEXT("HEAD"), &parts)->name, "listKeys");
    cr_assert_str_eq(rest_route_find(arena, TEXT(KEYS), TEXT("POST"), &parts)->name, "createKey");
    cr_assert_eq(parts.count, 3);
    const struct rest_route *other = rest_route_find(arena, TEXT(KEYS), TEXT("PUT"), &parts);
    cr_assert_not(rest_route_takes(other, TEXT("PUT")));
    cr_assert_not(rest_route_takes(other, TEXT("post")));
}

Test(rest_routes, say_what_their_path_takes)
{
    struct text_pair_list parts;
    const struct rest_route *keys = rest_route_find(arena, TEXT(KEYS), TEXT("PUT"), &parts);
    const struct rest_route *key = rest_route_find(arena, TEXT(KEYS "/a"), TEXT("PUT"), &parts);
    cr_assert(text_equals(rest_route_methods(arena, keys), TEXT("GET, HEAD, POST, OPTIONS")));
    cr_assert(text_equals(rest_route_methods(arena, key), TEXT("DELETE, OPTIONS")));
    cr_assert(text_equals(rest_route_methods(arena, find("/v1/usage", &parts)), TEXT("GET, HEAD, OPTIONS")));
    cr_assert(text_equals(rest_route_methods(arena, NULL), TEXT("GET, HEAD, POST, DELETE, OPTIONS")));
}

Test(rest_routes, are_told_apart_by_path_and_name_and_say_what_they_are)
{
    for (size_t i = 0; i < rest_route_count; i++) {
        const struct rest_route *route = &rest_routes[i];
        cr_assert(route->name && route->doc && route->formats != 0 && route->reply, "%s", route->path);
        cr_assert_eq(route->parts != NULL, text_find_byte(text_of(route->path), '{') >= 0, "%s", route->path);
        for (size_t j = 0; j < i; j++) {
            cr_assert(strcmp(route->path, rest_routes[j].path) != 0 ||
                      route->method != rest_routes[j].method);
            cr_assert_str_neq(route->name, rest_routes[j].name);
        }
    }
}

Test(rest_routes, are_all_described_with_their_parameters_and_refusals)
{
    struct document *description;
    struct error err = {0};
    cr_assert(json_parse(arena, rest_openapi(arena), TEXT(""), &description, &err), "%s", err.message);
    const struct document *paths = document_find(description, TEXT("paths"));
    size_t operations = 0;
    for (size_t i = 0; i < document_count(paths); i++)
        operations += document_count(document_value_at(paths, i));
    cr_assert_eq(operations, rest_route_count);
    for (size_t i = 0; i < rest_route_count; i++) {
        const struct rest_route *route = &rest_routes[i];
        const struct document *get = document_find(document_find(paths, text_of(route->path)),
                                                   text_of(!route->method                       ? "get"
                                                           : strcmp(route->method, "POST") == 0 ? "post"
                                                                                                : "delete"));
        size_t count =
            (route->parts ? route->parts->field_count : 0) + (route->query ? route->query->field_count : 0);
        cr_assert_eq(document_count(document_find(get, TEXT("parameters"))), count, "%s", route->path);
        cr_assert_eq(document_find(get, TEXT("security")) != NULL, route->is_open, "%s", route->path);
        cr_assert_eq(document_get(get, "responses.401") == NULL, route->is_open, "%s", route->path);
        cr_assert_eq(document_get(get, "responses.400") != NULL, route->query || route->body, "%s",
                     route->path);
        cr_assert_eq(document_get(get, "requestBody") != NULL, route->body != NULL, "%s", route->path);
        cr_assert_eq(document_get(get, "responses.201") != NULL, route->is_made, "%s", route->path);
    }
}

Test(rest_routes, are_described_without_what_only_a_cluster_reads)
{
    cr_assert_lt(text_find(rest_openapi(arena), TEXT("x-kubernetes")), 0);
}
