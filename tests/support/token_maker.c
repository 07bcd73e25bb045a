/* See token_maker.h. */
#include "tests/support/token_maker.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "lib/base/arena.h"
#include "lib/net/digest.h"

enum { MAX_SIGNATURE = 1024, MAX_NUMBER = 1024, MAX_PAIR = 132 };

struct token_maker {
    struct arena *arena;
    struct text alg, kid;
    EVP_PKEY *key;
    const char *digest;
    size_t coordinate; /* bytes; 0: RSA */
};

static void
release(void *owner)
{
    EVP_PKEY_free(owner);
}

struct token_maker *
token_maker_new(struct arena *arena, const char *alg, const char *kid)
{
    struct token_maker *maker = arena_alloc(arena, sizeof(*maker));
    bool is_rsa = alg[0] == 'R';
    const char *bits = alg + 2;
    *maker = (struct token_maker){.arena = arena, .alg = text_of(alg), .kid = text_of(kid)};
    maker->coordinate = is_rsa ? 0 : strcmp(bits, "256") == 0 ? 32 : 48;
    maker->digest = text_c_string(arena, text_format(arena, "SHA%s", bits));
    maker->key = is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen(maker->coordinate == 32 ? "P-256" : "P-384");
    assert(maker->key);
    arena_defer(arena, release, maker->key);
    return maker;
}

static struct text
number_of(const struct token_maker *maker, const char *name, size_t width)
{
    BIGNUM *number = NULL;
    unsigned char bytes[MAX_NUMBER];
    int is_there = EVP_PKEY_get_bn_param(maker->key, name, &number);
    assert(is_there == 1);
    int length = BN_bn2binpad(number, bytes, width > 0 ? (int)width : BN_num_bytes(number));
    BN_free(number);
    return digest_base64url(maker->arena, bytes, (size_t)length);
}

struct jwt_key
token_maker_key(const struct token_maker *maker)
{
    if (maker->coordinate == 0)
        return (struct jwt_key){.kid = maker->kid,
                                .alg = maker->alg,
                                .kty = TEXT("RSA"),
                                .n = number_of(maker, OSSL_PKEY_PARAM_RSA_N, 0),
                                .e = number_of(maker, OSSL_PKEY_PARAM_RSA_E, 0)};
    return (struct jwt_key){.kid = maker->kid,
                            .alg = maker->alg,
                            .kty = TEXT("EC"),
                            .crv = maker->coordinate == 32 ? TEXT("P-256") : TEXT("P-384"),
                            .x = number_of(maker, OSSL_PKEY_PARAM_EC_PUB_X, maker->coordinate),
                            .y = number_of(maker, OSSL_PKEY_PARAM_EC_PUB_Y, maker->coordinate)};
}

/* DER to the two numbers of RFC 7518 3.4. */
static size_t
pair_of(const struct token_maker *maker, const unsigned char *der, size_t length, unsigned char *out)
{
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)length);
    assert(pair);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, (int)maker->coordinate);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + maker->coordinate, (int)maker->coordinate);
    ECDSA_SIG_free(pair);
    return 2 * maker->coordinate;
}

struct text
token_maker_sign_as(const struct token_maker *maker, struct text header, struct text claims)
{
    struct arena *arena = maker->arena;
    struct text first = digest_base64url(arena, header.bytes, header.length);
    struct text second = digest_base64url(arena, claims.bytes, claims.length);
    struct text input = text_format(arena, "%.*s.%.*s", TEXT_ARG(first), TEXT_ARG(second));
    unsigned char signature[MAX_SIGNATURE], pair[MAX_PAIR];
    size_t length = sizeof(signature);
    EVP_MD_CTX *signing = EVP_MD_CTX_new();
    int is_signed =
        EVP_DigestSignInit_ex(signing, NULL, maker->digest, NULL, NULL, maker->key, NULL) == 1 &&
        EVP_DigestSign(signing, signature, &length, (const unsigned char *)input.bytes, input.length) == 1;
    EVP_MD_CTX_free(signing);
    assert(is_signed);
    if (maker->coordinate > 0)
        length = pair_of(maker, signature, length, pair);
    struct text third = digest_base64url(arena, maker->coordinate > 0 ? pair : signature, length);
    return text_format(arena, "%.*s.%.*s", TEXT_ARG(input), TEXT_ARG(third));
}

struct text
token_maker_sign(const struct token_maker *maker, struct text claims)
{
    struct text header = text_format(maker->arena, "{\"alg\":\"%.*s\",\"kid\":\"%.*s\"}",
                                     TEXT_ARG(maker->alg), TEXT_ARG(maker->kid));
    return token_maker_sign_as(maker, header, claims);
}
