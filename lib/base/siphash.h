/* SipHash-2-4 (Aumasson, Bernstein 2012): a hash whose collisions nobody can choose without knowing the key.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_BYTES 16

uint64_t siphash(const uint8_t key[SIPHASH_KEY_BYTES], const void *bytes, size_t length);

/* The same in pieces: `siphash_start(&s, key); siphash_add(&s, ...); ...; siphash_end(&s)` is siphash() of
 * the pieces put together. */
struct siphash {
    uint64_t v0, v1, v2, v3;
    uint8_t tail[8]; /* bytes that do not fill a word yet: length % 8 of them */
    uint64_t length;
};

void siphash_start(struct siphash *s, const uint8_t key[SIPHASH_KEY_BYTES]);
void siphash_add(struct siphash *s, const void *bytes, size_t length);
uint64_t siphash_end(struct siphash *s);
