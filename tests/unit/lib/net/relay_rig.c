/* See relay_rig.h. Pieces are small and the sockets loopback's, so every write takes all. */
#include "tests/unit/lib/net/relay_rig.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "lib/net/loop.h"
#include "lib/net/tcp_socket.h"

enum { PIECE_BYTES = 65536 };

struct side {
    struct relay *relay;
    struct side *other;
    struct loop_io *io;
    int fd;
    int pieces;
};

struct relay {
    struct arena *arena;
    struct loop *loop;
    struct loop_io *listen_io;
    int listen_fd, target_port;
    struct side sides[2];
    int stop_after;
};

static void
release(void *owner)
{
    struct relay *relay = owner;
    close(relay->listen_fd);
    for (int i = 0; i < 2; i++)
        if (relay->sides[i].fd >= 0)
            close(relay->sides[i].fd);
}

static void
on_bytes(void *owner, int events)
{
    struct side *side = owner;
    struct relay *relay = side->relay;
    char piece[PIECE_BYTES];
    (void)events;
    ssize_t length = recv(side->fd, piece, sizeof(piece), 0);
    if (length <= 0) {
        loop_io_stop(side->io);
        (void)shutdown(side->other->fd, SHUT_WR);
        return;
    }
    cr_assert_eq(send(side->other->fd, piece, (size_t)length, MSG_NOSIGNAL), length);
    side->pieces++;
    if (relay->stop_after > 0 && side->pieces >= relay->stop_after &&
        side->other->pieces >= relay->stop_after)
        loop_stop(relay->loop);
}

static void
add_side(struct relay *relay, int index, int fd)
{
    struct side *side = &relay->sides[index];
    side->relay = relay;
    side->other = &relay->sides[1 - index];
    side->fd = fd;
    side->io = loop_io_new(relay->loop, relay->arena, on_bytes, side);
    loop_io_watch(side->io, fd, LOOP_READ);
}

static void
on_connection(void *owner, int events)
{
    struct relay *relay = owner;
    (void)events;
    struct sockaddr_in target = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)relay->target_port),
                                 .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int from = accept4(relay->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    int to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(to, (struct sockaddr *)&target, sizeof(target)), 0);
    loop_io_stop(relay->listen_io);
    add_side(relay, 0, from);
    add_side(relay, 1, to);
}

struct relay *
relay_start(struct arena *arena, struct loop *loop, int target_port)
{
    struct relay *relay = arena_alloc(arena, sizeof(*relay));
    relay->arena = arena;
    relay->loop = loop;
    relay->target_port = target_port;
    relay->sides[0].fd = relay->sides[1].fd = -1;
    cr_assert(tcp_socket_listen("127.0.0.1", 0, false, &relay->listen_fd, NULL));
    arena_defer(arena, release, relay);
    relay->listen_io = loop_io_new(loop, arena, on_connection, relay);
    loop_io_watch(relay->listen_io, relay->listen_fd, LOOP_READ);
    return relay;
}

int
relay_port(const struct relay *relay)
{
    return tcp_socket_port(relay->listen_fd);
}

void
relay_fall_silent(struct relay *relay)
{
    for (int i = 0; i < 2; i++)
        loop_io_stop(relay->sides[i].io);
}

void
relay_stop_after(struct relay *relay, int pieces)
{
    relay->sides[0].pieces = relay->sides[1].pieces = 0;
    relay->stop_after = pieces;
}
