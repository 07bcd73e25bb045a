/* GET /.well-known/openid-configuration, then /openid/v1/jwks; what was read stays when a later look fails.
 */
#include "operator/runtime/workload_keys.h"

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/document/json.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_client.h"
#include "operator/objects/names.h"

enum { LOOK_AGAIN_MS = 180000, RETRY_MS = 5000, MOST_KEYS = 32, PATIENCE = 2 };

struct workload_keys {
    struct workload_keys_options options;
    struct loop_timer *timer;
    struct arena *request; /* of the look under way */
    struct text discovery; /* in request */
    struct arena *known_arena;
    struct text known_discovery, known_keys; /* the answers as they came, to compare */
    int failures;
};

static void look(void *owner);
static void on_discovery(void *owner, const struct kube_answer *answer);
static void on_keys(void *owner, const struct kube_answer *answer);
static void take(struct workload_keys *keys, struct text key_set);
static void note_failure(struct workload_keys *keys, const char *reason);
static void release(void *owner);

struct workload_keys *
workload_keys_new(struct arena *arena, const struct workload_keys_options *options)
{
    struct workload_keys *keys = arena_alloc(arena, sizeof(*keys));
    keys->options = *options;
    keys->timer = loop_timer_new(options->loop, arena, look, keys);
    arena_defer(arena, release, keys);
    return keys;
}

void
workload_keys_start(struct workload_keys *keys)
{
    loop_timer_start(keys->timer, 0);
}

bool
workload_keys_are_known(const struct workload_keys *keys)
{
    return keys->known_arena != NULL || keys->failures >= PATIENCE;
}

struct workload_identity
workload_keys_identity(struct arena *arena, const struct workload_keys *keys)
{
    struct workload_identity identity = {0};
    if (keys->known_arena)
        (void)!workload_keys_parse(arena, text_copy(arena, keys->known_discovery),
                                   text_copy(arena, keys->known_keys), &identity);
    return identity;
}

bool
workload_keys_parse(struct arena *arena, struct text discovery, struct text key_set,
                    struct workload_identity *out_identity)
{
    struct document *about = NULL, *set = NULL;
    if (!json_parse(arena, discovery, (struct text){0}, &about, NULL) ||
        !json_parse(arena, key_set, (struct text){0}, &set, NULL))
        return false;
    struct workload_identity identity = {.issuer = document_text(document_find(about, TEXT("issuer"))),
                                         .audience = TEXT(TOKEN_AUDIENCE)};
    const struct document *items = document_find(set, TEXT("keys"));
    size_t count = document_count(items) < MOST_KEYS ? document_count(items) : MOST_KEYS;
    identity.keys.items = arena_alloc_array(arena, count, sizeof(*identity.keys.items));
    for (size_t i = 0; i < count; i++) {
        const struct document *key = document_at(items, i);
        identity.keys.items[identity.keys.count++] =
            (struct token_key){.kid = document_text(document_find(key, TEXT("kid"))),
                               .alg = document_text(document_find(key, TEXT("alg"))),
                               .kty = document_text(document_find(key, TEXT("kty"))),
                               .n = document_text(document_find(key, TEXT("n"))),
                               .e = document_text(document_find(key, TEXT("e"))),
                               .crv = document_text(document_find(key, TEXT("crv"))),
                               .x = document_text(document_find(key, TEXT("x"))),
                               .y = document_text(document_find(key, TEXT("y")))};
    }
    if (identity.issuer.length == 0 || count == 0)
        return false;
    *out_identity = identity;
    return true;
}

static void
ask(struct workload_keys *keys, struct text path, struct text accept, kube_answer_fn on_answer)
{
    const struct kube_path_request request = {.path = path, .accept = accept, .method = TEXT("GET")};
    kube_request(keys->request, keys->options.client, &request, on_answer, keys);
}

static void
look(void *owner)
{
    struct workload_keys *keys = owner;
    arena_free(keys->request);
    keys->request = arena_new(0);
    ask(keys, TEXT("/.well-known/openid-configuration"), TEXT("application/json"), on_discovery);
}

static void
on_discovery(void *owner, const struct kube_answer *answer)
{
    struct workload_keys *keys = owner;
    if (answer->error.kind != ERROR_NONE) {
        note_failure(keys, answer->error.message);
        return;
    }
    keys->discovery = text_copy(keys->request, answer->body);
    ask(keys, TEXT("/openid/v1/jwks"), TEXT("application/jwk-set+json"), on_keys);
}

static void
on_keys(void *owner, const struct kube_answer *answer)
{
    struct workload_keys *keys = owner;
    if (answer->error.kind != ERROR_NONE)
        note_failure(keys, answer->error.message);
    else
        take(keys, answer->body);
}

static void
take(struct workload_keys *keys, struct text key_set)
{
    struct arena *arena = arena_new(0);
    struct workload_identity identity = {0};
    struct text discovery = text_copy(arena, keys->discovery);
    key_set = text_copy(arena, key_set);
    if (!workload_keys_parse(arena, discovery, key_set, &identity)) {
        note_failure(keys, "the answers name no issuer or no keys");
        arena_free(arena);
        return;
    }
    keys->failures = 0;
    loop_timer_start(keys->timer, LOOK_AGAIN_MS);
    if (text_equals(discovery, keys->known_discovery) && text_equals(key_set, keys->known_keys)) {
        arena_free(arena);
        return;
    }
    arena_free(keys->known_arena);
    keys->known_arena = arena;
    keys->known_discovery = discovery;
    keys->known_keys = key_set;
    keys->options.on_change(keys->options.owner);
}

static void
note_failure(struct workload_keys *keys, const char *reason)
{
    if (keys->failures++ == 0)
        log_warn("workload_keys_not_read", LOG_STRING("reason", reason));
    loop_timer_start(keys->timer, RETRY_MS);
    if (keys->failures == PATIENCE && !keys->known_arena)
        keys->options.on_change(keys->options.owner);
}

static void
release(void *owner)
{
    struct workload_keys *keys = owner;
    arena_free(keys->request);
    arena_free(keys->known_arena);
}
