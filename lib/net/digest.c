/* SHA-256 and the two things secrets need (OpenSSL); how digests are written is digest_text.c's. */
#include "lib/net/digest.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "lib/base/arena.h"

static const EVP_MD *sha256(void);

void
digest_sha256(struct text bytes, uint8_t out[DIGEST_SHA256_BYTES])
{
    int is_made = EVP_Digest(bytes.bytes, bytes.length, out, NULL, sha256(), NULL);
    assert(is_made); /* fails only without memory */
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

/* Fetched once for the process: a fetch for every digest costs twice the digest itself. Never changes after
 * that. */
static const EVP_MD *
sha256(void)
{
    static EVP_MD *fetched;
    if (!fetched)
        fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
    assert(fetched); /* no provider offers SHA-256: OpenSSL is not configured for anything we do */
    return fetched;
}
