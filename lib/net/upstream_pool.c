/* The pool: origins by base URL, each with its idle connections (newest first) and the queue of calls that
 * wait. */
#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/net/upstream_dial.h"
#include "lib/net/upstream_url.h"

enum { MAX_ORIGIN_NAME_BYTES = 320 }; /* a host name of 253 bytes, a pointer, a port */

static void pool_release(void *owner);
static void free_closed(void *owner);
static void serve_queue(void *owner);

struct upstream_pool *
upstream_pool_new(struct arena *arena, struct loop *loop, const struct upstream_pool_options *options)
{
    struct upstream_pool *pool = arena_alloc(arena, sizeof(*pool));
    assert(options->max_connections_per_origin > 0);
    pool->arena = arena;
    pool->loop = loop;
    pool->options = *options;
    if (pool->options.max_head_bytes == 0)
        pool->options.max_head_bytes = HTTP_MAX_HEAD_BYTES;
    pool->origins = map_new(arena);
    pool->scratch = arena_alloc_raw(arena, UPSTREAM_SCRATCH_BYTES);
    pool->free_closed = loop_task_new(loop, arena, free_closed, pool);
    pool->resolver = resolver_new(arena, loop);
    arena_defer(arena, pool_release, pool);
    return pool;
}

void
upstream_pool_close(struct upstream_pool *pool)
{
    for (struct upstream_origin *origin = pool->first_origin; origin; origin = origin->next) {
        while (origin->first_queued)
            upstream_call_cancel(origin->first_queued);
        while (origin->connections) {
            struct upstream_connection *connection = origin->connections;
            if (connection->call)
                upstream_call_cancel(connection->call);
            else
                upstream_connection_close(connection);
        }
        loop_task_cancel(origin->serve_queue);
    }
}

bool
upstream_origin_get(struct upstream_pool *pool, struct text base_url, struct tls_context *tls,
                    struct upstream_origin **out_origin, struct error *err)
{
    struct upstream_url url;
    if (!upstream_url_parse(base_url, &url, err))
        return false;
    if (url.is_tls && !tls)
        return error_set(err, ERROR_INVALID, "%.*s needs TLS, and none is set up for it", TEXT_ARG(base_url));

    struct tls_context *used_tls = url.is_tls ? tls : NULL;
    char name[MAX_ORIGIN_NAME_BYTES];
    int name_length =
        snprintf(name, sizeof(name), "%p %d %.*s", (void *)used_tls, url.port, TEXT_ARG(url.host));
    struct text key = {name, (size_t)name_length};
    struct upstream_origin *origin = map_find(pool->origins, key);
    if (!origin) {
        origin = arena_alloc(pool->arena, sizeof(*origin));
        *origin = (struct upstream_origin){
            .pool = pool, .port = url.port, .tls = used_tls, .next = pool->first_origin};
        origin->host = text_copy(pool->arena, url.host);
        origin->host_header = text_copy(pool->arena, url.authority);
        origin->serve_queue = loop_task_new(pool->loop, pool->arena, serve_queue, origin);
        pool->first_origin = origin;
        map_set(pool->origins, key, origin);
    }
    *out_origin = origin;
    return true;
}

struct text
upstream_origin_host_header(const struct upstream_origin *origin)
{
    return origin->host_header;
}

/* ---- idle connections, newest first ---- */

struct upstream_connection *
upstream_origin_take_idle(struct upstream_origin *origin)
{
    struct upstream_connection *connection = origin->newest_idle;
    if (connection)
        upstream_origin_remove_idle(origin, connection);
    return connection;
}

void
upstream_origin_put_idle(struct upstream_origin *origin, struct upstream_connection *connection)
{
    connection->newer = NULL;
    connection->older = origin->newest_idle;
    *(connection->older ? &connection->older->newer : &origin->oldest_idle) = connection;
    origin->newest_idle = connection;
    origin->idle_count++;
    if (origin->first_queued)
        loop_task_post(origin->serve_queue);
    else if (origin->idle_count > origin->pool->options.max_idle_per_origin)
        upstream_connection_close(origin->oldest_idle);
}

void
upstream_origin_remove_idle(struct upstream_origin *origin, struct upstream_connection *connection)
{
    *(connection->newer ? &connection->newer->older : &origin->newest_idle) = connection->older;
    *(connection->older ? &connection->older->newer : &origin->oldest_idle) = connection->newer;
    connection->newer = NULL;
    connection->older = NULL;
    assert(origin->idle_count > 0);
    origin->idle_count--;
}

static void
serve_queue(void *owner)
{
    struct upstream_origin *origin = owner;
    while (origin->first_queued) {
        struct upstream_call *call = origin->first_queued;
        struct upstream_connection *idle = upstream_origin_take_idle(origin);
        if (!idle && origin->connection_count >= origin->pool->options.max_connections_per_origin)
            return;
        upstream_call_dequeue(call);
        if (idle)
            upstream_connection_use(idle, call);
        else
            upstream_dial_start(call);
    }
}

static void
free_closed(void *owner)
{
    struct upstream_pool *pool = owner;
    while (pool->closed) {
        struct upstream_connection *connection = pool->closed;
        pool->closed = connection->next;
        arena_free(connection->arena);
    }
}

static void
pool_release(void *owner)
{
    struct upstream_pool *pool = owner;
    upstream_pool_close(pool);
    free_closed(pool);
}
