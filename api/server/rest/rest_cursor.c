/* base64url of "c:TIME:NUMBER:LENGTH OF JOURNAL:JOURNAL ID", of "r:COUNT", of "a:ID" and of
 * "d:INDEX:WORKSPACE". */
#include "api/server/rest/rest_cursor.h"

#include "lib/base/parse.h"
#include "lib/net/digest.h"

static bool open_cursor(struct arena *arena, struct text cursor, const char *kind, struct text *out_rest);
static bool read_number(struct text *rest, int64_t *out_number);
static struct text close_cursor(struct arena *arena, struct text plain);

struct text
rest_cursor_of_call(struct arena *arena, const struct call_place *place)
{
    return close_cursor(arena, text_format(arena, "c:%lld:%lld:%zu:%.*s%.*s", (long long)place->time_ms,
                                           (long long)place->number, place->journal.length,
                                           TEXT_ARG(place->journal), TEXT_ARG(place->id)));
}

bool
rest_cursor_read_call(struct arena *arena, struct text cursor, struct call_place *out_place)
{
    struct text rest;
    struct call_place place;
    int64_t length;
    if (!open_cursor(arena, cursor, "c", &rest) || !read_number(&rest, &place.time_ms) ||
        !read_number(&rest, &place.number) || !read_number(&rest, &length) || length > (int64_t)rest.length)
        return false;
    place.journal = text_slice(rest, 0, (size_t)length);
    place.id = text_slice(rest, (size_t)length, rest.length);
    if (!text_is_utf8(place.journal) || !text_is_utf8(place.id)) /* no database takes another */
        return false;
    *out_place = place;
    return true;
}

struct text
rest_cursor_of_rows(struct arena *arena, int64_t count)
{
    return close_cursor(arena, text_format(arena, "r:%lld:", (long long)count));
}

bool
rest_cursor_read_rows(struct arena *arena, struct text cursor, int64_t *out_count)
{
    struct text rest;
    int64_t count;
    if (!open_cursor(arena, cursor, "r", &rest) || !read_number(&rest, &count) || !text_is_empty(rest))
        return false;
    *out_count = count;
    return true;
}

struct text
rest_cursor_of_alert(struct arena *arena, struct text id)
{
    return close_cursor(arena, text_format(arena, "a:%.*s", TEXT_ARG(id)));
}

bool
rest_cursor_read_alert(struct arena *arena, struct text cursor, struct text *out_id)
{
    struct text id;
    if (!open_cursor(arena, cursor, "a", &id) || text_is_empty(id) || !text_is_utf8(id))
        return false;
    *out_id = id;
    return true;
}

struct text
rest_cursor_of_declared(struct arena *arena, const struct in_force_place *place)
{
    return close_cursor(
        arena, text_format(arena, "d:%lld:%.*s", (long long)place->index, TEXT_ARG(place->workspace)));
}

bool
rest_cursor_read_declared(struct arena *arena, struct text cursor, struct in_force_place *out_place)
{
    struct text rest;
    struct in_force_place place;
    if (!open_cursor(arena, cursor, "d", &rest) || !read_number(&rest, &place.index) || text_is_empty(rest) ||
        !text_is_utf8(rest))
        return false;
    place.workspace = rest;
    *out_place = place;
    return true;
}

static struct text
close_cursor(struct arena *arena, struct text plain)
{
    return digest_base64url(arena, plain.bytes, plain.length);
}

static bool
open_cursor(struct arena *arena, struct text cursor, const char *kind, struct text *out_rest)
{
    struct text plain;
    if (!digest_base64url_decode(arena, cursor, &plain) || text_find_byte(plain, '\0') >= 0 ||
        !text_equals(text_cut(&plain, ':'), text_of(kind)))
        return false;
    *out_rest = plain;
    return true;
}

/* With the colon behind it; not negative. */
static bool
read_number(struct text *rest, int64_t *out_number)
{
    if (text_find_byte(*rest, ':') < 0)
        return false;
    return parse_int64(text_cut(rest, ':'), out_number) && *out_number >= 0;
}
