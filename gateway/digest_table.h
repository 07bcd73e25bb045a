/* Values by a SHA-256: an open-addressing table over the digest itself, which nobody can aim. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/net/digest.h"

struct arena;

struct digest_slot {
    uint8_t digest[DIGEST_SHA256_BYTES];
    const void *value; /* NULL: an empty slot */
};

struct digest_table {
    struct digest_slot *slots; /* NULL: nothing is in it */
    size_t slot_mask;          /* slots is a power of two, at most half full */
};

/* Empty, with room for so many. */
struct digest_table digest_table_new(struct arena *arena, size_t most);
/* Keeps the value, which is not NULL, unless the digest has one: that stays, and is returned. Else NULL. */
const void *
digest_table_add(struct digest_table *table, const uint8_t digest[DIGEST_SHA256_BYTES], const void *value);
/* NULL for a digest that is not there. Takes the same time whether or where it differs from one that is. */
const void *digest_table_find(const struct digest_table *table, const uint8_t digest[DIGEST_SHA256_BYTES]);
