/* One client connection's life: its deadlines, how it ends, and the task in which everything that must not
 * happen inside somebody else's call happens. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "lib/net/http_server_output.h"
#include "lib/net/tls.h"

enum {
    CONNECTION_ARENA_BYTES = 832,
    LINGER_MS = 2000,
    MAX_LINGER_BYTES = 16 * 1024 * 1024,
    GONE_CHECK_MS = 100, /* between two looks whether a client that ended its sending is still there */
};

static void on_readable(void *owner);
static void on_writable(void *owner);
static void on_deadline(void *owner);
static void settle(void *owner);
static void settle_call(struct http_connection *connection);
static void end_call(struct http_connection *connection);
static void free_connection(struct http_connection *connection);
static void drop_input(struct http_connection *connection);
static bool is_peer_gone(const struct http_connection *connection);

void
http_connection_start(struct http_server *server, int fd, const char *peer, bool has_room)
{
    static const struct http_refusal no_room = {503,
                                                "no room for another connection now; try again in a second"};
    struct arena *arena = arena_new(CONNECTION_ARENA_BYTES);
    struct http_connection *connection = arena_alloc(arena, sizeof(*connection));
    connection->server = server;
    connection->arena = arena;
    memcpy(connection->peer, peer, sizeof(connection->peer));

    struct tls_session *tls = server->options.tls ? tls_session_accept(arena, server->options.tls, fd) : NULL;
    const struct transport_events events = {on_readable, on_writable, connection};
    connection->transport = transport_new(arena, server->loop, fd, tls, &events);
    connection->timer = loop_timer_new(server->loop, arena, on_deadline, connection);
    connection->task = loop_task_new(server->loop, arena, settle, connection);

    connection->next = server->connections;
    if (connection->next)
        connection->next->previous = connection;
    server->connections = connection;
    server->connection_count++;
    http_connection_set_deadline(connection);
    if (!has_room)
        http_connection_refuse(connection, &no_room);
}

void
http_connection_cut(struct http_connection *connection)
{
    if (connection->state == HTTP_CONNECTION_CLOSED)
        return;
    bool is_owners = connection->state == HTTP_CONNECTION_CALL;
    connection->state = HTTP_CONNECTION_CLOSED;
    transport_close(connection->transport);
    loop_timer_stop(connection->timer);
    loop_task_post(connection->task);
    if (is_owners || !connection->call)
        return;
    http_server_return_arena(connection->server, connection->call->arena);
    connection->call = NULL;
    connection->output = (struct buffer){0};
    connection->output_at = 0;
}

/* Closing with unread bytes would reset the connection and could take the reply from the client (RFC
 * 9112 9.6). */
void
http_connection_linger(struct http_connection *connection)
{
    connection->state = HTTP_CONNECTION_LINGER;
    drop_input(connection);
    if (http_output_waiting(connection) > 0)
        return;
    if (connection->is_at_end) {
        http_connection_cut(connection);
        return;
    }
    transport_end_sending(connection->transport);
    transport_pause_reading(connection->transport, false);
    http_connection_set_deadline(connection);
}

void
http_connection_refuse(struct http_connection *connection, const struct http_refusal *refusal)
{
    static const struct http_header json = {.name = TEXT("Content-Type"), .value = TEXT("application/json")};
    struct http_server *server = connection->server;
    if (server->events.on_refused)
        server->events.on_refused(server->events.owner, refusal);
    if (!connection->call)
        http_connection_begin_call(connection);

    struct http_call *call = connection->call;
    struct text body = http_refusal_body(call->arena, refusal);
    struct http_reply_head head = {.status = refusal->status, .headers = &json, .header_count = 1};
    struct buffer out;
    call->closes = true;
    http_reply_head(call, &head, (int64_t)body.length, &out);
    buffer_add_text(&out, body);
    /* The arena stays with the connection while bytes wait; the owner never hears of this call. */
    connection->state = HTTP_CONNECTION_LINGER;
    http_output_send(connection, &(struct iovec){out.bytes, out.length}, 1);
    if (connection->state == HTTP_CONNECTION_LINGER)
        http_connection_linger(connection);
}

void
http_connection_set_deadline(struct http_connection *connection)
{
    const struct http_server_options *options = &connection->server->options;
    int64_t delay_ms = 0;
    if (http_output_waiting(connection) > 0)
        delay_ms = options->write_timeout_ms;
    else if (connection->state == HTTP_CONNECTION_IDLE)
        delay_ms = options->idle_timeout_ms;
    else if (connection->state == HTTP_CONNECTION_HEAD)
        delay_ms = options->head_timeout_ms;
    else if (connection->state == HTTP_CONNECTION_BODY)
        delay_ms = options->body_timeout_ms;
    else if (connection->state == HTTP_CONNECTION_LINGER)
        delay_ms = LINGER_MS;
    else if (connection->state == HTTP_CONNECTION_CALL && connection->is_at_end)
        delay_ms = GONE_CHECK_MS;

    if (delay_ms > 0)
        loop_timer_start(connection->timer, delay_ms);
    else
        loop_timer_stop(connection->timer);
}

/* ---- what the loop says ---- */

static void
drop_bytes(struct http_connection *connection)
{
    ssize_t length =
        transport_receive(connection->transport, connection->server->scratch, HTTP_SERVER_SCRATCH_BYTES);
    if (length < 0 && errno == EAGAIN)
        return;
    if (length > 0)
        connection->dropped_bytes += (size_t)length;
    if (length <= 0 || connection->dropped_bytes > MAX_LINGER_BYTES)
        http_connection_cut(connection);
}

static void
on_readable(void *owner)
{
    struct http_connection *connection = owner;
    if (connection->state == HTTP_CONNECTION_LINGER)
        drop_bytes(connection);
    else if (connection->state != HTTP_CONNECTION_CLOSED)
        http_connection_read(connection);
}

static void
on_writable(void *owner)
{
    struct http_connection *connection = owner;
    connection->is_full = false;
    http_output_flush(connection);
    loop_task_post(connection->task);
}

static void
on_deadline(void *owner)
{
    static const struct http_refusal late_head = {408, "the request's head did not arrive in time"};
    static const struct http_refusal late_body = {408, "the request's body did not arrive in time"};
    struct http_connection *connection = owner;
    bool is_stuck = http_output_waiting(connection) > 0;

    if (connection->state == HTTP_CONNECTION_HEAD && !is_stuck)
        http_connection_refuse(connection, &late_head);
    else if (connection->state == HTTP_CONNECTION_BODY && !is_stuck)
        http_connection_refuse(connection, &late_body);
    else if (connection->state == HTTP_CONNECTION_CALL && !is_stuck && !is_peer_gone(connection))
        http_connection_set_deadline(connection);
    else
        http_connection_cut(connection);
}

/* ---- the task ---- */

static void
settle(void *owner)
{
    struct http_connection *connection = owner;
    if (!connection->is_full && http_output_waiting(connection) > 0)
        http_output_flush(connection);
    if (connection->state == HTTP_CONNECTION_LINGER) {
        if (connection->call && http_output_waiting(connection) == 0)
            http_connection_linger(connection); /* the refusal is on its way */
    } else if (connection->call) {
        settle_call(connection);
    }
    if (connection->state == HTTP_CONNECTION_CLOSED && !connection->call)
        free_connection(connection);
}

/* What the owner of a call is to be told now. */
static void
settle_call(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    struct http_call *call = connection->call;
    bool is_open_ended = !call->is_abandoned && call->reply != HTTP_REPLY_COMPLETE;
    if (is_open_ended && connection->state == HTTP_CONNECTION_CLOSED && !call->is_gone_told) {
        call->is_gone_told = true;
        server->events.on_client_gone(server->events.owner,
                                      call); /* may end it, which posts the task again */
        return;
    }
    if (call->is_blocked && http_output_waiting(connection) < HTTP_SERVER_LOW_MARK_BYTES) {
        call->is_blocked = false;
        if (is_open_ended && connection->state == HTTP_CONNECTION_CALL)
            server->events.on_writable(server->events.owner, call);
    }
    if (connection->state == HTTP_CONNECTION_CALL || connection->state == HTTP_CONNECTION_CLOSED)
        end_call(connection);
}

/* Ends the call if it is over, and goes on to what the connection does next. */
static void
end_call(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    struct http_call *call = connection->call;
    bool is_whole = call->reply == HTTP_REPLY_COMPLETE &&
                    (http_output_waiting(connection) == 0 || connection->state == HTTP_CONNECTION_CLOSED);
    if (!call->is_abandoned && !is_whole)
        return;

    bool closes = call->closes || server->is_draining;
    if (call->is_abandoned)
        http_connection_cut(connection);
    server->events.on_done(server->events.owner, call);
    connection->call = NULL;
    connection->output = (struct buffer){0};
    connection->output_at = 0;
    http_server_return_arena(server, call->arena);
    if (connection->state == HTTP_CONNECTION_CLOSED)
        return;
    if (closes)
        http_connection_linger(connection);
    else
        http_connection_next_request(connection);
}

static void
free_connection(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    *(connection->previous ? &connection->previous->next : &server->connections) = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    drop_input(connection);
    arena_free(connection->arena);
    server->connection_count--;
    if (server->is_draining && server->connection_count == 0)
        loop_task_post(server->tell_drained);
}

static void
drop_input(struct http_connection *connection)
{
    if (connection->input_arena)
        http_server_return_arena(connection->server, connection->input_arena);
    connection->input_arena = NULL;
    connection->input = (struct buffer){0};
    connection->input_at = 0;
}

/* A reset arrived meanwhile: the probe that http_connection_read sent, or a piece of the reply, found nobody.
 */
static bool
is_peer_gone(const struct http_connection *connection)
{
    struct tcp_info tcp = {0};
    socklen_t length = sizeof(tcp);
    int found = getsockopt(transport_fd(connection->transport), IPPROTO_TCP, TCP_INFO, &tcp, &length);
    return found == 0 && tcp.tcpi_state == TCP_CLOSE;
}
