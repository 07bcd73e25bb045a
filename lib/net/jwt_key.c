/* JSON Web Keys to OpenSSL's, and signatures held against them. An algorithm never chooses the kind of key:
 * the table binds both (RFC 8725 3.1). */
#include "lib/net/jwt_key.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/digest.h"

enum { MIN_RSA_BITS = 2048, MAX_RSA_BITS = 8192, MAX_EXPONENT_BYTES = 4, MAX_COORDINATE_BYTES = 48 };

struct algorithm {
    const char *name;
    const char *curve; /* NULL: RSA with PKCS #1 v1.5 (RFC 7518 3.3); else ECDSA (3.4) */
    const char *digest;
};

static const struct algorithm algorithms[] = {
    {"RS256", NULL, "SHA256"},    {"RS384", NULL, "SHA384"},    {"RS512", NULL, "SHA512"},
    {"ES256", "P-256", "SHA256"}, {"ES384", "P-384", "SHA384"},
};

static EVP_PKEY *load_rsa(struct arena *arena, const struct jwt_key *key, struct error *err);
static EVP_PKEY *load_ec(struct arena *arena, const struct jwt_key *key, struct error *err);
static EVP_PKEY *build_key(const char *type, OSSL_PARAM_BLD *build);

struct jwt_keys *
jwt_keys_new(struct arena *arena)
{
    struct jwt_keys *keys = arena_alloc(arena, sizeof(*keys));
    keys->arena = arena;
    return keys;
}

size_t
jwt_keys_count(const struct jwt_keys *keys)
{
    return keys->count;
}

static void
release_key(void *owner)
{
    EVP_PKEY_free(owner);
}

static const struct algorithm *
find_algorithm(struct text name)
{
    for (size_t i = 0; i < COUNT_OF(algorithms); i++)
        if (text_equals(name, text_of(algorithms[i].name)))
            return &algorithms[i];
    return NULL;
}

static const char *
find_curve(struct text name)
{
    for (size_t i = 0; i < COUNT_OF(algorithms); i++)
        if (algorithms[i].curve && text_equals(name, text_of(algorithms[i].curve)))
            return algorithms[i].curve;
    return NULL;
}

bool
jwt_keys_add(struct jwt_keys *keys, const struct jwt_key *key, struct error *err)
{
    bool is_rsa = text_equals(key->kty, TEXT("RSA"));
    const struct algorithm *algorithm = find_algorithm(key->alg);
    const char *curve = find_curve(key->crv);
    if (keys->count == JWT_MAX_KEYS)
        return error_set(err, ERROR_INVALID, "there are more than %d keys", JWT_MAX_KEYS);
    if (!is_rsa && !text_equals(key->kty, TEXT("EC")))
        return error_set(err, ERROR_INVALID, "its type (kty) is neither RSA nor EC");
    if (!is_rsa && !curve)
        return error_set(err, ERROR_INVALID, "its curve (crv) is neither P-256 nor P-384");
    if (!text_is_empty(key->alg) && !algorithm)
        return error_set(err, ERROR_INVALID,
                         "its algorithm (alg) is none of RS256, RS384, RS512, ES256, ES384");
    if (algorithm && algorithm->curve != (is_rsa ? NULL : curve))
        return error_set(err, ERROR_INVALID, "its algorithm (alg) does not go with its type");

    EVP_PKEY *loaded = is_rsa ? load_rsa(keys->arena, key, err) : load_ec(keys->arena, key, err);
    ERR_clear_error();
    if (!loaded)
        return false;
    arena_defer(keys->arena, release_key, loaded);
    keys->items[keys->count++] = (struct jwt_loaded_key){.kid = text_copy(keys->arena, key->kid),
                                                         .alg = text_copy(keys->arena, key->alg),
                                                         .curve = is_rsa ? NULL : curve,
                                                         .key = loaded};
    return true;
}

static EVP_PKEY *
load_rsa(struct arena *arena, const struct jwt_key *key, struct error *err)
{
    struct text modulus, exponent;
    if (!digest_base64url_decode(arena, text_slice(key->n, 0, MAX_RSA_BITS), &modulus) ||
        !digest_base64url_decode(arena, text_slice(key->e, 0, MAX_RSA_BITS), &exponent)) {
        error_set(err, ERROR_INVALID, "its modulus or exponent (n, e) is not base64url");
        return NULL;
    }
    BIGNUM *n = BN_bin2bn((const unsigned char *)modulus.bytes, (int)modulus.length, NULL);
    BIGNUM *e = BN_bin2bn((const unsigned char *)exponent.bytes, (int)exponent.length, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *loaded = NULL;
    if (BN_num_bits(n) < MIN_RSA_BITS || BN_num_bits(n) > MAX_RSA_BITS || !BN_is_odd(n))
        error_set(err, ERROR_INVALID, "its modulus (n) has not %d to %d bits", MIN_RSA_BITS, MAX_RSA_BITS);
    else if (BN_num_bytes(e) > MAX_EXPONENT_BYTES || !BN_is_odd(e) || BN_is_one(e))
        error_set(err, ERROR_INVALID, "its exponent (e) is not usable");
    else if (OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
             OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1 &&
             !(loaded = build_key("RSA", build)))
        error_set(err, ERROR_INVALID, "its modulus or exponent (n, e) is not usable");
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);
    return loaded;
}

static size_t
coordinate_bytes(const char *curve)
{
    return strcmp(curve, "P-256") == 0 ? 32 : MAX_COORDINATE_BYTES;
}

static EVP_PKEY *
load_ec(struct arena *arena, const struct jwt_key *key, struct error *err)
{
    struct text x = {0}, y = {0};
    const char *curve = find_curve(key->crv);
    size_t bytes = coordinate_bytes(curve);
    unsigned char point[1 + 2 * MAX_COORDINATE_BYTES] = {POINT_CONVERSION_UNCOMPRESSED};
    if (!digest_base64url_decode(arena, text_slice(key->x, 0, MAX_RSA_BITS), &x) ||
        !digest_base64url_decode(arena, text_slice(key->y, 0, MAX_RSA_BITS), &y) || x.length != bytes ||
        y.length != bytes) {
        error_set(err, ERROR_INVALID, "its coordinates (x, y) are not %zu bytes each, as base64url", bytes);
        return NULL;
    }
    memcpy(point + 1, x.bytes, bytes);
    memcpy(point + 1 + bytes, y.bytes, bytes);

    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *loaded = NULL;
    if (OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * bytes) == 1)
        loaded = build_key("EC", build);
    if (!loaded)
        error_set(err, ERROR_INVALID, "its coordinates (x, y) are no point of the curve");
    OSSL_PARAM_BLD_free(build);
    return loaded;
}

/* NULL when OpenSSL finds the key unsound. */
static EVP_PKEY *
build_key(const char *type, OSSL_PARAM_BLD *build)
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *making = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    if (params && making && EVP_PKEY_fromdata_init(making) == 1)
        (void)EVP_PKEY_fromdata(making, &key, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX *checking = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
    if (key && (!checking || EVP_PKEY_public_check(checking) != 1)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EVP_PKEY_CTX_free(checking);
    EVP_PKEY_CTX_free(making);
    OSSL_PARAM_free(params);
    return key;
}

/* The pair of numbers of RFC 7518 3.4 in the form OpenSSL takes; the caller frees it. 0: not a pair. */
static int
pair_to_der(const char *curve, struct text signature, unsigned char **out_der)
{
    size_t bytes = coordinate_bytes(curve);
    if (signature.length != 2 * bytes)
        return 0;
    const unsigned char *from = (const unsigned char *)signature.bytes;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    ECDSA_SIG_set0(pair, BN_bin2bn(from, (int)bytes, NULL), BN_bin2bn(from + bytes, (int)bytes, NULL));
    int length = i2d_ECDSA_SIG(pair, out_der);
    ECDSA_SIG_free(pair);
    return length > 0 ? length : 0;
}

bool
jwt_key_verifies(const struct jwt_loaded_key *key, struct text alg, struct text signed_bytes,
                 struct text signature)
{
    const struct algorithm *algorithm = find_algorithm(alg);
    if (!algorithm || algorithm->curve != key->curve ||
        (!text_is_empty(key->alg) && !text_equals(key->alg, alg)))
        return false;
    unsigned char *der = NULL;
    const unsigned char *raw = (const unsigned char *)signature.bytes;
    size_t length = key->curve ? (size_t)pair_to_der(key->curve, signature, &der) : signature.length;
    EVP_MD_CTX *verifying = EVP_MD_CTX_new();
    bool is_right =
        length > 0 &&
        EVP_DigestVerifyInit_ex(verifying, NULL, algorithm->digest, NULL, NULL, key->key, NULL) == 1 &&
        EVP_DigestVerify(verifying, key->curve ? der : raw, length, (const unsigned char *)signed_bytes.bytes,
                         signed_bytes.length) == 1;
    EVP_MD_CTX_free(verifying);
    OPENSSL_free(der);
    ERR_clear_error();
    return is_right;
}
