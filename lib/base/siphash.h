/* SipHash-2-4 (Aumasson, Bernstein 2012): a hash whose collisions nobody can choose without knowing the key.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_BYTES 16

uint64_t siphash(const uint8_t key[SIPHASH_KEY_BYTES], const void *bytes, size_t length);
