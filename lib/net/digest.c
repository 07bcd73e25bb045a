/* SHA-256 and the two things secrets need (OpenSSL); how digests are written is digest_text.c's. */
#include "lib/net/digest.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "lib/base/arena.h"

/* The one-shot call: a fetched EVP_MD kept in a static would save a third of its half microsecond, at the
 * price of a mutable global. */
void
digest_sha256(struct text bytes, uint8_t out[DIGEST_SHA256_BYTES])
{
    static const unsigned char nothing[1];
    const unsigned char *start = bytes.length > 0 ? (const unsigned char *)bytes.bytes : nothing;
    const unsigned char *digest = SHA256(start, bytes.length, out);
    assert(digest); /* fails only without memory or without a provider for SHA-256 */
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
