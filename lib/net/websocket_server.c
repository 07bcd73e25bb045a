/* The listening side of the control stream. The listening socket is ours (its mode and its errors are),
 * accepted connections are handed to libwebsockets, which upgrades them and nothing else: there is no HTTP to
 * be had here. */
#include <errno.h>
#include <libwebsockets.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"
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
    const char *unix_path;
    size_t max_message_bytes;
    struct websocket_events events;
    int callback_depth; /* the context must not end inside its own callbacks */
};

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes, size_t length);
static void on_acceptable(void *owner, int events);
static void on_accept_again(void *owner);
static void destroy(void *owner);
static void server_release(void *owner);

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
    server->unix_path = text_c_string(arena, text_of(options->unix_path));
    if (!unix_socket_listen(options->unix_path, &server->listen_fd, err))
        return false;
    server->listen_io = loop_io_new(loop, arena, on_acceptable, server);
    server->accept_again = loop_timer_new(loop, arena, on_accept_again, server);
    server->destroy = loop_task_new(loop, arena, destroy, server);
    arena_defer(arena, server_release, server);

    server->context = websocket_context_new(loop, server_protocols, server);
    server->vhost = server->context ? lws_get_vhost_by_name(server->context, "default") : NULL;
    if (!server->vhost)
        return error_set(err, ERROR_INTERNAL, "libwebsockets does not start; is %s installed?",
                         "the package libwebsockets-evlib-ev");
    loop_io_watch(server->listen_io, server->listen_fd, LOOP_READ);
    *out_server = server;
    return true;
}

void
websocket_server_close(struct websocket_server *server)
{
    if (server->listen_fd >= 0) {
        loop_io_stop(server->listen_io);
        loop_timer_stop(server->accept_again);
        unlink(server->unix_path);
        close(server->listen_fd);
        server->listen_fd = -1;
    }
    if (server->callback_depth > 0)
        loop_task_post(server->destroy);
    else
        destroy(server);
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
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        *stream = websocket_stream_open(wsi, &server->events, server->max_message_bytes);
        return 0;
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
    server->callback_depth++;
    int result = on_stream(server, user, wsi, (struct text){bytes, length}, reason);
    server->callback_depth--;
    return result;
}
