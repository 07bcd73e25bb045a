/* One exchange as its owner sees it: start, pause, cancel, and exactly one end. */
#include <assert.h>

#include "lib/base/arena.h"
#include "lib/net/upstream_dial.h"

struct upstream_failure {
    enum upstream_end end;
    struct error why;
};

static void tell_failure(void *owner);
static void wait_in_queue(struct upstream_call *call);

struct upstream_call *
upstream_call_start(struct arena *arena, struct upstream_pool *pool, const struct upstream_request *request,
                    const struct upstream_events *events)
{
    struct upstream_origin *origin = request->origin;
    struct upstream_call *call = arena_alloc(arena, sizeof(*call));
    assert(origin->pool == pool && request->bytes.length > 0);
    *call = (struct upstream_call){.arena = arena, .request = *request, .events = *events};
    if (request->deadlines.connect_ms > 0)
        call->connect_until_ms = loop_now_ms(pool->loop) + request->deadlines.connect_ms;
    if (request->deadlines.total_ms > 0)
        call->total_until_ms = loop_now_ms(pool->loop) + request->deadlines.total_ms;

    struct upstream_connection *idle = origin->first_queued ? NULL : upstream_origin_take_idle(origin);
    if (idle)
        upstream_connection_use(idle, call);
    else if (!origin->first_queued && origin->connection_count < pool->options.max_connections_per_origin)
        upstream_dial_start(call);
    else
        wait_in_queue(call);
    return call;
}

void
upstream_call_cancel(struct upstream_call *call)
{
    struct upstream_connection *connection = call->connection;
    enum upstream_call_state state = call->state;
    call->state = UPSTREAM_CALL_ENDED;
    if (state == UPSTREAM_CALL_ENDED)
        return;
    if (state == UPSTREAM_CALL_QUEUED)
        upstream_call_dequeue(call);
    upstream_dial_stop(call);
    if (call->tell_failure)
        loop_task_cancel(call->tell_failure);
    if (state == UPSTREAM_CALL_ON_CONNECTION)
        upstream_connection_close(connection);
}

void
upstream_call_pause(struct upstream_call *call, bool paused)
{
    struct upstream_connection *connection = call->connection;
    if (call->is_paused == paused || call->state == UPSTREAM_CALL_ENDED)
        return;
    call->is_paused = paused;
    if (call->state != UPSTREAM_CALL_ON_CONNECTION || connection->state != UPSTREAM_BUSY)
        return;
    const struct upstream_deadlines *deadlines = &call->request.deadlines;
    int64_t running_ms = connection->has_answered ? deadlines->gap_ms : deadlines->first_byte_ms;
    transport_pause_reading(connection->transport, paused);
    upstream_connection_set_deadline(connection, paused ? 0 : running_ms);
}

bool
upstream_call_was_sent(const struct upstream_call *call)
{
    return call->was_sent;
}

void
upstream_call_complete(struct upstream_call *call)
{
    call->state = UPSTREAM_CALL_ENDED;
    call->connection = NULL;
    call->events.on_end(call->events.owner, UPSTREAM_COMPLETE, NULL);
}

void
upstream_call_fail(struct upstream_call *call, enum upstream_end end, const struct error *why)
{
    struct loop *loop = call->request.origin->pool->loop;
    call->state = UPSTREAM_CALL_FAILED;
    call->connection = NULL;
    if (call->timer)
        loop_timer_stop(call->timer);
    call->failure = arena_alloc(call->arena, sizeof(*call->failure));
    *call->failure = (struct upstream_failure){.end = end, .why = *why};
    call->tell_failure = loop_task_new(loop, call->arena, tell_failure, call);
    loop_task_post(call->tell_failure);
}

void
upstream_call_replay(struct upstream_call *call)
{
    call->was_replayed = true;
    call->sent = 0;
    upstream_dial_start(call);
}

void
upstream_call_dequeue(struct upstream_call *call)
{
    struct upstream_origin *origin = call->request.origin;
    *(call->previous ? &call->previous->next : &origin->first_queued) = call->next;
    *(call->next ? &call->next->previous : &origin->last_queued) = call->previous;
    call->previous = NULL;
    call->next = NULL;
}

int64_t
upstream_call_time_left_ms(const struct upstream_call *call, int64_t until_ms)
{
    int64_t left_ms = until_ms - loop_now_ms(call->request.origin->pool->loop);
    return left_ms > 1 ? left_ms : 1;
}

static void
tell_failure(void *owner)
{
    struct upstream_call *call = owner;
    struct upstream_failure *failure = call->failure;
    call->state = UPSTREAM_CALL_ENDED;
    call->events.on_end(call->events.owner, failure->end, &failure->why);
}

static void
wait_in_queue(struct upstream_call *call)
{
    struct upstream_origin *origin = call->request.origin;
    call->state = UPSTREAM_CALL_QUEUED;
    call->previous = origin->last_queued;
    *(call->previous ? &call->previous->next : &origin->first_queued) = call;
    origin->last_queued = call;
    upstream_dial_wait_in_queue(call);
}
