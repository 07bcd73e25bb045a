/* Each set is one arena; the next one replaces it. Kept as the frame that brought it. */
#include "gateway/heard_keys.h"

#include "api/types/caller_key.h"
#include "api/types/ledger_frames.h"
#include "gateway/ledger_link.h"
#include "gateway/live_callers.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/log.h"

struct heard_keys {
    const char *path;
    struct arena *arena; /* of what follows; NULL: nothing was heard */
    struct digest_table by_hash;
};

static bool on_frame(void *owner, const struct ledger_frame *frame, struct error *err);
static bool take(struct heard_keys *keys, struct text message, struct error *err);
static bool index_keys(struct arena *arena, const struct ledger_keys *heard, struct digest_table *out_table,
                       struct error *err);
static void on_release(void *owner);

struct heard_keys *
heard_keys_new(struct arena *arena, const char *state_folder)
{
    struct heard_keys *keys = arena_alloc(arena, sizeof(*keys));
    keys->path = text_c_string(arena, text_format(arena, "%s/keys.json", state_folder));
    arena_defer(arena, on_release, keys);
    return keys;
}

bool
heard_keys_load(struct heard_keys *keys, struct error *err)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct text message;
    struct error why;
    if (!file_read(arena, keys->path, LEDGER_MAX_FRAME_BYTES, &message, &why))
        return why.kind == ERROR_NOT_FOUND || error_set(err, why.kind, "%s", why.message);
    return take(keys, message, err) || error_context(err, "what was kept in %s", keys->path);
}

void
heard_keys_use_ledger(struct heard_keys *keys, struct ledger_link *link)
{
    const struct ledger_link_events events = {.on_frame = on_frame, .owner = keys};
    ledger_link_serve(link, LEDGER_LINK_KEYS, &events);
}

const struct gateway_caller *
heard_keys_caller(const struct heard_keys *keys, const struct live_callers *callers,
                  const uint8_t hash[DIGEST_SHA256_BYTES], int64_t unix_ms)
{
    const struct gateway_caller *declared = live_callers_find(callers, hash);
    const struct ledger_key *heard = keys ? digest_table_find(&keys->by_hash, hash) : NULL;
    if (!heard)
        return declared;
    if (heard->revoked != FIELD_UNSET && unix_ms >= heard->revoked)
        return NULL;
    bool is_over = heard->expires != FIELD_UNSET && unix_ms >= heard->expires;
    return declared || is_over ? declared : live_callers_named(callers, heard->caller);
}

/* In force at once, also when it cannot be kept. */
static bool
on_frame(void *owner, const struct ledger_frame *frame, struct error *err)
{
    struct heard_keys *keys = owner;
    scoped_arena struct arena *arena = arena_new(0);
    struct buffer message;
    struct error why;
    buffer_init(&message, arena, 1024);
    ledger_frame_print(arena, frame, &message);
    if (!take(keys, buffer_text(&message), err))
        return false;
    log_info("keys_heard", LOG_INT("keys", (int64_t)frame->keys.keys.count));
    if (!file_write_atomic(keys->path, buffer_text(&message), 0600, &why))
        log_error("keys_not_kept", LOG_STRING("reason", why.message));
    return true;
}

static bool
take(struct heard_keys *keys, struct text message, struct error *err)
{
    struct arena *arena = arena_new(message.length + 4096);
    struct digest_table by_hash;
    struct ledger_frame frame;
    if (!ledger_frame_parse(arena, text_copy(arena, message), &frame, err) ||
        !index_keys(arena, frame.type == LEDGER_KEYS ? &frame.keys : NULL, &by_hash, err)) {
        arena_free(arena);
        return false;
    }
    arena_free(keys->arena);
    keys->arena = arena;
    keys->by_hash = by_hash;
    return true;
}

static bool
index_keys(struct arena *arena, const struct ledger_keys *heard, struct digest_table *out_table,
           struct error *err)
{
    if (!heard)
        return error_set(err, ERROR_INVALID, "it holds no keys");
    *out_table = digest_table_new(arena, heard->keys.count);
    for (size_t i = 0; i < heard->keys.count; i++) {
        uint8_t hash[DIGEST_SHA256_BYTES];
        const struct ledger_key *key = &heard->keys.items[i];
        if (!caller_key_hash_read(key->hash, hash) || digest_table_add(out_table, hash, key))
            return error_set(err, ERROR_INVALID, "key %zu is there twice or has no hash", i);
    }
    return true;
}

static void
on_release(void *owner)
{
    struct heard_keys *keys = owner;
    arena_free(keys->arena);
}
