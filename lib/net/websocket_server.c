/* The listening side of the control stream. The listening socket is ours (its mode and its errors are),
 * accepted connections are handed to libwebsockets, which upgrades them and nothing else: there is no HTTP to
 * be had here. Over TCP nobody without a certificate of our authority gets as far as HTTP. */
#include <assert.h>
#include <errno.h>
#include <libwebsockets.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"
#include "lib/net/tcp_socket.h"
#include "lib/net/tls_mutual.h"
#include "lib/net/unix_socket.h"
#include "lib/net/websocket_private.h"

enum { ACCEPTS_PER_WAKE = 16, ACCEPT_PAUSE_MS = 100 };

struct websocket_server {
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct loop_io *listen_io;
    struct loop_timer *accept_again;
    struct loop_task *destroy;
    int listen_fd;
    int port;              /* 0 on a unix socket */
    const char *unix_path; /* NULL over TCP */
    size_t max_message_bytes;
    struct websocket_events events;
    struct lws_retry_bo idle;
    struct tls_mutual_watch watch;
    SSL_CTX *tls;       /* libwebsockets'; NULL on a unix socket */
    SSL_CTX *unused;    /* else libwebsockets 4.1.6 makes one for dialling, too, and loses it */
    int callback_depth; /* the context must not end inside its own callbacks */
};

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes, size_t length);
static void on_acceptable(void *owner, int events);
static void on_accept_again(void *owner);
static void destroy(void *owner);
static void server_release(void *owner);
static bool listen_on(struct websocket_server *server, struct arena *arena,
                      const struct websocket_options *options, struct error *err);
static bool start_context(struct websocket_server *server, struct loop *loop, struct error *err);
static void on_refused(void *owner, struct text reason);

static const struct lws_protocols server_protocols[] = {
    {.name = WEBSOCKET_PROTOCOL,
     .callback = on_lws,
     .per_session_data_size = sizeof(struct websocket_stream *)},
    {0},
};

bool
websocket_server_start(struct arena *arena, const struct websocket_options *options,
                       struct websocket_server **out_server, struct error *err)
{
    struct loop *loop = options->loop;
    struct websocket_server *server = arena_alloc(arena, sizeof(*server));
    server->listen_fd = -1;
    server->max_message_bytes = options->max_message_bytes;
    server->events = options->events;
    server->unix_path = options->unix_path ? text_c_string(arena, text_of(options->unix_path)) : NULL;
    server->idle = websocket_idle_policy(options->ping_seconds);
    server->watch = (struct tls_mutual_watch){on_refused, server};
    if (!options->unix_path)
        server->unused = tls_mutual_client_new(arena);
    if (!listen_on(server, arena, options, err))
        return false;
    server->listen_io = loop_io_new(loop, arena, on_acceptable, server);
    server->accept_again = loop_timer_new(loop, arena, on_accept_again, server);
    server->destroy = loop_task_new(loop, arena, destroy, server);
    arena_defer(arena, server_release, server);

    if (!start_context(server, loop, err) ||
        (server->port > 0 && !websocket_server_use_identity(server, &options->identity, err))) {
        websocket_server_close(server);
        return false;
    }
    loop_io_watch(server->listen_io, server->listen_fd, LOOP_READ);
    *out_server = server;
    return true;
}

int
websocket_server_port(const struct websocket_server *server)
{
    return server->port;
}

bool
websocket_server_use_identity(struct websocket_server *server,
                              const struct websocket_server_identity *identity, struct error *err)
{
    assert(server->tls);
    const struct tls_mutual_texts texts = {identity->certificate, identity->key, identity->client_ca};
    return tls_mutual_use(server->tls, &texts, err);
}

void
websocket_server_close(struct websocket_server *server)
{
    if (server->listen_fd >= 0) {
        loop_io_stop(server->listen_io);
        loop_timer_stop(server->accept_again);
        if (server->unix_path)
            unlink(server->unix_path);
        close(server->listen_fd);
        server->listen_fd = -1;
    }
    if (server->callback_depth > 0)
        loop_task_post(server->destroy);
    else
        destroy(server);
}

static bool
listen_on(struct websocket_server *server, struct arena *arena, const struct websocket_options *options,
          struct error *err)
{
    if (options->unix_path)
        return unix_socket_listen(options->unix_path, &server->listen_fd, err);
    struct text host;
    int port;
    if (!tcp_socket_cut_port(text_of(options->address), &host, &port))
        return error_set(err, ERROR_INVALID, "%s is not ADDR:PORT, like 0.0.0.0:8443", options->address);
    if (!tcp_socket_listen(text_c_string(arena, host), port, false, &server->listen_fd, err))
        return false;
    server->port = tcp_socket_port(server->listen_fd);
    return true;
}

static bool
start_context(struct websocket_server *server, struct loop *loop, struct error *err)
{
    bool is_tcp = server->port > 0;
    const struct websocket_context_options options = {
        .side = is_tcp ? WEBSOCKET_TLS_SERVER : WEBSOCKET_UNIX,
        .protocols = server_protocols,
        .owner = server,
        .client_tls = server->unused,
        .idle = is_tcp ? &server->idle : NULL,
    };
    server->context = websocket_context_new(loop, &options);
    server->vhost = server->context ? lws_get_vhost_by_name(server->context, "default") : NULL;
    if (server->vhost && (!is_tcp || server->tls))
        return true;
    return error_set(err, ERROR_INTERNAL, "libwebsockets does not start; is %s installed?",
                     "the package libwebsockets-evlib-ev");
}

static void
on_refused(void *owner, struct text reason)
{
    struct websocket_server *server = owner;
    if (server->events.on_refused)
        server->events.on_refused(server->events.owner, reason);
}

static void
tell_nobody(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    (void)stream;
}

/* The arena ends, and with it perhaps the owner: nobody is told. */
static void
server_release(void *owner)
{
    struct websocket_server *server = owner;
    server->events.on_close = tell_nobody;
    websocket_server_close(server);
}

static void
destroy(void *owner)
{
    struct websocket_server *server = owner;
    struct lws_context *context = server->context;
    server->context = NULL;
    server->tls = NULL;
    if (context)
        lws_context_destroy(context); /* every open stream hears on_close */
}

static void
on_acceptable(void *owner, int events)
{
    (void)events;
    struct websocket_server *server = owner;
    for (int i = 0; i < ACCEPTS_PER_WAKE && server->listen_fd >= 0; i++) {
        int fd = accept4(server->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            (void)lws_adopt_socket_vhost(server->vhost, fd); /* closes it on failure */
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            loop_io_stop(server->listen_io);
            loop_timer_start(server->accept_again, ACCEPT_PAUSE_MS);
            return;
        }
    }
}

static void
on_accept_again(void *owner)
{
    struct websocket_server *server = owner;
    loop_io_watch(server->listen_io, server->listen_fd, LOOP_READ);
}

static int
on_stream(struct websocket_server *server, struct websocket_stream **stream, struct lws *wsi,
          struct text bytes, enum lws_callback_reasons reason)
{
    const struct websocket_stream_options options = {.events = &server->events,
                                                     .max_message_bytes = server->max_message_bytes,
                                                     .is_verified = server->port > 0};
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        *stream = websocket_stream_open(wsi, &options);
        return *stream ? 0 : -1;
    case LWS_CALLBACK_RECEIVE:
        return websocket_stream_receive(*stream, bytes.bytes, bytes.length);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return websocket_stream_write(*stream);
    case LWS_CALLBACK_CLOSED:
        websocket_stream_closed(*stream);
        *stream = NULL;
        return 0;
    case LWS_CALLBACK_HTTP: /* no upgrade was asked for */
        return -1;
    default:
        return 0;
    }
}

static int
on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes, size_t length)
{
    struct lws_context *context = lws_get_context(wsi);
    struct websocket_server *server = context ? lws_context_user(context) : NULL;
    if (!server)
        return 0;
    if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS) { /* user is its new context */
        server->tls = user;
        tls_mutual_set_up(server->tls, &server->watch);
        return 0;
    }
    server->callback_depth++;
    int result = on_stream(server, user, wsi, (struct text){bytes, length}, reason);
    server->callback_depth--;
    return result;
}
