/* Signed tokens, verified offline: JWS compact (RFC 7515) with RS256, RS384, RS512, ES256 and ES384 (RFC
 * 7518), and the registered claims iss, aud, exp and nbf (RFC 7519).
 *
 * Strict: an algorithm is bound to its key's type and curve, "none" and symmetric ones do not exist here,
 * a header with "crit" is refused, and nothing in a token is ever fetched or followed. Makes no tokens. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct jwt_keys;

#define JWT_MAX_BYTES 16384
#define JWT_MAX_KEYS 32
#define JWT_LEEWAY_MS 30000

/* One public key, members as a JSON Web Key writes them (RFC 7517, base64url); what its type has no use for
 * is empty. */
struct jwt_key {
    struct text kid, alg;  /* alg may be empty: whatever its type can */
    struct text kty;       /* "RSA" or "EC" */
    struct text n, e;      /* RSA: 2048 to 8192 bits */
    struct text crv, x, y; /* EC: "P-256" or "P-384" */
};

struct jwt_expected {
    const struct jwt_keys *keys;
    struct text issuer;   /* iss must equal it */
    struct text audience; /* aud must be it or hold it */
    int64_t now_unix_ms;
};

struct jwt_claims {
    struct text json;        /* the whole payload: one valid JSON object */
    struct text subject;     /* may be empty */
    int64_t expires_unix_ms; /* exp, without leeway: must be there */
};

/* An empty set; keys are added one by one and live as long as the arena. */
struct jwt_keys *jwt_keys_new(struct arena *arena);
/* ERROR_INVALID says what is wrong with the key; the others stay usable. */
MUST_CHECK bool jwt_keys_add(struct jwt_keys *keys, const struct jwt_key *key, struct error *err);
size_t jwt_keys_count(const struct jwt_keys *keys);
/* Whether it has the form of a token: three dotted parts of base64url within the bound. */
bool jwt_has_form(struct text token);
/* The signature is checked before any claim is believed. ERROR_DENIED or ERROR_INVALID says why, without a
 * byte of the token. A token must name its key (kid) unless there is only one. */
MUST_CHECK bool jwt_verify(struct arena *arena, const struct jwt_expected *expected, struct text token,
                           struct jwt_claims *out_claims, struct error *err);

/* What a token says of itself, unverified: to choose who shall judge it, never to believe it. */
struct jwt_words {
    struct text kid, issuer; /* empty: not said */
    struct text json;        /* the payload */
    int64_t expires_unix_ms; /* INT64_MAX: not said */
};

/* False: it has not the form of a token whose header and payload are JSON objects. */
MUST_CHECK bool jwt_peek(struct arena *arena, struct text token, struct jwt_words *out_words);
bool jwt_words_are_for(struct arena *arena, const struct jwt_words *words, struct text audience);
