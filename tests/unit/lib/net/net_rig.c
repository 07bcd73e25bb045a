/* See net_rig.h. */
#include "tests/unit/lib/net/net_rig.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/base/arena.h"

enum { PATIENCE_MS = 20000 };

struct arena *rig_arena;
struct loop *rig_loop;
static struct loop_timer *patience;
static bool (*awaited)(void *owner);
static void *awaited_owner;
static int turns_left;

static void
on_turn_end(void *owner)
{
    (void)owner;
    if (awaited && awaited(awaited_owner))
        loop_stop(rig_loop);
    if (turns_left > 0 && --turns_left == 0)
        loop_stop(rig_loop);
    else if (turns_left > 0)
        loop_timer_start(patience, 0);
}

static void
on_patience_ended(void *owner)
{
    (void)owner;
    if (turns_left == 0)
        cr_assert_fail("the event that the test waits for does not come");
}

void
rig_set_up(void)
{
    rig_arena = arena_new(0);
    rig_loop = loop_new(rig_arena);
    patience = loop_timer_new(rig_loop, rig_arena, on_patience_ended, NULL);
    loop_on_turn_end(rig_loop, on_turn_end, NULL);
}

void
rig_tear_down(void)
{
    arena_free(rig_arena);
}

void
rig_run_until(bool (*condition)(void *owner), void *owner)
{
    awaited = condition;
    awaited_owner = owner;
    if (!condition(owner)) {
        loop_timer_start(patience, PATIENCE_MS);
        loop_run(rig_loop);
        loop_timer_stop(patience);
    }
    awaited = NULL;
}

void
rig_run_turns(int count)
{
    turns_left = count + 1; /* the first end of a turn comes before the first look at the sockets */
    loop_timer_start(patience, 0);
    loop_run(rig_loop);
    loop_timer_stop(patience);
    turns_left = 0;
}

/* ---- raw peers ---- */

static void
watch_peer(struct raw_peer *peer)
{
    int events = peer->reads && !peer->has_ended && !peer->was_reset ? LOOP_READ : 0;
    if (peer->sent < peer->to_send.length && !peer->was_reset)
        events |= LOOP_WRITE;
    loop_io_watch(peer->io, peer->fd, events);
}

static void
peer_receives(struct raw_peer *peer)
{
    char *place = buffer_reserve(&peer->received, 65536);
    ssize_t length = recv(peer->fd, place, 65536, 0);
    if (length > 0)
        buffer_grew(&peer->received, (size_t)length);
    else if (length == 0)
        peer->has_ended = true;
    else if (errno != EAGAIN)
        peer->was_reset = true;
}

static void
on_peer(void *owner, int events)
{
    struct raw_peer *peer = owner;
    size_t left = peer->to_send.length - peer->sent;
    if (peer->send_at_most > 0 && left > peer->send_at_most)
        left = peer->send_at_most;
    if ((events & LOOP_WRITE) && left > 0) {
        ssize_t taken = send(peer->fd, peer->to_send.bytes + peer->sent, left, MSG_NOSIGNAL);
        if (taken > 0)
            peer->sent += (size_t)taken;
        else if (errno != EAGAIN)
            peer->was_reset = true;
    }
    if (events & LOOP_READ)
        peer_receives(peer);
    watch_peer(peer);
}

static void
close_peer(void *owner)
{
    raw_close(owner);
}

struct raw_peer *
raw_adopt(int fd)
{
    struct raw_peer *peer = arena_alloc(rig_arena, sizeof(*peer));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    peer->fd = fd;
    peer->reads = true;
    peer->io = loop_io_new(rig_loop, rig_arena, on_peer, peer);
    buffer_init(&peer->received, rig_arena, 0);
    buffer_init(&peer->to_send, rig_arena, 0);
    arena_defer(rig_arena, close_peer, peer);
    watch_peer(peer);
    return peer;
}

struct raw_peer *
raw_connect(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return raw_adopt(fd);
}

void
raw_send(struct raw_peer *peer, struct text bytes)
{
    buffer_add_text(&peer->to_send, bytes);
    watch_peer(peer);
}

void
raw_read(struct raw_peer *peer, bool reads)
{
    peer->reads = reads;
    watch_peer(peer);
}

void
raw_half_close(struct raw_peer *peer)
{
    shutdown(peer->fd, SHUT_WR);
}

void
raw_close(struct raw_peer *peer)
{
    if (peer->fd < 0)
        return;
    loop_io_stop(peer->io);
    close(peer->fd);
    peer->fd = -1;
}

struct text
raw_received(const struct raw_peer *peer)
{
    return buffer_text(&peer->received);
}

size_t
text_count(struct text where, struct text wanted)
{
    size_t count = 0;
    for (ptrdiff_t at = text_find(where, wanted); at >= 0; at = text_find(where, wanted)) {
        where = text_slice(where, (size_t)at + wanted.length, where.length);
        count++;
    }
    return count;
}

bool
raw_has(const struct raw_peer *peer, struct text wanted)
{
    return text_find(raw_received(peer), wanted) >= 0;
}

struct awaited_text {
    struct raw_peer *peer;
    struct text wanted;
    size_t count;
};

static bool
text_came(void *owner)
{
    struct awaited_text *await = owner;
    return text_count(raw_received(await->peer), await->wanted) >= await->count;
}

void
raw_wait_for(struct raw_peer *peer, struct text wanted)
{
    raw_wait_for_count(peer, wanted, 1);
}

void
raw_wait_for_count(struct raw_peer *peer, struct text wanted, size_t count)
{
    struct awaited_text await = {peer, wanted, count};
    rig_run_until(text_came, &await);
}

static bool
length_came(void *owner)
{
    struct awaited_text *await = owner;
    return await->peer->received.length >= await->count;
}

void
raw_wait_for_length(struct raw_peer *peer, size_t length)
{
    struct awaited_text await = {.peer = peer, .count = length};
    rig_run_until(length_came, &await);
}

static bool
end_came(void *owner)
{
    struct raw_peer *peer = owner;
    return peer->has_ended || peer->was_reset;
}

void
raw_wait_for_end(struct raw_peer *peer)
{
    rig_run_until(end_came, peer);
}

/* ---- raw servers ---- */

static void
on_raw_accept(void *owner, int events)
{
    struct raw_server *server = owner;
    (void)events;
    int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0 && server->peer_count < COUNT_OF(server->peers))
        server->peers[server->peer_count++] = raw_adopt(fd);
}

static void
close_raw_server(void *owner)
{
    struct raw_server *server = owner;
    close(server->fd);
}

struct raw_server *
raw_listen(void)
{
    struct raw_server *server = arena_alloc(rig_arena, sizeof(*server));
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cr_assert_eq(bind(server->fd, (struct sockaddr *)&address, length), 0);
    cr_assert_eq(listen(server->fd, 64), 0);
    getsockname(server->fd, (struct sockaddr *)&address, &length);
    server->port = ntohs(address.sin_port);
    arena_defer(rig_arena, close_raw_server, server);
    server->io = loop_io_new(rig_loop, rig_arena, on_raw_accept, server);
    loop_io_watch(server->io, server->fd, LOOP_READ);
    return server;
}

struct awaited_peers {
    struct raw_server *server;
    size_t count;
};

static bool
peers_came(void *owner)
{
    struct awaited_peers *await = owner;
    return await->server->peer_count >= await->count;
}

void
raw_wait_for_peers(struct raw_server *server, size_t count)
{
    struct awaited_peers await = {server, count};
    rig_run_until(peers_came, &await);
}
