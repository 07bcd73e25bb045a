/* Getting a connection for a call: name to addresses, then each address in turn until one takes the request.
 *
 * What is left of the connect deadline is shared out among the addresses that are left, so that one that
 * swallows packets does not use it all up. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "lib/net/upstream_dial.h"

static void dial_next_address(struct upstream_call *call);
static void note_failure(struct upstream_dial *dial, const struct error *why);
static void on_resolved(void *owner, const struct resolved *resolved, const struct error *why);
static void on_time(void *owner);
static void start_timer(struct upstream_call *call, int64_t share);
static void give_up(struct upstream_call *call, enum upstream_end end);

void
upstream_dial_start(struct upstream_call *call)
{
    struct upstream_origin *origin = call->request.origin;
    struct upstream_pool *pool = origin->pool;
    call->connection = upstream_connection_new(origin, call);
    call->state = UPSTREAM_CALL_ON_CONNECTION;
    call->dial = arena_alloc(call->arena, sizeof(*call->dial));
    if (!call->timer)
        call->timer = loop_timer_new(pool->loop, call->arena, on_time, call);
    start_timer(call, 1);
    call->dial->is_resolving = true;
    call->dial->ticket = resolver_ask(pool->resolver, origin->host, origin->port, on_resolved, call);
}

void
upstream_dial_address_failed(struct upstream_call *call, const struct error *why)
{
    note_failure(call->dial, why);
    dial_next_address(call);
}

void
upstream_dial_stop(struct upstream_call *call)
{
    if (call->dial && call->dial->is_resolving)
        resolver_cancel(call->request.origin->pool->resolver, call->dial->ticket);
    if (call->dial)
        call->dial->is_resolving = false;
    if (call->timer)
        loop_timer_stop(call->timer);
}

static void
dial_next_address(struct upstream_call *call)
{
    struct upstream_connection *connection = call->connection;
    struct upstream_dial *dial = call->dial;
    static const int on = 1;
    while (dial->next_address < dial->resolved.count) {
        const struct sockaddr_storage *address = &dial->resolved.addresses[dial->next_address++];
        socklen_t length =
            address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
        int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd >= 0)
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        if (fd >= 0 && (connect(fd, (const struct sockaddr *)address, length) == 0 || errno == EINPROGRESS)) {
            start_timer(call, (int64_t)(dial->resolved.count - dial->next_address + 1));
            upstream_connection_attach(connection, fd);
            return;
        }
        error_set_errno(&dial->why, errno, "cannot connect to %.*s",
                        TEXT_ARG(connection->origin->host_header));
        if (fd >= 0)
            close(fd);
    }
    give_up(call, UPSTREAM_CONNECT_FAILED);
}

static void
on_resolved(void *owner, const struct resolved *resolved, const struct error *why)
{
    struct upstream_call *call = owner;
    struct upstream_dial *dial = call->dial;
    dial->is_resolving = false;
    if (resolved->count == 0)
        note_failure(dial, why);
    dial->resolved = *resolved;
    dial_next_address(call);
}

/* The time of this address is up. */
static void
on_time(void *owner)
{
    struct upstream_call *call = owner;
    struct upstream_connection *connection = call->connection;
    struct text host = call->request.origin->host_header;
    struct error why = {0};
    bool is_over = call->total_until_ms > 0 && upstream_call_time_left_ms(call, call->total_until_ms) <= 1;

    enum upstream_end end = is_over ? UPSTREAM_TIMEOUT : UPSTREAM_CONNECT_FAILED;
    error_set(&why, ERROR_UNAVAILABLE, "no connection to %.*s within %lld ms", TEXT_ARG(host),
              (long long)(is_over ? call->request.deadlines.total_ms : call->request.deadlines.connect_ms));
    if (call->state == UPSTREAM_CALL_QUEUED) {
        upstream_call_dequeue(call);
        upstream_call_fail(call, end, &why);
        return;
    }
    note_failure(call->dial, &why);
    if (connection->transport)
        transport_close(connection->transport);
    if (call->dial->is_resolving || is_over)
        give_up(call, end);
    else
        dial_next_address(call);
}

void
upstream_dial_wait_in_queue(struct upstream_call *call)
{
    call->timer = loop_timer_new(call->request.origin->pool->loop, call->arena, on_time, call);
    start_timer(call, 1);
}

/* Until the share-th part of what is left, 1: all of it. */
static void
start_timer(struct upstream_call *call, int64_t share)
{
    int64_t until_ms = call->connect_until_ms;
    if (until_ms == 0 || (call->total_until_ms > 0 && call->total_until_ms < until_ms))
        until_ms = call->total_until_ms;
    if (until_ms > 0)
        loop_timer_start(call->timer, upstream_call_time_left_ms(call, until_ms) / share);
}

static void
give_up(struct upstream_call *call, enum upstream_end end)
{
    struct error why = call->dial->why;
    upstream_dial_stop(call);
    upstream_connection_close(call->connection);
    upstream_call_fail(call, end, &why);
}

static void
note_failure(struct upstream_dial *dial, const struct error *why)
{
    if (dial->why.kind == ERROR_NONE)
        dial->why = *why;
}
