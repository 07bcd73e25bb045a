/* Building and asking the tables of callers. Expiry is the stage's question, not theirs. */
#include "gateway/live_callers.h"

#include "api/types/caller_key.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/map.h"

static bool
add_key(struct live_callers *callers, const struct gateway_caller *caller, struct text written,
        struct error *err)
{
    uint8_t hash[DIGEST_SHA256_BYTES];
    if (!caller_key_hash_read(written, hash))
        return error_set(err, ERROR_INVALID, "caller %.*s: a key hash is not sha256: and 64 hex digits",
                         TEXT_ARG(caller->name));

    const struct gateway_caller *other = digest_table_add(&callers->keys, hash, caller);
    return !other || other == caller ||
           error_set(err, ERROR_INVALID, "callers %.*s and %.*s have the same key hash",
                     TEXT_ARG(other->name), TEXT_ARG(caller->name));
}

bool
live_callers_index(struct arena *arena, const struct gateway_config *config, struct live_callers *out_callers,
                   struct error *err)
{
    size_t keys = 0;
    for (size_t i = 0; i < config->callers.count; i++)
        keys += config->callers.items[i].key_hashes.count;

    struct live_callers callers = {digest_table_new(arena, keys), map_new(arena)};
    for (size_t i = 0; i < config->callers.count; i++) {
        struct gateway_caller *caller = &config->callers.items[i];
        map_set(callers.names, caller->name, caller);
        for (size_t k = 0; k < caller->key_hashes.count; k++)
            if (!add_key(&callers, caller, caller->key_hashes.items[k], err))
                return false;
    }
    *out_callers = callers;
    return true;
}

const struct gateway_caller *
live_callers_find(const struct live_callers *callers, const uint8_t hash[DIGEST_SHA256_BYTES])
{
    return digest_table_find(&callers->keys, hash);
}

const struct gateway_caller *
live_callers_named(const struct live_callers *callers, struct text name)
{
    return map_find(callers->names, name);
}
