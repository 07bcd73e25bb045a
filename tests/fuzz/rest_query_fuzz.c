/* A request's query, path, Accept header and cursor as anybody may write them: what is accepted is within its
 * bounds, what is refused has words, and a cursor that is taken is one that is given out. The first byte
 * chooses the route. */
#include <assert.h>

#include "api/server/rest/rest_accept.h"
#include "api/server/rest/rest_cursor.h"
#include "api/server/rest/rest_query.h"
#include "api/server/rest/rest_routes.h"
#include "lib/base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
try_query(struct arena *arena, const struct schema *schema, struct text query)
{
    void *value = arena_alloc(arena, schema->size);
    struct text wrong = {0};
    if (!rest_query_read(arena, schema, query, value, &wrong)) {
        assert(wrong.length > 0 && wrong.length < 65536);
        return;
    }
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        struct text text;
        int64_t number;
        memcpy(&text, (const char *)value + field->offset, field->kind == FIELD_TEXT ? sizeof(text) : 0);
        memcpy(&number, (const char *)value + field->offset, field->kind == FIELD_INT ? sizeof(number) : 0);
        assert(field->kind != FIELD_TEXT || (text_is_utf8(text) && text_find_byte(text, '\0') < 0));
        assert(field->kind != FIELD_TEXT || field->max_length == 0 || text.length <= field->max_length);
        assert(field->kind != FIELD_INT || (number >= field->lowest && number <= field->highest));
    }
}

static void
try_cursor(struct arena *arena, struct text cursor)
{
    struct call_place place, again;
    int64_t rows, rows_again;
    if (rest_cursor_read_call(arena, cursor, &place)) {
        assert(rest_cursor_read_call(arena, rest_cursor_of_call(arena, &place), &again));
        assert(place.time_ms == again.time_ms && place.number == again.number &&
               text_equals(place.id, again.id));
        assert(text_equals(rest_cursor_of_call(arena, &place), cursor));
    }
    if (rest_cursor_read_rows(arena, cursor, &rows))
        assert(rest_cursor_read_rows(arena, rest_cursor_of_rows(arena, rows), &rows_again) &&
               rows == rows_again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    struct arena *arena = arena_new(0);
    struct text input = {(const char *)bytes + 1, size - 1};
    const struct rest_route *route = &rest_routes[bytes[0] % rest_route_count];
    struct text_pair_list parts;
    enum rest_format format;
    if (route->query)
        try_query(arena, route->query, input);
    const struct rest_route *found = rest_route_find(arena, input, TEXT("GET"), &parts);
    assert(!found || !found->parts || parts.count == found->parts->field_count);
    if (rest_accept_choose(input, route->formats, &format))
        assert(route->formats & (1u << format));
    try_cursor(arena, input);
    arena_free(arena);
    return 0;
}
