/* TLS by OpenSSL: contexts for both sides, and a session over one socket. TLS 1.2 and 1.3, ALPN http/1.1. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct tls_context;
struct tls_identity;
struct tls_session;

/* PEM files. */
struct tls_server_files {
    const char *certificates; /* the chain */
    const char *key;          /* of its first */
    const char *client_ca;    /* may be NULL; else clients need a certificate signed by it */
};

MUST_CHECK bool tls_server_context(struct arena *arena, const struct tls_server_files *files,
                                   struct tls_context **out_context, struct error *err);
/* The same of PEM texts, for one that is renewed while it is used; clients show no certificate. */
MUST_CHECK bool tls_server_context_of(struct arena *arena, const struct tls_identity *identity,
                                      struct tls_context **out_context, struct error *err);
/* New sessions are met with this from now on; open ones go on. After a failure the old one holds. */
MUST_CHECK bool
tls_server_context_use(struct tls_context *context, const struct tls_identity *identity, struct error *err);
/* Client side: verifies peer and host name always, against ca_file or the system's store when NULL. */
MUST_CHECK bool tls_client_context(struct arena *arena, const char *ca_file, struct tls_context **out_context,
                                   struct error *err);

struct tls_session *tls_session_accept(struct arena *arena, struct tls_context *context, int fd);
struct tls_session *
tls_session_connect(struct arena *arena, struct tls_context *context, int fd, struct text host);
/* As recv and send; the handshake happens inside. -1 with EAGAIN and *out_wants_write when TLS itself waits
 * to write. */
ssize_t tls_receive(struct tls_session *session, void *bytes, size_t capacity, bool *out_wants_write);
ssize_t tls_send(struct tls_session *session, const void *bytes, size_t length, bool *out_wants_read);
/* More may be received although the descriptor does not become readable: call tls_receive again. */
bool tls_has_buffered(const struct tls_session *session);
/* Why the session failed ("certificate has expired"), or the empty text. */
struct text tls_session_failure(const struct tls_session *session);
/* Sends close_notify if it can without waiting; receiving goes on. */
void tls_session_end_sending(struct tls_session *session);
/* As tls_session_end_sending, and nothing else may be done with the session. Memory ends with the arena. */
void tls_session_close(struct tls_session *session);
