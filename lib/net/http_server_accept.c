/* The listening socket: made, accepted from, and kept from spinning when descriptors or memory run out. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/base/error.h"
#include "lib/net/http_server_private.h"
#include "lib/net/tcp_socket.h"
#include "lib/net/unix_socket.h"

enum { ACCEPTS_PER_WAKE = 64, ACCEPT_PAUSE_MS = 100 };
/* Connections beyond max_connections that are answered 503; those beyond are closed without a word. */
enum { MAX_REFUSED_CONNECTIONS = 64 };

static bool listen_on_ip(struct http_server *server, struct error *err);
static void on_acceptable(void *owner, int events);
static void on_accept_again(void *owner);

bool
http_server_listen(struct http_server *server, struct arena *arena, struct error *err)
{
    bool is_unix = server->options.address[0] == '/';
    if (is_unix ? !unix_socket_listen(server->options.address, &server->listen_fd, err)
                : !listen_on_ip(server, err))
        return false;
    server->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    server->accept_again = loop_timer_new(server->loop, arena, on_accept_again, server);
    server->listen_io = loop_io_new(server->loop, arena, on_acceptable, server);
    loop_io_watch(server->listen_io, server->listen_fd, LOOP_READ);
    return true;
}

void
http_server_stop_listening(struct http_server *server)
{
    if (server->listen_fd < 0)
        return;
    if (server->listen_io)
        loop_io_stop(server->listen_io);
    if (server->accept_again)
        loop_timer_stop(server->accept_again);
    if (server->listen_io && server->options.address[0] == '/')
        unlink(server->options.address);
    close(server->listen_fd);
    server->listen_fd = -1;
}

static bool
listen_on_ip(struct http_server *server, struct error *err)
{
    const struct http_server_options *options = &server->options;
    if (!tcp_socket_listen(options->address, options->port, options->reuse_port, &server->listen_fd, err))
        return false;
    server->port = tcp_socket_port(server->listen_fd);
    return true;
}

/* ---- accepting ---- */

static void
print_peer(const struct sockaddr_storage *address, char out[HTTP_SERVER_MAX_PEER_BYTES])
{
    static const struct in6_addr mapped = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
    const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)address;
    const char *printed = NULL;
    out[0] = '\0';
    if (address->ss_family == AF_INET)
        printed = inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, out,
                            HTTP_SERVER_MAX_PEER_BYTES);
    else if (address->ss_family == AF_INET6 && memcmp(&ip6->sin6_addr, &mapped, 12) == 0)
        printed = inet_ntop(AF_INET, &ip6->sin6_addr.s6_addr[12], out, HTTP_SERVER_MAX_PEER_BYTES);
    else if (address->ss_family == AF_INET6)
        printed = inet_ntop(AF_INET6, &ip6->sin6_addr, out, HTTP_SERVER_MAX_PEER_BYTES);
    if (!printed)
        memcpy(out, "unix", sizeof("unix"));
}

static void
pause_accepting(struct http_server *server)
{
    loop_io_stop(server->listen_io);
    loop_timer_start(server->accept_again, ACCEPT_PAUSE_MS);
}

static void
on_accept_again(void *owner)
{
    struct http_server *server = owner;
    loop_io_watch(server->listen_io, server->listen_fd, LOOP_READ);
}

/* No descriptor is left: the reserve is given up for one accept, so that the client hears why. */
static void
refuse_for_want_of_descriptors(struct http_server *server)
{
    static const char answer[] =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 136\r\n"
        "Retry-After: 1\r\nConnection: close\r\n\r\n"
        "{\"error\":{\"message\":\"no room for another connection now; try again in a second\","
        "\"type\":\"server_error\",\"param\":null,\"code\":\"overloaded\"}}";
    static_assert(sizeof(answer) == 124 + 136 + 1, "the length in the head is the body's");
    if (server->reserve_fd >= 0)
        close(server->reserve_fd);
    int fd = accept4(server->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        if (!server->options.tls)
            (void)send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
        (void)shutdown(fd, SHUT_WR);
        (void)recv(fd, server->scratch, HTTP_SERVER_SCRATCH_BYTES,
                   0); /* unread bytes would turn close into a reset */
        close(fd);
    }
    server->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || server->reserve_fd < 0)
        pause_accepting(server);
}

static void
welcome(struct http_server *server, int fd, const struct sockaddr_storage *address)
{
    int room = server->options.max_connections - server->connection_count;
    if (room <= -MAX_REFUSED_CONNECTIONS || (room <= 0 && server->options.tls)) {
        close(fd);
        return;
    }
    char peer[HTTP_SERVER_MAX_PEER_BYTES];
    print_peer(address, peer);
    http_connection_start(server, fd, peer, room > 0);
}

static void
on_acceptable(void *owner, int events)
{
    (void)events;
    struct http_server *server = owner;
    for (int i = 0; i < ACCEPTS_PER_WAKE && server->listen_fd >= 0; i++) {
        struct sockaddr_storage address = {0};
        socklen_t length = sizeof(address);
        int fd =
            accept4(server->listen_fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(server, fd, &address);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno == EMFILE || errno == ENFILE) {
            refuse_for_want_of_descriptors(server);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO) {
            pause_accepting(server); /* no memory: waking up for it again and again would not help */
            return;
        }
    }
}
