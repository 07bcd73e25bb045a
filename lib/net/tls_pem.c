/* PEM texts to certificates, keys and stores. Passwords are never asked for: a key that has one is refused.
 */
#include "lib/net/tls_pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "lib/base/error.h"

enum { MAX_CHAIN = 8 };

static BIO *
open_pem(struct text pem)
{
    if (text_is_empty(pem) || pem.length > TLS_PEM_MAX_BYTES)
        return NULL;
    return BIO_new_mem_buf(pem.bytes, (int)pem.length);
}

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
tls_pem_error(struct error *err, const char *what)
{
    const char *words = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    return error_set(err, ERROR_INVALID, "%s: %s", what, words ? words : "it is not usable");
}

bool
tls_pem_certificate(struct text pem, X509 **out_certificate, struct error *err)
{
    BIO *from = open_pem(pem);
    X509 *certificate = from ? PEM_read_bio_X509(from, NULL, refuse_password, NULL) : NULL;
    BIO_free(from);
    if (!certificate)
        return tls_pem_error(err, "the certificate cannot be read as PEM");
    *out_certificate = certificate;
    return true;
}

bool
tls_pem_key(struct text pem, EVP_PKEY **out_key, struct error *err)
{
    BIO *from = open_pem(pem);
    EVP_PKEY *key = from ? PEM_read_bio_PrivateKey(from, NULL, refuse_password, NULL) : NULL;
    BIO_free(from);
    if (!key)
        return tls_pem_error(err, "the private key cannot be read as PEM");
    *out_key = key;
    return true;
}

bool
tls_pem_authorities(struct text pem, X509_STORE **out_store, struct error *err)
{
    X509_STORE *store = X509_STORE_new();
    BIO *from = open_pem(pem);
    X509 *authority;
    int count = 0;
    while (from && (authority = PEM_read_bio_X509(from, NULL, refuse_password, NULL))) {
        count += X509_STORE_add_cert(store, authority) == 1;
        X509_free(authority);
    }
    bool is_at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    BIO_free(from);
    if (count > 0 && is_at_end) {
        ERR_clear_error();
        *out_store = store;
        return true;
    }
    X509_STORE_free(store);
    return tls_pem_error(err, "the authorities cannot be read as PEM certificates");
}

/* The certificates after the first: what leads from it to an authority. */
static STACK_OF(X509) * read_chain(struct text pem)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    BIO *from = open_pem(pem);
    X509 *certificate = PEM_read_bio_X509(from, NULL, refuse_password, NULL);
    X509_free(certificate);
    while (sk_X509_num(chain) < MAX_CHAIN &&
           (certificate = PEM_read_bio_X509(from, NULL, refuse_password, NULL)))
        sk_X509_push(chain, certificate);
    BIO_free(from);
    ERR_clear_error(); /* the end of the text */
    return chain;
}

bool
tls_pem_use(SSL_CTX *context, struct text certificate_pem, struct text key_pem, struct error *err)
{
    X509 *certificate = NULL;
    EVP_PKEY *key = NULL;
    bool is_used = tls_pem_certificate(certificate_pem, &certificate, err) && tls_pem_key(key_pem, &key, err);
    if (is_used && X509_check_private_key(certificate, key) != 1)
        is_used = tls_pem_error(err, "the key is not the certificate's");
    if (is_used) {
        STACK_OF(X509) *chain = read_chain(certificate_pem);
        is_used = SSL_CTX_use_cert_and_key(context, certificate, key, chain, 1) == 1 ||
                  tls_pem_error(err, "the certificate cannot be used");
        sk_X509_pop_free(chain, X509_free);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return is_used;
}
