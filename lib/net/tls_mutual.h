/* TLS with certificates on both sides, TLS 1.3 only: settings for contexts that libwebsockets makes sessions
 * of. For the websocket_ files only. */
#pragma once

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct ssl_ctx_st; /* OpenSSL's SSL_CTX */
struct ssl_st;     /* SSL */

/* PEM texts: this side's certificate (and what leads to its authority) and key, and who signs the others. */
struct tls_mutual_texts {
    struct text certificate, key, authorities;
};

/* Told of a peer's certificate that was refused. */
struct tls_mutual_watch {
    void (*on_refused)(void *owner, struct text reason);
    void *owner;
};

/* A context for the dialling side; ends with the arena. */
struct ssl_ctx_st *tls_mutual_client_new(struct arena *arena);
/* Verification always, no resumption (a session would outlive its certificate's authority), no tickets; the
 * watch may be NULL and lives as long as the context. */
void tls_mutual_set_up(struct ssl_ctx_st *context, const struct tls_mutual_watch *watch);
/* From now on new sessions are made with these; after a failure the old ones hold. */
MUST_CHECK bool
tls_mutual_use(struct ssl_ctx_st *context, const struct tls_mutual_texts *texts, struct error *err);
/* Why a certificate is not believed; of OpenSSL's X509_STORE_CTX, in its verify callback. */
struct text tls_mutual_doubt(const void *verifying);
/* The common name of the session's peer, verified; empty when it is not. */
struct text tls_mutual_peer(struct arena *arena, struct ssl_st *session);
