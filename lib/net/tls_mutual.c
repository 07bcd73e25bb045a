/* What makes a context one for mutual TLS. Host names are checked by whoever makes the sessions. */
#include "lib/net/tls_mutual.h"

#include <assert.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/tls_certificate.h"
#include "lib/net/tls_pem.h"

static void
release_context(void *owner)
{
    SSL_CTX_free(owner);
}

SSL_CTX *
tls_mutual_client_new(struct arena *arena)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    assert(context); /* only for want of memory */
    arena_defer(arena, release_context, context);
    tls_mutual_set_up(context, NULL);
    return context;
}

struct text
tls_mutual_doubt(const void *verifying)
{
    return text_of(X509_verify_cert_error_string(X509_STORE_CTX_get_error(verifying)));
}

/* OpenSSL's callback: changes no verdict, only tells of a bad one. */
static int
watch_verdict(int is_right, X509_STORE_CTX *verifying)
{
    const SSL *session = X509_STORE_CTX_get_ex_data(verifying, SSL_get_ex_data_X509_STORE_CTX_idx());
    const struct tls_mutual_watch *watch = SSL_CTX_get_app_data(SSL_get_SSL_CTX(session));
    if (!is_right && watch)
        watch->on_refused(watch->owner, tls_mutual_doubt(verifying));
    return is_right;
}

void
tls_mutual_set_up(SSL_CTX *context, const struct tls_mutual_watch *watch)
{
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_app_data(context, (void *)(uintptr_t)watch);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       watch ? watch_verdict : NULL);
}

bool
tls_mutual_use(SSL_CTX *context, const struct tls_mutual_texts *texts, struct error *err)
{
    X509_STORE *authorities = NULL;
    if (!tls_pem_authorities(texts->authorities, &authorities, err))
        return false;
    bool is_used = tls_pem_use(context, texts->certificate, texts->key, err);
    if (is_used)
        SSL_CTX_set1_cert_store(context, authorities);
    X509_STORE_free(authorities);
    return is_used;
}

struct text
tls_mutual_peer(struct arena *arena, SSL *session)
{
    X509 *certificate = session ? SSL_get0_peer_certificate(session) : NULL;
    char name[TLS_MAX_COMMON_NAME + 1];
    if (!certificate || SSL_get_verify_result(session) != X509_V_OK)
        return (struct text){0};
    int length =
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof(name));
    return length > 0 ? text_copy(arena, (struct text){name, (size_t)length}) : (struct text){0};
}
