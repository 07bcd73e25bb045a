/* Building and asking the table of key hashes. Expiry is the stage's question, not the table's. */
#include "gateway/live_callers.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"

enum { SMALLEST_SLOTS = 16, HASH_PREFIX_BYTES = 7 /* "sha256:" */ };

static size_t
first_slot(const struct live_callers *callers, const uint8_t hash[DIGEST_SHA256_BYTES])
{
    uint64_t start;
    memcpy(&start, hash, sizeof(start));
    return (size_t)start & callers->slot_mask;
}

static struct live_key *
find_slot(const struct live_callers *callers, const uint8_t hash[DIGEST_SHA256_BYTES])
{
    size_t at = first_slot(callers, hash);
    while (callers->slots[at].caller && !digest_equals(callers->slots[at].hash, hash, DIGEST_SHA256_BYTES))
        at = (at + 1) & callers->slot_mask;
    return &callers->slots[at];
}

static bool
add_key(struct live_callers *callers, const struct gateway_caller *caller, struct text written,
        struct error *err)
{
    uint8_t hash[DIGEST_SHA256_BYTES];
    struct text digits = text_slice(written, HASH_PREFIX_BYTES, written.length);
    if (!digest_parse_hex(digits, hash, sizeof(hash)))
        return error_set(err, ERROR_INVALID, "caller %.*s: a key hash is not sha256: and 64 hex digits",
                         TEXT_ARG(caller->name));

    struct live_key *slot = find_slot(callers, hash);
    if (slot->caller && slot->caller != caller)
        return error_set(err, ERROR_INVALID, "callers %.*s and %.*s have the same key hash",
                         TEXT_ARG(slot->caller->name), TEXT_ARG(caller->name));
    memcpy(slot->hash, hash, sizeof(hash));
    slot->caller = caller;
    return true;
}

bool
live_callers_index(struct arena *arena, const struct gateway_config *config, struct live_callers *out_callers,
                   struct error *err)
{
    size_t keys = 0;
    for (size_t i = 0; i < config->callers.count; i++)
        keys += config->callers.items[i].key_hashes.count;
    size_t slots = SMALLEST_SLOTS;
    while (slots < keys * 2)
        slots *= 2;

    struct live_callers callers = {.slots = arena_alloc_array(arena, slots, sizeof(struct live_key)),
                                   .slot_mask = slots - 1};
    for (size_t i = 0; i < config->callers.count; i++) {
        const struct gateway_caller *caller = &config->callers.items[i];
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
    return find_slot(callers, hash)->caller;
}
