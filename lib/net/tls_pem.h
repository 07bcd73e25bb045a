/* PEM texts in memory to what OpenSSL works with. For the tls_ files only. */
#pragma once

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct error;
struct evp_pkey_st;   /* OpenSSL's EVP_PKEY */
struct ssl_ctx_st;    /* SSL_CTX */
struct x509_st;       /* X509 */
struct x509_store_st; /* X509_STORE */

#define TLS_PEM_MAX_BYTES (1024 * 1024)

/* The first certificate of the text; free it with X509_free. */
MUST_CHECK bool tls_pem_certificate(struct text pem, struct x509_st **out_certificate, struct error *err);
/* A private key without a password; free it with EVP_PKEY_free. */
MUST_CHECK bool tls_pem_key(struct text pem, struct evp_pkey_st **out_key, struct error *err);
/* Every certificate of the text as an authority; at least one. Free it with X509_STORE_free. */
MUST_CHECK bool tls_pem_authorities(struct text pem, struct x509_store_st **out_store, struct error *err);
/* New sessions show themselves with this certificate and key, and with what follows the certificate in its
 * text (at most 8) as what leads to its authority. After a failure the context is as it was. */
MUST_CHECK bool
tls_pem_use(struct ssl_ctx_st *context, struct text certificate, struct text key, struct error *err);
/* False with "<what>: <OpenSSL's first reason>", and empties OpenSSL's queue. */
bool tls_pem_error(struct error *err, const char *what);
