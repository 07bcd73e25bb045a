/* One socket on the loop, plain or TLS. Read interest stays on and write interest only while somebody wants
 * to write, so a request costs no epoll_ctl. What TLS wants beneath (writing to read, reading to write) is
 * settled here. */
#include "lib/net/transport.h"

#include <errno.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "lib/net/loop.h"
#include "lib/net/tls.h"

enum { TLS_RUN_BYTES = 16384 }; /* one TLS record */

struct transport {
    struct loop_io *io;
    struct loop_task *read_again; /* TLS only: bytes wait above the socket */
    struct tls_session *tls;
    struct transport_events events;
    int fd; /* -1: closed */
    bool is_paused;
    bool wants_write;
    bool receive_waits_to_write;
    bool send_waits_to_read;
};

static void on_io(void *owner, int events);
static void on_read_again(void *owner);
static void watch(struct transport *transport);
static void readable(struct transport *transport);
static ssize_t send_by_tls(struct transport *transport, const struct iovec *pieces, size_t count);
static struct text next_tls_run(const struct iovec *pieces, size_t count, size_t from, char *joined);

struct transport *
transport_new(struct arena *arena, struct loop *loop, int fd, struct tls_session *tls,
              const struct transport_events *events)
{
    struct transport *transport = arena_alloc(arena, sizeof(*transport));
    *transport = (struct transport){.tls = tls, .events = *events, .fd = fd};
    transport->io = loop_io_new(loop, arena, on_io, transport);
    if (tls)
        transport->read_again = loop_task_new(loop, arena, on_read_again, transport);
    watch(transport);
    return transport;
}

ssize_t
transport_receive(struct transport *transport, void *bytes, size_t capacity)
{
    if (transport->fd < 0) {
        errno = EBADF;
        return -1;
    }
    if (!transport->tls) {
        ssize_t length = recv(transport->fd, bytes, capacity, 0);
        return length < 0 && errno == EINTR ? recv(transport->fd, bytes, capacity, 0) : length;
    }
    bool was_waiting = transport->receive_waits_to_write;
    ssize_t length = tls_receive(transport->tls, bytes, capacity, &transport->receive_waits_to_write);
    int receive_errno = errno;
    if (was_waiting != transport->receive_waits_to_write)
        watch(transport);
    errno = receive_errno;
    return length;
}

static ssize_t
send_again(int fd, const void *bytes, size_t length)
{
    ssize_t taken = send(fd, bytes, length, MSG_NOSIGNAL);
    return taken < 0 && errno == EINTR ? send(fd, bytes, length, MSG_NOSIGNAL) : taken;
}

ssize_t
transport_send(struct transport *transport, const struct iovec *pieces, size_t count)
{
    if (transport->fd < 0) {
        errno = EPIPE;
        return -1;
    }
    if (transport->tls)
        return send_by_tls(transport, pieces, count);

    if (count == 1) /* cheaper for the kernel than a message of one piece */
        return send_again(transport->fd, pieces[0].iov_base, pieces[0].iov_len);
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)pieces, .msg_iovlen = count};
    ssize_t taken = sendmsg(transport->fd, &message, MSG_NOSIGNAL);
    return taken < 0 && errno == EINTR ? sendmsg(transport->fd, &message, MSG_NOSIGNAL) : taken;
}

void
transport_want_write(struct transport *transport, bool wanted)
{
    if (transport->wants_write == wanted || transport->fd < 0)
        return;
    transport->wants_write = wanted;
    watch(transport);
}

void
transport_pause_reading(struct transport *transport, bool paused)
{
    if (transport->is_paused == paused || transport->fd < 0)
        return;
    transport->is_paused = paused;
    watch(transport);
    if (!paused && transport->tls && tls_has_buffered(transport->tls))
        loop_task_post(transport->read_again);
}

void
transport_end_sending(struct transport *transport)
{
    if (transport->fd < 0)
        return;
    if (transport->tls)
        tls_session_end_sending(transport->tls);
    (void)shutdown(transport->fd, SHUT_WR);
}

void
transport_close(struct transport *transport)
{
    if (transport->fd < 0)
        return;
    loop_io_stop(transport->io);
    if (transport->tls) {
        loop_task_cancel(transport->read_again);
        tls_session_close(transport->tls);
    }
    close(transport->fd);
    transport->fd = -1;
}

bool
transport_is_open(const struct transport *transport)
{
    return transport->fd >= 0;
}

int
transport_fd(const struct transport *transport)
{
    return transport->fd;
}

struct text
transport_failure(const struct transport *transport)
{
    return transport->tls ? tls_session_failure(transport->tls) : TEXT("");
}

static void
on_io(void *owner, int events)
{
    struct transport *transport = owner;
    bool can_read = (events & LOOP_READ) || (transport->receive_waits_to_write && (events & LOOP_WRITE));
    bool can_write = (events & LOOP_WRITE) || (transport->send_waits_to_read && (events & LOOP_READ));

    if (can_read && !transport->is_paused)
        readable(transport);
    if (can_write && transport->wants_write && transport->fd >= 0)
        transport->events.on_writable(transport->events.owner);
}

static void
on_read_again(void *owner)
{
    struct transport *transport = owner;
    if (transport->fd >= 0 && !transport->is_paused)
        readable(transport);
}

static void
readable(struct transport *transport)
{
    transport->events.on_readable(transport->events.owner);
    if (transport->tls && transport->fd >= 0 && !transport->is_paused && tls_has_buffered(transport->tls))
        loop_task_post(transport->read_again);
}

static void
watch(struct transport *transport)
{
    int events = 0;
    if (!transport->is_paused || transport->send_waits_to_read)
        events |= LOOP_READ;
    if ((transport->wants_write && !transport->send_waits_to_read) || transport->receive_waits_to_write)
        events |= LOOP_WRITE;
    loop_io_watch(transport->io, transport->fd, events);
}

/* Small pieces go into one record together: head and body in one write, as with sendmsg. */
static ssize_t
send_by_tls(struct transport *transport, const struct iovec *pieces, size_t count)
{
    char joined[TLS_RUN_BYTES];
    size_t sent = 0;
    bool was_waiting = transport->send_waits_to_read;
    ssize_t taken = 0;
    for (;;) {
        struct text run = next_tls_run(pieces, count, sent, joined);
        if (run.length == 0)
            break;
        taken = tls_send(transport->tls, run.bytes, run.length, &transport->send_waits_to_read);
        if (taken <= 0)
            break;
        sent += (size_t)taken;
    }
    int send_errno = errno;
    if (was_waiting != transport->send_waits_to_read)
        watch(transport);
    errno = send_errno;
    return sent > 0 ? (ssize_t)sent : taken;
}

/* Up to one record from offset `from` of the pieces on. A retry after EAGAIN gives at least the same bytes
 * again, which is what SSL_write asks for. */
static struct text
next_tls_run(const struct iovec *pieces, size_t count, size_t from, char *joined)
{
    size_t length = 0;
    for (size_t i = 0; i < count && length < TLS_RUN_BYTES; i++) {
        if (from >= pieces[i].iov_len) {
            from -= pieces[i].iov_len;
            continue;
        }
        const char *start = (const char *)pieces[i].iov_base + from;
        size_t rest = pieces[i].iov_len - from;
        size_t room = TLS_RUN_BYTES - length;
        from = 0;
        if (length == 0 && (rest >= TLS_RUN_BYTES || i + 1 == count))
            return (struct text){start, rest < room ? rest : room};
        memcpy(joined + length, start, rest < room ? rest : room);
        length += rest < room ? rest : room;
    }
    return (struct text){joined, length};
}
