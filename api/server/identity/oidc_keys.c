/* One GET now and then. */
#include "api/server/identity/oidc_keys.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/document/json.h"
#include "lib/net/fetch_client.h"
#include "lib/net/jwt.h"
#include "lib/net/loop.h"

enum {
    LOOK_AGAIN_MS = 600000,
    RETRY_MS = 5000,
    LEAST_BETWEEN_MS = 5000, /* for names that nobody has: tokens are made up easily */
    CONNECT_MS = 3000,
    TOTAL_MS = 5000,
    MOST_BYTES = 262144,
};

struct oidc_keys {
    struct oidc_keys_options options;
    struct fetch_client *client;
    struct loop_timer *timer;
    struct arena *look; /* under way; NULL: none */
    struct buffer answer;
    int status;
    int64_t looked_at_ms;
    struct arena *known_arena; /* NULL: nothing was read yet */
    struct jwt_keys *known;
    struct text_list names;
    struct error trouble; /* as it was told */
};

static void look(void *owner);
static void on_head(void *owner, struct fetch_call *call, int status);
static void on_body(void *owner, struct text content);
static void on_end(void *owner, enum fetch_end end, const struct error *why);
static bool take(struct oidc_keys *keys, struct error *err);
static struct jwt_key key_of(const struct document *written);
static void release(void *owner);

struct oidc_keys *
oidc_keys_start(struct arena *arena, const struct oidc_keys_options *options)
{
    struct oidc_keys *keys = arena_alloc(arena, sizeof(*keys));
    *keys = (struct oidc_keys){.options = *options, .client = fetch_client_new(arena, options->loop)};
    fetch_client_set_identity(keys->client, &(struct fetch_identity){.ca_pem = options->ca_pem});
    keys->timer = loop_timer_new(options->loop, arena, look, keys);
    arena_defer(arena, release, keys);
    loop_timer_start(keys->timer, 0);
    return keys;
}

const struct jwt_keys *
oidc_keys_now(const struct oidc_keys *keys)
{
    return keys->known;
}

bool
oidc_keys_know(struct oidc_keys *keys, struct text kid)
{
    for (size_t i = 0; i < keys->names.count; i++)
        if (text_equals(keys->names.items[i], kid))
            return true;
    if (!keys->look && loop_now_ms(keys->options.loop) - keys->looked_at_ms >= LEAST_BETWEEN_MS)
        look(keys);
    return false;
}

bool
oidc_keys_are_being_read(const struct oidc_keys *keys)
{
    return keys->look || !keys->known;
}

bool
oidc_keys_parse(struct arena *arena, struct text key_set, struct jwt_keys **out_keys,
                struct text_list *out_names, struct error *err)
{
    struct document *set = NULL;
    struct jwt_keys *keys = jwt_keys_new(arena);
    if (!json_parse(arena, key_set, (struct text){0}, &set, NULL))
        return error_set(err, ERROR_INVALID, "the key set is not JSON");
    const struct document *items = document_find(set, TEXT("keys"));
    struct text_list names = {.items = arena_alloc_array(arena, JWT_MAX_KEYS, sizeof(struct text))};
    for (size_t i = 0; i < document_count(items) && names.count < JWT_MAX_KEYS; i++) {
        struct jwt_key key = key_of(document_at(items, i));
        struct text use = document_text(document_find(document_at(items, i), TEXT("use")));
        bool is_for_signing = text_is_empty(use) || text_equals(use, TEXT("sig"));
        if (is_for_signing && jwt_keys_add(keys, &key, NULL)) /* of a kind that is not known here: left out */
            names.items[names.count++] = key.kid;
    }
    if (names.count == 0)
        return error_set(err, ERROR_INVALID, "the key set has no key that can be used here");
    *out_keys = keys;
    *out_names = names;
    return true;
}

static void
look(void *owner)
{
    struct oidc_keys *keys = owner;
    arena_free(keys->look);
    keys->look = arena_new(0);
    keys->looked_at_ms = loop_now_ms(keys->options.loop);
    keys->status = 0;
    buffer_init(&keys->answer, keys->look, 8192);
    const struct fetch_request request = {.method = TEXT("GET"),
                                          .url = keys->options.url,
                                          .headers = TEXT("Accept: application/json\n"),
                                          .connect_ms = CONNECT_MS,
                                          .total_ms = TOTAL_MS,
                                          .max_body_bytes = MOST_BYTES};
    const struct fetch_events events = {
        .on_head = on_head, .on_body = on_body, .on_end = on_end, .owner = keys};
    (void)fetch_start(keys->look, keys->client, &request, &events);
}

static void
on_head(void *owner, struct fetch_call *call, int status)
{
    (void)call;
    ((struct oidc_keys *)owner)->status = status;
}

static void
on_body(void *owner, struct text content)
{
    buffer_add_text(&((struct oidc_keys *)owner)->answer, content);
}

static void
on_end(void *owner, enum fetch_end end, const struct error *why)
{
    struct oidc_keys *keys = owner;
    struct error trouble = {0};
    bool is_good;
    if (end != FETCH_COMPLETE)
        is_good = error_set(&trouble, ERROR_UNAVAILABLE, "%s", why->message);
    else if (keys->status != 200)
        is_good = error_set(&trouble, ERROR_UNAVAILABLE, "the key set's address answered with status %d",
                            keys->status);
    else
        is_good = take(keys, &trouble);
    if (!is_good && strcmp(trouble.message, keys->trouble.message) != 0)
        log_error("identity_keys_not_read", LOG_STRING("reason", trouble.message));
    keys->trouble = trouble;
    arena_free(keys->look);
    keys->look = NULL;
    loop_timer_start(keys->timer, is_good ? LOOK_AGAIN_MS : RETRY_MS);
}

static bool
take(struct oidc_keys *keys, struct error *err)
{
    struct arena *arena = arena_new(0);
    struct text set = text_copy(arena, buffer_text(&keys->answer));
    struct jwt_keys *known = NULL;
    struct text_list names = {0};
    if (!oidc_keys_parse(arena, set, &known, &names, err)) {
        arena_free(arena);
        return false;
    }
    arena_free(keys->known_arena);
    keys->known_arena = arena;
    keys->known = known;
    keys->names = names;
    return true;
}

static struct jwt_key
key_of(const struct document *written)
{
    return (struct jwt_key){.kid = document_text(document_find(written, TEXT("kid"))),
                            .alg = document_text(document_find(written, TEXT("alg"))),
                            .kty = document_text(document_find(written, TEXT("kty"))),
                            .n = document_text(document_find(written, TEXT("n"))),
                            .e = document_text(document_find(written, TEXT("e"))),
                            .crv = document_text(document_find(written, TEXT("crv"))),
                            .x = document_text(document_find(written, TEXT("x"))),
                            .y = document_text(document_find(written, TEXT("y")))};
}

static void
release(void *owner)
{
    struct oidc_keys *keys = owner;
    arena_free(keys->look);
    arena_free(keys->known_arena);
}
