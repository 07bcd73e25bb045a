/* Making listening TCP sockets. What is done with connections is their owner's. */
#include "lib/net/tcp_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "lib/base/error.h"
#include "lib/base/parse.h"

enum { BACKLOG = 4096 };

static bool parse_address(const char *address, int port, struct sockaddr_storage *out, socklen_t *out_length);
static int open_listener(const struct sockaddr_storage *address, socklen_t length, bool share_port);

bool
tcp_socket_listen(const char *address, int port, bool share_port, int *out_fd, struct error *err)
{
    struct sockaddr_storage parsed = {0};
    socklen_t length = 0;
    if (!parse_address(address, port, &parsed, &length))
        return error_set(err, ERROR_INVALID, "cannot listen on %s port %d: not an IP address and a port",
                         address, port);
    int fd = open_listener(&parsed, length, share_port);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot listen on %s port %d", address, port);
    *out_fd = fd;
    return true;
}

int
tcp_socket_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in ip4;
        struct sockaddr_in6 ip6;
    } address = {.ip6 = {0}};
    socklen_t length = sizeof(address);
    if (getsockname(fd, &address.any, &length) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.ip6.sin6_port : address.ip4.sin_port);
}

bool
tcp_socket_cut_port(struct text address, struct text *out_host, int *out_port)
{
    size_t colon = address.length;
    while (colon > 0 && address.bytes[colon - 1] != ':')
        colon--;
    uint64_t port;
    if (colon == 0 || !parse_uint64(text_slice(address, colon, address.length), UINT16_MAX, &port))
        return false;
    struct text host = text_slice(address, 0, colon - 1);
    if (host.length > 1 && host.bytes[0] == '[' && text_ends_with(host, TEXT("]")))
        host = text_slice(host, 1, host.length - 1);
    *out_host = host;
    *out_port = (int)port;
    return true;
}

static bool
parse_address(const char *address, int port, struct sockaddr_storage *out, socklen_t *out_length)
{
    struct sockaddr_in *ip4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *ip6 = (struct sockaddr_in6 *)out;
    if (port < 0 || port > UINT16_MAX)
        return false;
    if (inet_pton(AF_INET, address, &ip4->sin_addr) == 1) {
        ip4->sin_family = AF_INET;
        ip4->sin_port = htons((uint16_t)port);
        *out_length = sizeof(*ip4);
        return true;
    }
    ip6->sin6_family = AF_INET6;
    ip6->sin6_port = htons((uint16_t)port);
    *out_length = sizeof(*ip6);
    return inet_pton(AF_INET6, address, &ip6->sin6_addr) == 1;
}

/* -1 with errno. */
static int
open_listener(const struct sockaddr_storage *address, socklen_t length, bool share_port)
{
    static const int on = 1, off = 0;
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (address->ss_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    bool is_open = (!share_port || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0) &&
                   bind(fd, (const struct sockaddr *)address, length) == 0 && listen(fd, BACKLOG) == 0;
    if (is_open)
        return fd;
    int failed = errno;
    close(fd);
    errno = failed;
    return -1;
}
