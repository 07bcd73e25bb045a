/* Ed25519 on OpenSSL. A public key is its 32 bytes here; OpenSSL's object for it lives for one question. */
#include "lib/net/signature.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/digest.h"

enum { FINGERPRINT_BYTES = 8 };

struct signature_key {
    EVP_PKEY *key;
};

static bool fail(struct error *err, const char *what);
static struct text copy_of(struct arena *arena, BIO *bio);

static void
release_key(void *owner)
{
    struct signature_key *key = owner;
    EVP_PKEY_free(key->key); /* wipes it */
}

static struct signature_key *
own_key(struct arena *arena, EVP_PKEY *made)
{
    struct signature_key *key = arena_alloc(arena, sizeof(*key));
    key->key = made;
    arena_defer(arena, release_key, key);
    return key;
}

bool
signature_key_new(struct arena *arena, struct signature_key **out_key, struct error *err)
{
    EVP_PKEY *made = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (!made)
        return fail(err, "making a key");
    *out_key = own_key(arena, made);
    return true;
}

/* Without this OpenSSL asks on the terminal. */
static int
refuse_password(char *password, int capacity, int is_for_writing, void *unused)
{
    (void)password;
    (void)capacity;
    (void)is_for_writing;
    (void)unused;
    return -1;
}

bool
signature_key_read(struct arena *arena, struct text pem, struct signature_key **out_key, struct error *err)
{
    if (pem.length > SIGNATURE_MAX_PEM_BYTES)
        return error_set(err, ERROR_INVALID, "the key is over %d bytes", SIGNATURE_MAX_PEM_BYTES);
    BIO *from = BIO_new_mem_buf(pem.bytes ? pem.bytes : "", (int)pem.length);
    EVP_PKEY *read = from ? PEM_read_bio_PrivateKey(from, NULL, refuse_password, NULL) : NULL;
    BIO_free(from);
    if (!read)
        return fail(err, "the private key cannot be read as PEM");
    struct signature_key *key = own_key(arena, read);
    if (EVP_PKEY_get_base_id(read) != EVP_PKEY_ED25519)
        return error_set(err, ERROR_INVALID, "the private key is not an Ed25519 key");
    *out_key = key;
    return true;
}

bool
signature_key_print(struct arena *arena, const struct signature_key *key, struct text *out_pem,
                    struct error *err)
{
    BIO *to = BIO_new(BIO_s_secmem());
    bool is_printed = to && PEM_write_bio_PKCS8PrivateKey(to, key->key, NULL, NULL, 0, NULL, NULL) == 1;
    if (is_printed)
        *out_pem = copy_of(arena, to);
    BIO_free(to);
    return is_printed || fail(err, "writing the private key as PEM");
}

struct signature_public_key
signature_key_public(const struct signature_key *key)
{
    struct signature_public_key public = {0};
    size_t length = sizeof(public.bytes);
    bool is_whole =
        EVP_PKEY_get_raw_public_key(key->key, public.bytes, &length) == 1 && length == sizeof(public.bytes);
    assert(is_whole); /* every Ed25519 key has its public half */
    (void)is_whole;
    return public;
}

bool
signature_sign(const struct signature_key *key, struct text bytes, uint8_t out_signature[SIGNATURE_BYTES],
               struct error *err)
{
    EVP_MD_CTX *signing = EVP_MD_CTX_new();
    size_t length = SIGNATURE_BYTES;
    bool is_signed = signing && EVP_DigestSignInit(signing, NULL, NULL, NULL, key->key) == 1 &&
                     EVP_DigestSign(signing, out_signature, &length, (const unsigned char *)bytes.bytes,
                                    bytes.length) == 1 &&
                     length == SIGNATURE_BYTES;
    EVP_MD_CTX_free(signing);
    return is_signed || fail(err, "signing");
}

bool
signature_public_read(struct text *pem, struct signature_public_key *out_key, struct error *err)
{
    if (pem->length > SIGNATURE_MAX_PEM_BYTES)
        return error_set(err, ERROR_INVALID, "the key is over %d bytes", SIGNATURE_MAX_PEM_BYTES);
    if (text_find(*pem, TEXT("-----BEGIN PUBLIC KEY-----")) < 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no public key in it (-----BEGIN PUBLIC KEY-----)");
    BIO *from = BIO_new_mem_buf(pem->bytes, (int)pem->length);
    EVP_PKEY *read = from ? PEM_read_bio_PUBKEY(from, NULL, refuse_password, NULL) : NULL;
    size_t left = from ? BIO_ctrl_pending(from) : 0;
    BIO_free(from);
    size_t length = sizeof(out_key->bytes);
    bool is_known = read && EVP_PKEY_get_base_id(read) == EVP_PKEY_ED25519 &&
                    EVP_PKEY_get_raw_public_key(read, out_key->bytes, &length) == 1;
    EVP_PKEY_free(read);
    if (!read)
        return fail(err, "the public key cannot be read as PEM");
    if (!is_known)
        return error_set(err, ERROR_INVALID, "the public key is not an Ed25519 key");
    *pem = text_slice(*pem, pem->length - left, pem->length);
    return true;
}

static EVP_PKEY *
load_public(const struct signature_public_key *key)
{
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->bytes, sizeof(key->bytes));
}

struct text
signature_public_print(struct arena *arena, const struct signature_public_key *key)
{
    EVP_PKEY *loaded = load_public(key);
    BIO *to = BIO_new(BIO_s_mem());
    bool is_printed = PEM_write_bio_PUBKEY(to, loaded) == 1;
    assert(is_printed); /* 32 bytes of any value are written the same way */
    (void)is_printed;
    struct text pem = copy_of(arena, to);
    BIO_free(to);
    EVP_PKEY_free(loaded);
    return pem;
}

struct text
signature_public_fingerprint(struct arena *arena, const struct signature_public_key *key)
{
    uint8_t digest[DIGEST_SHA256_BYTES];
    digest_sha256((struct text){(const char *)key->bytes, sizeof(key->bytes)}, digest);
    return digest_hex(arena, digest, FINGERPRINT_BYTES);
}

bool
signature_verifies(const struct signature_public_key *key, struct text bytes, struct text signature)
{
    if (signature.length != SIGNATURE_BYTES)
        return false;
    EVP_PKEY *loaded = load_public(key);
    EVP_MD_CTX *verifying = EVP_MD_CTX_new();
    bool is_right = loaded && verifying && EVP_DigestVerifyInit(verifying, NULL, NULL, NULL, loaded) == 1 &&
                    EVP_DigestVerify(verifying, (const unsigned char *)signature.bytes, signature.length,
                                     (const unsigned char *)bytes.bytes, bytes.length) == 1;
    EVP_MD_CTX_free(verifying);
    EVP_PKEY_free(loaded);
    ERR_clear_error();
    return is_right;
}

static struct text
copy_of(struct arena *arena, BIO *bio)
{
    char *bytes = NULL;
    long length = BIO_get_mem_data(bio, &bytes);
    return text_copy(arena, (struct text){bytes, (size_t)length});
}

static bool
fail(struct error *err, const char *what)
{
    const char *words = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    return error_set(err, ERROR_INVALID, "%s: %s", what, words ? words : "it is not usable");
}
