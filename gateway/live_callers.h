/* Callers by the hash of their key: an open-addressing table over the SHA-256 itself, which nobody can aim.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "api/types/gateway_config.h"
#include "lib/base/compiler.h"
#include "lib/net/digest.h"

struct arena;
struct error;

struct live_key {
    uint8_t hash[DIGEST_SHA256_BYTES];
    const struct gateway_caller *caller; /* NULL: an empty slot */
};

struct live_callers {
    struct live_key *slots;
    size_t slot_mask; /* slots is a power of two, at most half full */
};

/* Refuses a hash that two callers share. */
MUST_CHECK bool live_callers_index(struct arena *arena, const struct gateway_config *config,
                                   struct live_callers *out_callers, struct error *err);
/* NULL for a key nobody has. Takes the same time whether or where the hash differs from one that exists. */
const struct gateway_caller *
live_callers_find(const struct live_callers *callers, const uint8_t hash[DIGEST_SHA256_BYTES]);
