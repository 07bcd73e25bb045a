/* One connection to an origin: from its first call on to its end, through idle spells between. */
#include <assert.h>
#include <errno.h>

#include "lib/base/arena.h"
#include "lib/net/tls.h"
#include "lib/net/upstream_dial.h"

enum { CONNECTION_ARENA_BYTES = 832 };

static void on_readable(void *owner);
static void on_writable(void *owner);
static void on_deadline(void *owner);
static void after_failed_send(void *owner);
static void send_request(struct upstream_connection *connection);

struct upstream_connection *
upstream_connection_new(struct upstream_origin *origin, struct upstream_call *call)
{
    struct loop *loop = origin->pool->loop;
    struct arena *arena = arena_new(CONNECTION_ARENA_BYTES);
    struct upstream_connection *connection = arena_alloc(arena, sizeof(*connection));
    *connection = (struct upstream_connection){
        .origin = origin, .arena = arena, .state = UPSTREAM_DIALLING, .call = call};
    connection->timer = loop_timer_new(loop, arena, on_deadline, connection);
    connection->after_failed_send = loop_task_new(loop, arena, after_failed_send, connection);
    connection->next = origin->connections;
    if (connection->next)
        connection->next->previous = connection;
    origin->connections = connection;
    origin->connection_count++;
    return connection;
}

void
upstream_connection_attach(struct upstream_connection *connection, int fd)
{
    struct upstream_origin *origin = connection->origin;
    const struct transport_events events = {on_readable, on_writable, connection};
    struct tls_session *tls =
        origin->tls ? tls_session_connect(connection->arena, origin->tls, fd, origin->host) : NULL;
    connection->transport = transport_new(connection->arena, origin->pool->loop, fd, tls, &events);
    transport_want_write(connection->transport, true);
}

void
upstream_connection_use(struct upstream_connection *connection, struct upstream_call *call)
{
    connection->call = call;
    connection->state = UPSTREAM_BUSY;
    connection->is_reused = true;
    connection->is_in_body = false;
    connection->has_answered = false;
    connection->partial_head = (struct buffer){0};
    call->connection = connection;
    call->state = UPSTREAM_CALL_ON_CONNECTION;
    if (call->timer)
        loop_timer_stop(call->timer);
    upstream_connection_set_deadline(connection, call->request.deadlines.first_byte_ms);
    send_request(connection);
    if (call->is_paused)
        transport_pause_reading(connection->transport, true);
}

void
upstream_connection_close(struct upstream_connection *connection)
{
    struct upstream_origin *origin = connection->origin;
    assert(connection->state != UPSTREAM_CLOSED);
    if (connection->state == UPSTREAM_IDLE)
        upstream_origin_remove_idle(origin, connection);
    connection->state = UPSTREAM_CLOSED;
    connection->call = NULL;
    if (connection->transport)
        transport_close(connection->transport);
    loop_timer_stop(connection->timer);
    loop_task_cancel(connection->after_failed_send);

    *(connection->previous ? &connection->previous->next : &origin->connections) = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    origin->connection_count--;
    connection->next = origin->pool->closed;
    origin->pool->closed = connection;
    loop_task_post(origin->pool->free_closed);
    if (origin->first_queued)
        loop_task_post(origin->serve_queue);
}

void
upstream_connection_set_deadline(struct upstream_connection *connection, int64_t delay_ms)
{
    const struct upstream_call *call = connection->call;
    if (call && call->total_until_ms > 0) {
        int64_t left_ms = upstream_call_time_left_ms(call, call->total_until_ms);
        delay_ms = delay_ms > 0 && delay_ms < left_ms ? delay_ms : left_ms;
    }
    if (delay_ms > 0)
        loop_timer_start(connection->timer, delay_ms);
    else
        loop_timer_stop(connection->timer);
}

/* ---- what the loop says ---- */

static void
on_readable(void *owner)
{
    struct upstream_connection *connection = owner;
    if (connection->state == UPSTREAM_IDLE)
        upstream_connection_close(connection); /* its end, or bytes that nobody asked for */
    else if (connection->state == UPSTREAM_BUSY)
        upstream_answer_read(connection, false);
    /* Dialling: the handshake goes on in on_writable. */
}

static void
on_writable(void *owner)
{
    send_request(owner);
}

static void
on_deadline(void *owner)
{
    struct upstream_connection *connection = owner;
    struct upstream_call *call = connection->call;
    struct error why = {0};
    if (!call) {
        upstream_connection_close(connection);
        return;
    }
    const struct upstream_deadlines *deadlines = &call->request.deadlines;
    const struct text host = connection->origin->host_header;
    if (call->total_until_ms > 0 && upstream_call_time_left_ms(call, call->total_until_ms) <= 1)
        error_set(&why, ERROR_UNAVAILABLE, "%.*s did not finish its answer within %lld ms", TEXT_ARG(host),
                  (long long)deadlines->total_ms);
    else if (connection->has_answered)
        error_set(&why, ERROR_UNAVAILABLE, "%.*s sent nothing for %lld ms inside its answer", TEXT_ARG(host),
                  (long long)deadlines->gap_ms);
    else
        error_set(&why, ERROR_UNAVAILABLE, "%.*s sent no byte of an answer within %lld ms", TEXT_ARG(host),
                  (long long)deadlines->first_byte_ms);
    upstream_connection_close(connection);
    upstream_call_fail(call, UPSTREAM_TIMEOUT, &why);
}

/* The other side may have answered before it stopped reading: what it said counts, not that sending failed.
 */
static void
after_failed_send(void *owner)
{
    struct upstream_connection *connection = owner;
    if (connection->state == UPSTREAM_BUSY)
        upstream_answer_read(connection, true);
}

/* ---- sending ---- */

static void
dial_failed(struct upstream_connection *connection, int failed)
{
    struct text tls_failure = transport_failure(connection->transport);
    struct text host = connection->origin->host_header;
    struct error why = {0};
    if (tls_failure.length > 0)
        error_set(&why, ERROR_UNAVAILABLE, "no TLS connection to %.*s: %.*s", TEXT_ARG(host),
                  TEXT_ARG(tls_failure));
    else
        error_set_errno(&why, failed, "cannot connect to %.*s", TEXT_ARG(host));
    transport_close(connection->transport);
    upstream_dial_address_failed(connection->call, &why);
}

/* The first byte that leaves ends the dialling: with TLS that is after the handshake. */
static void
first_byte_left(struct upstream_connection *connection)
{
    struct upstream_call *call = connection->call;
    call->was_sent = true;
    if (connection->state != UPSTREAM_DIALLING)
        return;
    connection->state = UPSTREAM_BUSY;
    if (call->timer)
        loop_timer_stop(call->timer);
    upstream_connection_set_deadline(connection, call->request.deadlines.first_byte_ms);
    if (call->is_paused)
        transport_pause_reading(connection->transport, true);
}

static void
send_request(struct upstream_connection *connection)
{
    struct upstream_call *call = connection->call;
    struct text bytes = call->request.bytes;
    struct iovec rest = {(void *)(uintptr_t)(bytes.bytes + call->sent), bytes.length - call->sent};
    ssize_t taken = transport_send(connection->transport, &rest, 1);
    if (taken > 0) {
        call->sent += (size_t)taken;
        first_byte_left(connection);
    } else if (taken < 0 && errno != EAGAIN) {
        int failed = errno;
        if (connection->state == UPSTREAM_DIALLING) {
            dial_failed(connection, failed);
            return;
        }
        transport_want_write(connection->transport, false);
        loop_task_post(connection->after_failed_send);
        return;
    }
    transport_want_write(connection->transport, call->sent < bytes.length);
}
