/* Signing keys in files. */
#pragma once

#include "lib/net/signature.h"

/* Writes a private key to a new file of mode 0600, synced. ERROR_CONFLICT when something is there: a key that
 * is written over makes nothing verifiable that it will sign no more. */
MUST_CHECK bool signature_file_save(const char *path, const struct signature_key *key, struct error *err);
/* ERROR_DENIED for a file that others than its owner and group can read or write (a Secret's volume gives its
 * group the right to read). */
MUST_CHECK bool
signature_file_load(struct arena *arena, const char *path, struct signature_key **out_key, struct error *err);
/* Every public key of a PEM file, at least one and at most `capacity`. */
MUST_CHECK bool signature_file_load_public(const char *path, struct signature_public_key *out_keys,
                                           size_t capacity, size_t *out_count, struct error *err);
