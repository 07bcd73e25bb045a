/* The server as a whole: start, arenas it lends, drain. Accepting, connections, input, output and calls have
 * files of their own beside this one. */
#include "lib/net/http_server.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/http_server_private.h"

enum {
    CALL_ARENA_BYTES = 8192, /* a usual call allocates nothing more */
    MAX_SPARE_ARENAS = 256,
    DRAIN_GRACE_MS = 100, /* for owners of cut calls to finish them */
};

static void server_release(void *owner);
static void on_drain_deadline(void *owner);
static void tell_drained(void *owner);

bool
http_server_start(struct arena *arena, const struct http_server_options *options,
                  const struct http_server_events *events, struct http_server **out_server, struct error *err)
{
    struct loop *loop = options->loop;
    struct http_server *server = arena_alloc(arena, sizeof(*server));
    *server = (struct http_server){
        .loop = loop, .options = *options, .events = *events, .listen_fd = -1, .reserve_fd = -1};
    server->scratch = arena_alloc_raw(arena, HTTP_SERVER_SCRATCH_BYTES);
    server->spare_arenas = arena_alloc_array(arena, MAX_SPARE_ARENAS, sizeof(struct arena *));
    server->drain_deadline = loop_timer_new(loop, arena, on_drain_deadline, server);
    server->tell_drained = loop_task_new(loop, arena, tell_drained, server);
    arena_defer(arena, server_release, server);
    if (!http_server_listen(server, arena, err))
        return false;
    *out_server = server;
    return true;
}

int
http_server_port(const struct http_server *server)
{
    return server->port;
}

int
http_server_connection_count(const struct http_server *server)
{
    return server->connection_count;
}

struct http_call *
http_server_next_call(const struct http_server *server, const struct http_call *call)
{
    struct http_connection *next = call ? call->connection->next : server->connections;
    while (next && !(next->call && next->call->state))
        next = next->next;
    return next ? next->call : NULL;
}

void
http_server_set_limits(struct http_server *server, size_t max_body_bytes, int max_connections)
{
    server->options.max_body_bytes = max_body_bytes;
    server->options.max_connections = max_connections;
}

void
http_server_drain(struct http_server *server, int64_t deadline_ms, void (*on_drained)(void *owner),
                  void *owner)
{
    server->is_draining = true;
    server->on_drained = on_drained;
    server->drain_owner = owner;
    http_server_stop_listening(server);

    struct http_connection *next = NULL;
    for (struct http_connection *connection = server->connections; connection; connection = next) {
        next = connection->next;
        if (connection->state == HTTP_CONNECTION_IDLE)
            http_connection_cut(connection);
    }
    loop_timer_start(server->drain_deadline, deadline_ms);
    loop_task_post(server->tell_drained);
}

struct arena *
http_server_take_arena(struct http_server *server)
{
    return server->spare_count > 0 ? server->spare_arenas[--server->spare_count]
                                   : arena_new(CALL_ARENA_BYTES);
}

void
http_server_return_arena(struct http_server *server, struct arena *arena)
{
    if (server->spare_count == MAX_SPARE_ARENAS) {
        arena_free(arena);
        return;
    }
    arena_reset(arena);
    server->spare_arenas[server->spare_count++] = arena;
}

/* Ends everything without telling anybody: the loop runs no more. */
static void
server_release(void *owner)
{
    struct http_server *server = owner;
    http_server_stop_listening(server);
    while (server->connections) {
        struct http_connection *connection = server->connections;
        server->connections = connection->next;
        transport_close(connection->transport);
        if (connection->call)
            arena_free(connection->call->arena);
        arena_free(connection->input_arena);
        arena_free(connection->arena);
    }
    while (server->spare_count > 0)
        arena_free(server->spare_arenas[--server->spare_count]);
    if (server->reserve_fd >= 0)
        close(server->reserve_fd);
}

static void
on_drain_deadline(void *owner)
{
    struct http_server *server = owner;
    bool was_cut = false;
    for (struct http_connection *connection = server->connections; connection;
         connection = connection->next) {
        was_cut = was_cut || connection->state != HTTP_CONNECTION_CLOSED;
        http_connection_cut(connection);
    }
    if (was_cut) {
        loop_timer_start(server->drain_deadline, DRAIN_GRACE_MS);
        return;
    }
    server->connection_count = 0; /* calls that nobody ends: not waited for */
    tell_drained(server);
}

static void
tell_drained(void *owner)
{
    struct http_server *server = owner;
    if (!server->is_draining || server->connection_count > 0 || !server->on_drained)
        return;
    void (*on_drained)(void *) = server->on_drained;
    server->on_drained = NULL;
    loop_timer_stop(server->drain_deadline);
    on_drained(server->drain_owner);
}
