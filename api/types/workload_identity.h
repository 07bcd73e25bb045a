/* How a gateway knows workloads by their projected ServiceAccount tokens, offline: who issues them and with
 * which keys. What Kubernetes calls things in a token is written down here and nowhere else. */
#pragma once

#include "lib/schema/fields.h"

/* The ServiceAccount "aidep-<name>" is the Deployment <name>'s. */
#define WORKLOAD_ACCOUNT_PREFIX "aidep-"

/* clang-format off */
#define TOKEN_KEY_FIELDS(F, T)                                                                                         \
    F(T, TEXT, kid, "kid", DOC("Name of the key in a token's header."))                                                \
    F(T, TEXT, alg, "alg", MAX_LENGTH(16), DOC("RS256, RS384, RS512, ES256 or ES384; empty: what its type can."))      \
    F(T, TEXT, kty, "kty", MAX_LENGTH(16), DOC("RSA or EC."))                                                          \
    F(T, TEXT, n, "n", MAX_LENGTH(2048), DOC("RSA: the modulus, base64url."))                                          \
    F(T, TEXT, e, "e", MAX_LENGTH(16), DOC("RSA: the exponent, base64url."))                                           \
    F(T, TEXT, crv, "crv", MAX_LENGTH(16), DOC("EC: P-256 or P-384."))                                                 \
    F(T, TEXT, x, "x", MAX_LENGTH(128), DOC("EC: a coordinate, base64url."))                                           \
    F(T, TEXT, y, "y", MAX_LENGTH(128), DOC("EC: a coordinate, base64url."))
DECLARE_SCHEMA(token_key, TOKEN_KEY_FIELDS);

#define WORKLOAD_IDENTITY_FIELDS(F, T)                                                                                 \
    F(T, TEXT, issuer, "issuer", MAX_LENGTH(2048), DOC("Who makes the tokens; empty: workloads need a key like everybody.")) \
    F(T, TEXT, audience, "audience", DOC("For whom a token must be."))                                                 \
    F(T, TEXT, namespace, "namespace", DOC("Whose workloads are callers: the environment's."))                         \
    F(T, LIST(token_key), keys, "keys", MAX_ITEMS(32), DOC("Public keys that tokens are signed with."))
DECLARE_SCHEMA(workload_identity, WORKLOAD_IDENTITY_FIELDS);
/* clang-format on */
