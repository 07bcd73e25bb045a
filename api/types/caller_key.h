/* A caller's key: "weir_<label>_<43 characters of 256 random bits>_<6 hex digits of checksum>".
 *
 * The checksum lets secret scanners and us tell a typo from a wrong key offline. Only the SHA-256 of the
 * whole key is ever kept; it needs no salt or slow hash because the secret is 256 random bits. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/net/digest.h"

struct arena;

/* A new key for people to store; label (a DNS label: the environment or the caller) only helps to recognise
 * it. */
struct text caller_key_new(struct arena *arena, struct text label);
/* "sha256:<64 hex digits>": what Workspace.spec.callers[].keyHashes holds. */
struct text caller_key_hash(struct arena *arena, struct text key);
/* What tells it from others and is shown: the beginning of such a text, with 12 digits. */
struct text caller_key_id(struct text hash);
/* The digest that such a text stands for; false when it is none. */
MUST_CHECK bool caller_key_hash_read(struct text written, uint8_t out_hash[DIGEST_SHA256_BYTES]);
/* True when the checksum is right: says nothing of whether anybody accepts the key. */
bool caller_key_is_well_formed(struct text key);
