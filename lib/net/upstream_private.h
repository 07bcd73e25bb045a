/* What the files of the upstream pool share. Nobody else includes it.
 *
 * A connection belongs to one call from the moment it is dialled until the answer is whole; then it is idle
 * and belongs to the origin, or goes straight to the next call in the queue. Closed connections are freed by
 * a task. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/net/loop.h"
#include "lib/net/transport.h"
#include "lib/net/upstream.h"

enum { UPSTREAM_SCRATCH_BYTES = 65536 };

struct upstream_pool {
    struct arena *arena;
    struct loop *loop;
    struct upstream_pool_options options;
    struct resolver *resolver;
    struct map *origins;
    struct upstream_origin *first_origin;
    struct upstream_connection *closed; /* to be freed */
    struct loop_task *free_closed;
    char *scratch;
    struct http_response_head head; /* of the answer being read */
};

struct upstream_origin {
    struct upstream_pool *pool;
    struct upstream_origin *next;
    struct text host; /* without brackets */
    int port;
    struct tls_context *tls; /* NULL: plain */
    struct text host_header;
    struct upstream_connection *connections; /* all that are open or being opened */
    size_t connection_count;
    struct upstream_connection *newest_idle, *oldest_idle;
    size_t idle_count;
    struct upstream_call *first_queued, *last_queued;
    struct loop_task *serve_queue;
};

enum upstream_connection_state {
    UPSTREAM_DIALLING, /* being resolved, connected, or in its TLS handshake; no byte of the request left */
    UPSTREAM_BUSY,     /* a request is on its way or its answer awaited */
    UPSTREAM_IDLE,     /* in the origin's idle list */
    UPSTREAM_CLOSED,   /* waits to be freed */
};

struct upstream_connection {
    struct upstream_origin *origin;
    struct arena *arena;
    struct upstream_connection *previous, *next;
    struct upstream_connection *newer, *older; /* in the idle list */
    enum upstream_connection_state state;
    struct transport *transport; /* NULL until the first address is tried */
    struct loop_timer *timer;
    struct loop_task *after_failed_send;
    struct upstream_call *call;
    bool is_reused; /* it has carried an answer before */
    bool is_in_body;
    bool has_answered; /* a byte of this answer came */
    bool keeps_alive;
    struct http_body body;
    struct buffer partial_head; /* in the call's arena; empty while heads come whole */
};

enum upstream_call_state {
    UPSTREAM_CALL_QUEUED,
    UPSTREAM_CALL_ON_CONNECTION,
    UPSTREAM_CALL_FAILED,
    UPSTREAM_CALL_ENDED
};

struct upstream_call {
    struct arena *arena;
    struct upstream_request request;
    struct upstream_events events;
    enum upstream_call_state state;
    struct upstream_call *previous, *next; /* in the queue */
    struct upstream_connection *connection;
    struct upstream_dial *dial;
    struct loop_timer *timer; /* until a connection stands; NULL if one stood already */
    struct loop_task *tell_failure;
    struct upstream_failure *failure;
    int64_t connect_until_ms, total_until_ms; /* 0: none */
    size_t sent;
    bool is_paused, was_sent, was_replayed;
};

/* upstream_pool.c */
struct upstream_connection *upstream_origin_take_idle(struct upstream_origin *origin);
void upstream_origin_put_idle(struct upstream_origin *origin, struct upstream_connection *connection);
void upstream_origin_remove_idle(struct upstream_origin *origin, struct upstream_connection *connection);

/* upstream_connection.c */
struct upstream_connection *
upstream_connection_new(struct upstream_origin *origin, struct upstream_call *call);
void upstream_connection_attach(struct upstream_connection *connection, int fd);
void upstream_connection_use(struct upstream_connection *connection, struct upstream_call *call);
void upstream_connection_close(struct upstream_connection *connection);
void upstream_connection_set_deadline(struct upstream_connection *connection, int64_t delay_ms);

/* upstream_answer.c */
/* is_last: sending failed, so that when nothing can be read nothing will come. */
void upstream_answer_read(struct upstream_connection *connection, bool is_last);

/* upstream_call.c */
/* Ends the call from the loop, soon; the connection has been let go of. */
void upstream_call_fail(struct upstream_call *call, enum upstream_end end, const struct error *why);
void upstream_call_complete(struct upstream_call *call);
void upstream_call_replay(struct upstream_call *call);
void upstream_call_dequeue(struct upstream_call *call);
int64_t upstream_call_time_left_ms(const struct upstream_call *call, int64_t until_ms);
