/* Public keys as OpenSSL takes them, and the one question they answer. For jwt.c only. */
#pragma once

#include "lib/net/jwt.h"

struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

struct jwt_loaded_key {
    struct text kid, alg;
    const char *curve; /* NULL: RSA */
    struct evp_pkey_st *key;
};

struct jwt_keys {
    struct arena *arena;
    struct jwt_loaded_key items[JWT_MAX_KEYS];
    size_t count;
};

/* Whether this key may be used with an algorithm of this name, and made this signature over these bytes. */
bool jwt_key_verifies(const struct jwt_loaded_key *key, struct text alg, struct text signed_bytes,
                      struct text signature);
