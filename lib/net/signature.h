/* Ed25519 (RFC 8032): keys, their PEM (RFC 8410), signing, verifying. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct signature_key; /* a private key */

#define SIGNATURE_BYTES 64
#define SIGNATURE_MAX_PEM_BYTES 16384

struct signature_public_key {
    uint8_t bytes[32]; /* as RFC 8032 5.1.5 writes it */
};

/* A new private key; ends with the arena, wiped. */
MUST_CHECK bool signature_key_new(struct arena *arena, struct signature_key **out_key, struct error *err);
/* From PKCS #8 PEM without a password. ERROR_INVALID for any other kind of key. */
MUST_CHECK bool
signature_key_read(struct arena *arena, struct text pem, struct signature_key **out_key, struct error *err);
/* As PKCS #8 PEM; the caller wipes it after use (digest_forget). */
MUST_CHECK bool signature_key_print(struct arena *arena, const struct signature_key *key,
                                    struct text *out_pem, struct error *err);
struct signature_public_key signature_key_public(const struct signature_key *key);
MUST_CHECK bool signature_sign(const struct signature_key *key, struct text bytes,
                               uint8_t out_signature[SIGNATURE_BYTES], struct error *err);

/* From SubjectPublicKeyInfo PEM; *pem becomes what follows it. ERROR_NOT_FOUND when there is no public key in
 * it at all, ERROR_INVALID for one of another kind. */
MUST_CHECK bool
signature_public_read(struct text *pem, struct signature_public_key *out_key, struct error *err);
struct text signature_public_print(struct arena *arena, const struct signature_public_key *key);
/* The first 16 hex digits of its SHA-256: what people tell keys apart by. */
struct text signature_public_fingerprint(struct arena *arena, const struct signature_public_key *key);
bool signature_verifies(const struct signature_public_key *key, struct text bytes, struct text signature);
