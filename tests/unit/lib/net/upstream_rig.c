/* See upstream_rig.h. */
#include "tests/unit/lib/net/upstream_rig.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"

struct upstream_pool *rig_pool;
struct upstream_origin *rig_origin;

static void
cancel(struct exchange *exchange)
{
    upstream_call_cancel(exchange->call);
    exchange->call = NULL;
    arena_free(exchange->arena); /* nothing may touch it from here on */
    exchange->arena = NULL;
}

static void
on_head(void *owner, const struct http_response_head *head)
{
    struct exchange *exchange = owner;
    exchange->heads++;
    exchange->status = head->status;
    if (exchange->cancel_at == CANCEL_AT_HEAD)
        cancel(exchange);
}

static void
on_body(void *owner, struct text content)
{
    struct exchange *exchange = owner;
    buffer_add_text(&exchange->body, content);
    if (exchange->pauses_at_body)
        upstream_call_pause(exchange->call, true);
    if (exchange->cancel_at == CANCEL_AT_BODY)
        cancel(exchange);
}

static void
on_end(void *owner, enum upstream_end end, const struct error *why)
{
    struct exchange *exchange = owner;
    exchange->ends++;
    exchange->end = end;
    if (why)
        exchange->why = *why;
    if (exchange->starts_next)
        rig_get(exchange->starts_next);
    if (exchange->cancel_at == CANCEL_AT_END)
        cancel(exchange);
    exchange->call = NULL;
}

struct upstream_pool_options
rig_pool_options(void)
{
    return (struct upstream_pool_options){.max_connections_per_origin = 8,
                                          .max_idle_per_origin = 8,
                                          .idle_timeout_ms = 15000,
                                          .max_head_bytes = 32768};
}

struct raw_server *
rig_upstream(const struct upstream_pool_options *options)
{
    struct raw_server *server = raw_listen();
    struct error err = {0};
    struct text url = text_format(rig_arena, "http://127.0.0.1:%d/v1/", server->port);
    rig_pool = upstream_pool_new(rig_arena, rig_loop, options);
    cr_assert(upstream_origin_get(rig_pool, url, NULL, &rig_origin, &err), "%s", err.message);
    return server;
}

static void
free_exchange(void *owner)
{
    struct exchange *exchange = owner;
    if (exchange->call)
        upstream_call_cancel(exchange->call);
    arena_free(exchange->arena);
}

void
rig_start(struct exchange *exchange, struct text bytes, const struct upstream_deadlines *deadlines)
{
    struct upstream_request request = {.origin = rig_origin, .deadlines = *deadlines};
    const struct upstream_events events = {on_head, on_body, on_end, exchange};
    exchange->arena = arena_new(0);
    request.bytes = text_copy(exchange->arena, bytes);
    buffer_init(&exchange->body, rig_arena, 0);
    arena_defer(rig_arena, free_exchange, exchange);
    exchange->call = upstream_call_start(exchange->arena, rig_pool, &request, &events);
}

void
rig_get(struct exchange *exchange)
{
    rig_start(exchange, TEXT(GET_U), &(struct upstream_deadlines){0});
}

static bool
has_ended(void *owner)
{
    return ((struct exchange *)owner)->ends > 0;
}

void
rig_wait_for_end(struct exchange *exchange)
{
    rig_run_until(has_ended, exchange);
}
