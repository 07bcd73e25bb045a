/* Reads with the scanner, not with a tree: a tree would leave copies behind. Keys of a Secret are letters,
 * digits, '-', '_' and '.', values are base64: neither needs an escape. */
#include "operator/runtime/secret_body.h"

#include "lib/base/arena.h"
#include "lib/document/json_scan.h"
#include "lib/net/digest.h"

static struct text cut_string(struct text *rest);
static void add_value(struct secret_body *body, size_t *capacity, struct text key, struct text base64);

void
secret_body_read(struct secret_body *body, struct text json)
{
    struct json_field data = {.path = "data"};
    bool has_data = json_scan(json, &data, 1, NULL) && data.kind == JSON_OBJECT;
    *body = (struct secret_body){.arena = arena_new(has_data ? data.raw.length : 1)}; /* kept: no larger */
    if (!has_data)
        return;
    size_t capacity = 0;
    for (struct text rest = data.raw; body->count < SECRET_BODY_MAX_KEYS;) {
        struct text key = cut_string(&rest), value = cut_string(&rest);
        if (!rest.bytes)
            return;
        add_value(body, &capacity, key, value);
    }
}

void
secret_body_close(struct secret_body *body)
{
    for (size_t i = 0; i < body->count; i++)
        digest_forget((void *)(uintptr_t)body->items[i].value.bytes, body->items[i].value.length);
    arena_free(body->arena);
    *body = (struct secret_body){0};
}

struct text
secret_body_find(const struct secret_body *body, struct text key)
{
    for (size_t i = 0; i < body->count; i++)
        if (text_equals(body->items[i].key, key))
            return body->items[i].value;
    return (struct text){0};
}

/* What stands between the next two quotes; rest->bytes NULL when there is nothing more. */
static struct text
cut_string(struct text *rest)
{
    ptrdiff_t from = text_find_byte(*rest, '"');
    struct text after = from < 0 ? (struct text){0} : text_slice(*rest, (size_t)from + 1, rest->length);
    ptrdiff_t to = text_find_byte(after, '"');
    if (from < 0 || to < 0) {
        *rest = (struct text){0};
        return (struct text){0};
    }
    *rest = text_slice(after, (size_t)to + 1, after.length);
    return text_slice(after, 0, (size_t)to);
}

static void
add_value(struct secret_body *body, size_t *capacity, struct text key, struct text base64)
{
    struct text value;
    if (!digest_base64_decode(body->arena, base64, &value))
        return;
    body->items = arena_grow(body->arena, body->items, body->count, capacity, sizeof(*body->items));
    body->items[body->count++] = (struct secret_value){text_copy(body->arena, key), value};
}
