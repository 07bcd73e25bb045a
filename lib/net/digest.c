/* SHA-256 and the two things secrets need (OpenSSL); how digests are written is digest_text.c's. */
#include "lib/net/digest.h"

/* The low-level functions are deprecated for the providers' sake; the fetched ones cost ten times the digest
 * of a key, and every call has one. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "lib/base/arena.h"

void
digest_sha256(struct text bytes, uint8_t out[DIGEST_SHA256_BYTES])
{
    SHA256_CTX state;
    SHA256_Init(&state); /* these three cannot fail */
    SHA256_Update(&state, bytes.bytes, bytes.length);
    SHA256_Final(out, &state);
    OPENSSL_cleanse(&state, sizeof(state));
}

struct text
digest_sha256_hex(struct arena *arena, struct text bytes)
{
    uint8_t digest[DIGEST_SHA256_BYTES];
    digest_sha256(bytes, digest);
    return digest_hex(arena, digest, sizeof(digest));
}

bool
digest_equals(const void *a, const void *b, size_t length)
{
    return CRYPTO_memcmp(a, b, length) == 0;
}

void
digest_forget(void *bytes, size_t length)
{
    OPENSSL_cleanse(bytes, length);
}
