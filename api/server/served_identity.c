/* Looked at now and then: a Secret's folder in a pod is swapped as a whole, under whatever a watch would
 * hold. */
#include "api/server/served_identity.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/net/digest.h"
#include "lib/net/loop.h"

enum { LOOK_MS = 5000, MOST_PEM_BYTES = 65536 };

struct served_identity {
    struct served_identity_options options;
    struct loop_timer *timer;
    struct arena *arena; /* of the texts */
    struct websocket_server_identity texts;
    struct error trouble; /* as it was told */
};

static void look(void *owner);
static bool take_new(struct served_identity *identity, struct error *err);
static bool read_files(struct arena *arena, const struct served_identity_options *options,
                       struct websocket_server_identity *out, struct error *err);
static bool is_same(const struct websocket_server_identity *a, const struct websocket_server_identity *b);
static void forget(struct arena *arena, const struct websocket_server_identity *texts);
static void release(void *owner);

bool
served_identity_open(struct arena *arena, const struct served_identity_options *options,
                     struct served_identity **out_identity, struct error *err)
{
    struct served_identity *identity = arena_alloc(arena, sizeof(*identity));
    *identity = (struct served_identity){.options = *options, .arena = arena_new(0)};
    arena_defer(arena, release, identity);
    if (!read_files(identity->arena, options, &identity->texts, err))
        return false;
    identity->timer = loop_timer_new(options->loop, arena, look, identity);
    loop_timer_start(identity->timer, LOOK_MS);
    *out_identity = identity;
    return true;
}

struct websocket_server_identity
served_identity_texts(const struct served_identity *identity)
{
    return identity->texts;
}

static void
look(void *owner)
{
    struct served_identity *identity = owner;
    struct error why = {0};
    if (!take_new(identity, &why) && strcmp(identity->trouble.message, why.message) != 0)
        log_error("certificate_not_used", LOG_STRING("reason", why.message));
    identity->trouble = why;
    loop_timer_start(identity->timer, LOOK_MS);
}

/* Read while they are being swapped, the files may not belong together: then next time they do. */
static bool
take_new(struct served_identity *identity, struct error *err)
{
    struct arena *arena = arena_new(0);
    struct websocket_server_identity texts = {0};
    bool is_read = read_files(arena, &identity->options, &texts, err);
    bool is_new = is_read && !is_same(&texts, &identity->texts);
    if (!is_new || !identity->options.on_change(identity->options.owner, &texts, err)) {
        forget(arena, &texts);
        return is_read && !is_new;
    }
    log_info("certificate_renewed", LOG_STRING("file", identity->options.certificate));
    forget(identity->arena, &identity->texts);
    identity->arena = arena;
    identity->texts = texts;
    return true;
}

static bool
read_files(struct arena *arena, const struct served_identity_options *options,
           struct websocket_server_identity *out, struct error *err)
{
    return file_read(arena, options->certificate, MOST_PEM_BYTES, &out->certificate, err) &&
           file_read(arena, options->key, MOST_PEM_BYTES, &out->key, err) &&
           (!options->client_ca ||
            file_read(arena, options->client_ca, MOST_PEM_BYTES, &out->client_ca, err));
}

static bool
is_same(const struct websocket_server_identity *a, const struct websocket_server_identity *b)
{
    return text_equals(a->certificate, b->certificate) && text_equals(a->key, b->key) &&
           text_equals(a->client_ca, b->client_ca);
}

static void
forget(struct arena *arena, const struct websocket_server_identity *texts)
{
    if (texts->key.length > 0)
        digest_forget((void *)(uintptr_t)texts->key.bytes, texts->key.length);
    arena_free(arena);
}

static void
release(void *owner)
{
    struct served_identity *identity = owner;
    forget(identity->arena, &identity->texts);
}
