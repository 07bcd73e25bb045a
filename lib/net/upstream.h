/* Keep-alive connections to the servers behind us, per origin, and one exchange over them.
 *
 * Connections are reused newest first. A request on a reused connection that dies before a byte of the answer
 * came is sent once more on a fresh one. Names are resolved without blocking; each address is tried in turn.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/text.h"
#include "lib/net/http1.h"

struct arena;
struct loop;
struct tls_context;
struct upstream_pool;
struct upstream_call;
struct upstream_origin;

struct upstream_pool_options {
    size_t max_connections_per_origin; /* calls beyond it queue until connect_timeout_ms */
    size_t max_idle_per_origin;
    int64_t idle_timeout_ms;
    size_t max_head_bytes;
};

struct upstream_pool *
upstream_pool_new(struct arena *arena, struct loop *loop, const struct upstream_pool_options *options);
void upstream_pool_close(struct upstream_pool *pool);

/* An origin: scheme, host and port of a base URL. Found again for the same URL and TLS context; lives as long
 * as the pool. */
MUST_CHECK bool upstream_origin_get(struct upstream_pool *pool, struct text base_url, struct tls_context *tls,
                                    struct upstream_origin **out_origin, struct error *err);
struct text
upstream_origin_host_header(const struct upstream_origin *origin); /* "api.example.com", "127.0.0.1:9000" */
/* The path of the base URL without a trailing slash: what requests are put under ("/v1"). */
struct text upstream_url_path(struct text base_url);

enum upstream_end {
    UPSTREAM_COMPLETE,       /* the whole answer came */
    UPSTREAM_CONNECT_FAILED, /* no connection in time, name not found, TLS refused: nothing was sent */
    UPSTREAM_TIMEOUT,        /* first byte, gap or total deadline */
    UPSTREAM_CUT,            /* the connection ended inside the answer or before it */
    UPSTREAM_BROKEN,         /* the answer is not HTTP/1.1 as we accept it */
    UPSTREAM_CANCELLED,
};

/* Milliseconds; 0 means none. */
struct upstream_deadlines {
    int64_t connect_ms, first_byte_ms, gap_ms, total_ms;
};

struct upstream_request {
    struct upstream_origin *origin;
    struct text bytes; /* the whole message: head with Content-Length, and body; lives until on_end */
    bool is_head;
    struct upstream_deadlines deadlines;
};

struct upstream_events {
    void (*on_head)(void *owner, const struct http_response_head *head); /* once; valid until it returns */
    void (*on_body)(void *owner, struct text content); /* de-chunked content, any number of times */
    void (*on_end)(void *owner, enum upstream_end end, const struct error *why); /* exactly once, last */
    void *owner;
};

/* Starts an exchange; the call lives in the arena until on_end. Callbacks come from the loop. */
struct upstream_call *
upstream_call_start(struct arena *arena, struct upstream_pool *pool, const struct upstream_request *request,
                    const struct upstream_events *events);
/* No further callback comes; the connection is closed unless it was complete. */
void upstream_call_cancel(struct upstream_call *call);
/* Back-pressure: while paused nothing is read and the gap deadline stands still. What was read already (at
 * most 64 KiB) still comes. */
void upstream_call_pause(struct upstream_call *call, bool paused);
bool upstream_call_was_sent(const struct upstream_call *call); /* any byte of the request left */
