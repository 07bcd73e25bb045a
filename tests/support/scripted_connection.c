/* A queue of pieces, one sent in each turn, and the ending after them. */
#include "tests/support/scripted_connection.h"

#include <errno.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/parse.h"
#include "lib/net/loop.h"
#include "lib/net/tls.h"
#include "lib/net/transport.h"

enum { READ_BYTES = 65536 };

struct scripted_piece {
    struct scripted_piece *next;
    struct text bytes;
    enum scripted_then then; /* once they are sent */
};

struct scripted_connection {
    struct arena *arena;
    struct transport *transport;
    struct loop_timer *timer;
    struct loop_task *closing;
    struct buffer input;
    struct scripted_piece *first, *last;
    scripted_moment_fn on_moment;
    void *owner;
    bool was_left;
};

static void
close_transport(void *owner)
{
    struct scripted_connection *connection = owner;
    if (transport_is_open(connection->transport))
        transport_close(connection->transport);
}

static void
add_piece(struct scripted_connection *connection, struct text bytes, enum scripted_then then)
{
    struct scripted_piece *piece = arena_alloc(connection->arena, sizeof(*piece));
    *piece = (struct scripted_piece){.bytes = bytes, .then = then};
    *(connection->first ? &connection->last->next : &connection->first) = piece;
    connection->last = piece;
    loop_timer_start(connection->timer, 0);
}

static void
queue_answer(struct scripted_connection *connection, const struct scripted_answer *answer)
{
    struct text rest = answer->bytes;
    size_t sent = 0, split = 0;
    while (rest.length > 0) {
        size_t length = rest.length;
        if (answer->piece_bytes > 0 && answer->piece_bytes < length)
            length = answer->piece_bytes;
        while (split < answer->split_count && answer->splits[split] <= sent)
            split++;
        if (split < answer->split_count && answer->splits[split] - sent < length)
            length = answer->splits[split] - sent;
        add_piece(connection, text_slice(rest, 0, length), SCRIPTED_KEEP);
        rest = text_slice(rest, length, rest.length);
        sent += length;
    }
    if (answer->then != SCRIPTED_KEEP)
        add_piece(connection, (struct text){0}, answer->then);
}

static void
reset(struct scripted_connection *connection)
{
    struct linger at_once = {.l_onoff = 1};
    setsockopt(transport_fd(connection->transport), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    loop_task_post(connection->closing);
}

static void
play(void *owner)
{
    struct scripted_connection *connection = owner;
    struct scripted_piece *piece = connection->first;
    if (!piece || !transport_is_open(connection->transport))
        return;
    if (piece->bytes.length > 0) {
        struct iovec bytes = {.iov_base = (void *)(uintptr_t)piece->bytes.bytes,
                              .iov_len = piece->bytes.length};
        ssize_t sent = transport_send(connection->transport, &bytes, 1);
        if (sent < 0 && errno != EAGAIN)
            return;
        piece->bytes = text_slice(piece->bytes, sent > 0 ? (size_t)sent : 0, piece->bytes.length);
    }
    if (piece->bytes.length > 0) {
        loop_timer_start(connection->timer, 1);
        return;
    }
    connection->first = piece->next;
    if (piece->then == SCRIPTED_RESET)
        reset(connection);
    else if (piece->then == SCRIPTED_CLOSE)
        transport_end_sending(connection->transport);
    else if (connection->first)
        loop_timer_start(connection->timer, 0);
}

/* 0 while the request is not whole. */
static size_t
request_length(struct text input)
{
    ptrdiff_t end = text_find(input, TEXT("\r\n\r\n"));
    if (end < 0)
        return 0;
    size_t length = (size_t)end + 4;
    struct text head = text_slice(input, 0, (size_t)end);
    while (head.bytes) {
        struct text line = text_trim(text_cut(&head, '\n'));
        struct text name = text_cut(&line, ':');
        uint64_t bytes = 0;
        if (text_equals_ignore_case(name, TEXT("content-length")) &&
            parse_uint64(text_trim(line), 1 << 30, &bytes))
            length += (size_t)bytes;
    }
    return length <= input.length ? length : 0;
}

static void
take_moment(struct scripted_connection *connection, enum scripted_moment moment, struct text request)
{
    const struct scripted_answer *answer =
        connection->on_moment(connection->owner, connection, moment, request);
    if (answer)
        queue_answer(connection, answer);
}

static void
on_readable(void *owner)
{
    struct scripted_connection *connection = owner;
    char *place = buffer_reserve(&connection->input, READ_BYTES);
    ssize_t got = transport_receive(connection->transport, place, READ_BYTES);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        connection->was_left = true;
        loop_task_post(connection->closing);
        return;
    }
    if (connection->input.length == 0)
        take_moment(connection, SCRIPTED_STARTED, (struct text){0});
    buffer_grew(&connection->input, (size_t)got);
    size_t length;
    while ((length = request_length(buffer_text(&connection->input))) > 0) {
        take_moment(connection, SCRIPTED_WHOLE, text_slice(buffer_text(&connection->input), 0, length));
        memmove(connection->input.bytes, connection->input.bytes + length, connection->input.length - length);
        connection->input.length -= length;
    }
}

static void
on_writable(void *owner)
{
    (void)owner; /* pieces are sent by the timer */
}

struct scripted_connection *
scripted_connection_new(struct arena *arena, const struct scripted_connection_options *options)
{
    struct scripted_connection *connection = arena_alloc(arena, sizeof(*connection));
    connection->arena = arena;
    connection->on_moment = options->on_moment;
    connection->owner = options->owner;
    buffer_init(&connection->input, arena, 0);
    connection->timer = loop_timer_new(options->loop, arena, play, connection);
    connection->closing = loop_task_new(options->loop, arena, close_transport, connection);
    struct tls_session *tls = options->tls ? tls_session_accept(arena, options->tls, options->fd) : NULL;
    struct transport_events events = {on_readable, on_writable, connection};
    connection->transport = transport_new(arena, options->loop, options->fd, tls, &events);
    arena_defer(arena, close_transport, connection);
    take_moment(connection, SCRIPTED_ACCEPTED, (struct text){0});
    return connection;
}

void
scripted_connection_send(struct scripted_connection *connection, struct text bytes)
{
    add_piece(connection, bytes, SCRIPTED_KEEP);
}

void
scripted_connection_end(struct scripted_connection *connection, enum scripted_then then)
{
    add_piece(connection, (struct text){0}, then);
}

bool
scripted_connection_was_left(const struct scripted_connection *connection)
{
    return connection->was_left || !transport_is_open(connection->transport);
}
