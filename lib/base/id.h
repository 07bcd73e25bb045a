/* Identifiers and secrets from the kernel's random source (getrandom). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/base/text.h"

#define ID_ULID_LENGTH 26

/* Fills bytes with unpredictable ones; ends the process when the kernel cannot. */
void id_random_bytes(void *bytes, size_t length);
/* Bytes that nobody else has (at most 512): kernel randomness handed out from a pool, so never for secrets.
 * Our programs do not fork without exec, so no two processes hand out the same pool. */
void id_unique_bytes(void *bytes, size_t length);
/* A fast non-secret random number, for jitter and weighted choice: seeded once from the kernel. */
uint64_t id_random_u64(void);
/* A ULID (26 characters of Crockford base32: 48 bits of time, 80 random), not NUL-terminated. */
void id_ulid(char out[ID_ULID_LENGTH], int64_t unix_ms);
/* The same, and behind the one before of the same millisecond (ULID specification, "Monotonicity"): what is
 * listed by its id stands in the order in which it was made. Guessable from the one before. */
void id_ulid_in_order(char out[ID_ULID_LENGTH], int64_t unix_ms);
/* A new ULID for the time it is now, in the arena. */
struct text id_new(struct arena *arena);
