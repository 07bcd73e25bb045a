/* A caller's key: "weir_<label>_<43 characters of 256 random bits>_<6 hex digits of checksum>".
 *
 * The checksum lets secret scanners and us tell a typo from a wrong key offline. Only the SHA-256 of the
 * whole key is ever kept; it needs no salt or slow hash because the secret is 256 random bits. */
#pragma once

#include <stdbool.h>

#include "lib/base/text.h"

struct arena;

/* A new key for people to store; label (a DNS label: the environment or the caller) only helps to recognise
 * it. */
struct text caller_key_new(struct arena *arena, struct text label);
/* "sha256:<64 hex digits>": what Workspace.spec.callers[].keyHashes holds. */
struct text caller_key_hash(struct arena *arena, struct text key);
/* True when the checksum is right: says nothing of whether anybody accepts the key. */
bool caller_key_is_well_formed(struct text key);
