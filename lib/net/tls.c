/* TLS contexts and sessions over OpenSSL. Sessions work on a non-blocking socket that the transport watches;
 * nothing here knows the loop. Client sessions always verify the chain and the host name (RFC 9525). */
#include "lib/net/tls.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/tls_certificate.h"
#include "lib/net/tls_pem.h"

struct tls_context {
    SSL_CTX *ssl_context;
};

struct tls_session {
    SSL *ssl;
    struct arena *arena;
    struct text failure;
    bool has_buffered;
    bool is_broken; /* OpenSSL forbids any further call but free */
};

static void context_release(void *owner);
static void session_release(void *owner);
static struct tls_context *context_new(struct arena *arena, const SSL_METHOD *method);
static SSL_CTX *settings_new(const SSL_METHOD *method);
static void set_up_server(SSL_CTX *settings);
static bool openssl_error(struct error *err, const char *what, const char *file);
static int choose_http11(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                         const unsigned char *offered, unsigned int offered_length, void *unused);
static struct tls_session *session_new(struct arena *arena, struct tls_context *context, int fd);
static ssize_t judge(struct tls_session *session, int result, int waiting_for, bool *out_waits);

bool
tls_server_context(struct arena *arena, const struct tls_server_files *files,
                   struct tls_context **out_context, struct error *err)
{
    struct tls_context *context = context_new(arena, TLS_server_method());
    SSL_CTX *ssl_context = context->ssl_context;

    if (SSL_CTX_use_certificate_chain_file(ssl_context, files->certificates) != 1)
        return openssl_error(err, "cannot use the TLS certificate chain in", files->certificates);
    if (SSL_CTX_use_PrivateKey_file(ssl_context, files->key, SSL_FILETYPE_PEM) != 1)
        return openssl_error(err, "cannot use the TLS key in", files->key);
    if (SSL_CTX_check_private_key(ssl_context) != 1)
        return openssl_error(err, "the TLS certificate does not belong to the key in", files->key);
    if (files->client_ca) {
        if (SSL_CTX_load_verify_locations(ssl_context, files->client_ca, NULL) != 1)
            return openssl_error(err, "cannot use the TLS client authorities in", files->client_ca);
        SSL_CTX_set_client_CA_list(ssl_context, SSL_load_client_CA_file(files->client_ca));
        SSL_CTX_set_verify(ssl_context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    set_up_server(ssl_context);
    *out_context = context;
    return true;
}

bool
tls_server_context_of(struct arena *arena, const struct tls_identity *identity,
                      struct tls_context **out_context, struct error *err)
{
    struct tls_context *context = context_new(arena, TLS_server_method());
    if (!tls_server_context_use(context, identity, err))
        return false;
    *out_context = context;
    return true;
}

/* Whole and anew, so that nothing of the old one is offered, whatever kind of key it had. Sessions hold the
 * settings that they were made with. */
bool
tls_server_context_use(struct tls_context *context, const struct tls_identity *identity, struct error *err)
{
    SSL_CTX *made = settings_new(TLS_server_method());
    if (!tls_pem_use(made, identity->certificate, identity->key, err)) {
        SSL_CTX_free(made);
        return false;
    }
    set_up_server(made);
    SSL_CTX_free(context->ssl_context);
    context->ssl_context = made;
    return true;
}

bool
tls_client_context(struct arena *arena, const char *ca_file, struct tls_context **out_context,
                   struct error *err)
{
    static const unsigned char http11[] = "\x08http/1.1";
    struct tls_context *context = context_new(arena, TLS_client_method());
    SSL_CTX *ssl_context = context->ssl_context;

    SSL_CTX_set_verify(ssl_context, SSL_VERIFY_PEER, NULL);
    if (ca_file && SSL_CTX_load_verify_locations(ssl_context, ca_file, NULL) != 1)
        return openssl_error(err, "cannot use the TLS authorities in", ca_file);
    if (!ca_file && SSL_CTX_set_default_verify_paths(ssl_context) != 1)
        return openssl_error(err, "cannot use the TLS authorities of", "the system");
    if (SSL_CTX_set_alpn_protos(ssl_context, http11, sizeof(http11) - 1) != 0)
        return openssl_error(err, "cannot offer", "http/1.1");
    *out_context = context;
    return true;
}

struct tls_session *
tls_session_accept(struct arena *arena, struct tls_context *context, int fd)
{
    struct tls_session *session = session_new(arena, context, fd);
    SSL_set_accept_state(session->ssl);
    return session;
}

struct tls_session *
tls_session_connect(struct arena *arena, struct tls_context *context, int fd, struct text host)
{
    struct tls_session *session = session_new(arena, context, fd);
    char *name = text_c_string(arena, host);
    unsigned char address[16];
    bool is_address = inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;

    SSL_set_connect_state(session->ssl);
    /* SNI carries names only, never addresses (RFC 6066 3). */
    bool is_set = is_address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session->ssl), name) == 1
                             : SSL_set1_host(session->ssl, name) == 1 &&
                                   SSL_set_tlsext_host_name(session->ssl, name) == 1;
    if (!is_set) {
        session->is_broken = true;
        session->failure = TEXT("the host name cannot be verified");
    }
    return session;
}

ssize_t
tls_receive(struct tls_session *session, void *bytes, size_t capacity, bool *out_wants_write)
{
    size_t received = 0;
    int result = 1;
    *out_wants_write = false;
    session->has_buffered = false;
    if (session->is_broken) {
        errno = EPROTO;
        return -1;
    }
    ERR_clear_error();
    while (received < capacity && result > 0) {
        size_t room = capacity - received;
        result = SSL_read(session->ssl, (char *)bytes + received, room > INT32_MAX ? INT32_MAX : (int)room);
        if (result > 0)
            received += (size_t)result;
    }
    if (result > 0) {
        session->has_buffered = true;
        return (ssize_t)received;
    }
    ssize_t verdict = judge(session, result, SSL_ERROR_WANT_WRITE, out_wants_write);
    if (received == 0)
        return verdict;
    /* The end or the failure is told at the next call; nothing of the socket will announce it. */
    session->has_buffered = verdict == 0 || errno != EAGAIN;
    return (ssize_t)received;
}

ssize_t
tls_send(struct tls_session *session, const void *bytes, size_t length, bool *out_wants_read)
{
    *out_wants_read = false;
    if (length == 0)
        return 0;
    if (session->is_broken) {
        errno = EPROTO;
        return -1;
    }
    ERR_clear_error();
    int result = SSL_write(session->ssl, bytes, length > INT32_MAX ? INT32_MAX : (int)length);
    if (result > 0)
        return result;
    ssize_t verdict = judge(session, result, SSL_ERROR_WANT_READ, out_wants_read);
    if (verdict == 0) {
        errno = EPIPE;
        verdict = -1;
    }
    return verdict;
}

bool
tls_has_buffered(const struct tls_session *session)
{
    return session->has_buffered;
}

struct text
tls_session_failure(const struct tls_session *session)
{
    return session->failure;
}

void
tls_session_end_sending(struct tls_session *session)
{
    if (session->is_broken || !SSL_is_init_finished(session->ssl) ||
        (SSL_get_shutdown(session->ssl) & SSL_SENT_SHUTDOWN))
        return;
    ERR_clear_error();
    (void)SSL_shutdown(session->ssl);
    ERR_clear_error();
}

void
tls_session_close(struct tls_session *session)
{
    tls_session_end_sending(session);
    session->is_broken = true;
}

/* ---- contexts ---- */

static void
context_release(void *owner)
{
    struct tls_context *context = owner;
    SSL_CTX_free(context->ssl_context);
}

static struct tls_context *
context_new(struct arena *arena, const SSL_METHOD *method)
{
    struct tls_context *context = arena_alloc(arena, sizeof(*context));
    context->ssl_context = settings_new(method);
    arena_defer(arena, context_release, context);
    return context;
}

static SSL_CTX *
settings_new(const SSL_METHOD *method)
{
    SSL_CTX *ssl_context = SSL_CTX_new(method);
    assert(ssl_context); /* only for want of memory */
    SSL_CTX_set_min_proto_version(ssl_context, TLS1_2_VERSION);
    SSL_CTX_set_options(ssl_context,
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_cipher_list(ssl_context,
                            "ECDHE+AESGCM:ECDHE+CHACHA20"); /* TLS 1.2; those of 1.3 are all sound */
    SSL_CTX_set_mode(ssl_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS); /* idle sessions hold no record buffers */
    SSL_CTX_set_read_ahead(ssl_context, 1);                      /* one recv for a record instead of two */
    return ssl_context;
}

static void
set_up_server(SSL_CTX *settings)
{
    SSL_CTX_set_session_id_context(settings, (const unsigned char *)"weir", 4);
    SSL_CTX_set_alpn_select_cb(settings, choose_http11, NULL);
}

/* The deepest reason of the error queue, which holds why the file was not usable. */
static bool
openssl_error(struct error *err, const char *what, const char *file)
{
    char reason[256];
    ERR_error_string_n(ERR_peek_error(), reason, sizeof(reason));
    const char *words = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    return error_set(err, ERROR_INVALID, "%s %s: %s", what, file, words ? words : reason);
}

static int /* NOLINTNEXTLINE(readability-function-size): OpenSSL's callback */
choose_http11(SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *offered,
              unsigned int offered_length, void *unused)
{
    static const unsigned char http11[] = "\x08http/1.1";
    (void)ssl;
    (void)unused;
    unsigned char *chosen = NULL;
    int found =
        SSL_select_next_proto(&chosen, out_length, http11, sizeof(http11) - 1, offered, offered_length);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* ---- sessions ---- */

static void
session_release(void *owner)
{
    struct tls_session *session = owner;
    SSL_free(session->ssl);
}

static struct tls_session *
session_new(struct arena *arena, struct tls_context *context, int fd)
{
    struct tls_session *session = arena_alloc(arena, sizeof(*session));
    session->arena = arena;
    session->ssl = SSL_new(context->ssl_context);
    assert(session->ssl);
    arena_defer(arena, session_release, session);
    int is_set = SSL_set_fd(session->ssl, fd);
    assert(is_set == 1);
    return session;
}

static void
remember_failure(struct tls_session *session)
{
    unsigned long code = ERR_peek_error();
    long verdict = SSL_get_verify_result(session->ssl);
    const char *words = NULL;
    if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED && verdict != X509_V_OK)
        words = X509_verify_cert_error_string(verdict);
    else if (code != 0)
        words = ERR_reason_error_string(code);
    session->is_broken = true;
    if (words) /* else the socket failed, and errno says how */
        session->failure = text_copy(session->arena, text_of(words));
    ERR_clear_error();
}

/* 0 at the end of the stream, -1 with errno otherwise. */
static ssize_t
judge(struct tls_session *session, int result, int waiting_for, bool *out_waits)
{
    int socket_errno = errno;
    int reason = SSL_get_error(session->ssl, result);
    if (reason == SSL_ERROR_ZERO_RETURN)
        return 0;
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) {
        *out_waits = reason == waiting_for;
        errno = EAGAIN;
        return -1;
    }
    remember_failure(session);
    errno = reason == SSL_ERROR_SYSCALL && socket_errno != 0 ? socket_errno : EPROTO;
    return -1;
}
