/* SHA-256, HMAC and the two things secrets need (OpenSSL); how digests are written is digest_text.c's. */
#include "lib/net/digest.h"

/* The low-level functions are deprecated for the providers' sake; the fetched ones cost ten times the digest
 * of a key, and every call has one. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "lib/base/arena.h"

void
digest_sha256(struct text bytes, uint8_t out[DIGEST_SHA256_BYTES])
{
    digest_sha256_joined(&bytes, 1, out);
}

void
digest_sha256_joined(const struct text *parts, size_t count, uint8_t out[DIGEST_SHA256_BYTES])
{
    SHA256_CTX state;
    SHA256_Init(&state); /* these three cannot fail */
    for (size_t i = 0; i < count; i++)
        SHA256_Update(&state, parts[i].bytes, parts[i].length);
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

void
digest_hmac_sha256(struct text key, struct text bytes, uint8_t out[DIGEST_SHA256_BYTES])
{
    unsigned int length = 0;
    const unsigned char *message = (const unsigned char *)bytes.bytes;
    assert(key.length <= DIGEST_MAX_KEY_BYTES);
    const void *made =
        HMAC(EVP_sha256(), key.bytes ? key.bytes : "", (int)key.length, message, bytes.length, out, &length);
    assert(made && length == DIGEST_SHA256_BYTES); /* fails for unknown digests only */
    (void)made;
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
