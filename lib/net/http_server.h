/* An HTTP/1.1 server: listen, keep-alive, pipelining in order, chunked both ways, Expect, back-pressure,
 * drain.
 *
 * One http_call is one request and its reply; its memory is in call->arena, which ends when on_done returned.
 * Nothing here knows what a call means. A framing error is answered and the connection closed before anybody
 * hears of it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/net/http1.h"

struct arena;
struct error;
struct http_server;
struct http_call;
struct loop;
struct tls_context;

struct http_server_options {
    struct loop *loop;
    const char *address;      /* "127.0.0.1", "::", "0.0.0.0"; "/path" is a unix socket of mode 0600 */
    int port;                 /* 0: any; see http_server_port */
    bool reuse_port;          /* SO_REUSEPORT: several processes share the port */
    struct tls_context *tls;  /* NULL: plain */
    size_t max_body_bytes;    /* beyond: 413 */
    int max_connections;      /* beyond: accepted, answered 503, closed */
    int64_t head_timeout_ms;  /* from the first byte of a head to its end: 408 */
    int64_t body_timeout_ms;  /* between two reads of a body: 408 */
    int64_t idle_timeout_ms;  /* between two requests: closed */
    int64_t write_timeout_ms; /* no byte taken by the client for so long: cut */
};

/* What the owner of a server is told about its calls; on_request comes when the whole body is there. */
struct http_server_events {
    void (*on_request)(void *owner, struct http_call *call);
    /* The reply's waiting bytes fell below the low mark after http_call_send returned false. */
    void (*on_writable)(void *owner, struct http_call *call);
    /* The client went away before the reply was complete; on_done follows after http_call_abandon. */
    void (*on_client_gone)(void *owner, struct http_call *call);
    void (*on_done)(void *owner, struct http_call *call); /* exactly once for each on_request, last */
    /* A message was refused before it was a call: for metrics. May be NULL. */
    void (*on_refused)(void *owner, const struct http_refusal *refusal);
    void *owner;
};

MUST_CHECK bool http_server_start(struct arena *arena, const struct http_server_options *options,
                                  const struct http_server_events *events, struct http_server **out_server,
                                  struct error *err);
int http_server_port(const struct http_server *server);
int http_server_connection_count(const struct http_server *server);
/* Walks the calls that have a state of their owner's, in no order: NULL begins, and ends. Costs a look at
 * each connection; what it returns is good until the loop goes on. */
struct http_call *http_server_next_call(const struct http_server *server, const struct http_call *call);
/* From now on these bounds hold. Connections that are there stay, also when fewer are allowed now; a body
 * that is arriving is held to the new bound. */
void http_server_set_limits(struct http_server *server, size_t max_body_bytes, int max_connections);
/* Stops listening, finishes the calls in flight with Connection: close, closes idle connections; on_drained
 * when none is left or deadline_ms passed (what is left then is cut). */
void http_server_drain(struct http_server *server, int64_t deadline_ms, void (*on_drained)(void *owner),
                       void *owner);

/* The call: valid from on_request until on_done returns. */
struct arena *http_call_arena(struct http_call *call);
const struct http_request_head *http_call_head(const struct http_call *call);
struct text http_call_body(const struct http_call *call);
struct text http_call_peer(const struct http_call *call);      /* the client's address, without port */
int64_t http_call_started_us(const struct http_call *call);    /* clock_now_us when its first byte came */
void http_call_set_state(struct http_call *call, void *state); /* the owner's, kept for it */
void *http_call_state(const struct http_call *call);

struct http_reply_head {
    int status;
    const struct http_header *headers; /* Content-Length, Connection, Date are added here */
    size_t header_count;
};

/* A whole reply in one piece; the body is copied if it cannot be sent at once. */
void http_call_reply(struct http_call *call, const struct http_reply_head *head, struct text body);
/* A streamed reply: start (chunked, or until close for HTTP/1.0), any number of sends, end. send returns
 * false when more than the high mark (256 KiB) is waiting: stop until on_writable. */
void http_call_start_reply(struct http_call *call, const struct http_reply_head *head);
bool http_call_send(struct http_call *call, struct text bytes);
void http_call_end_reply(struct http_call *call);
/* Cuts the reply short: the connection is closed without the final chunk, so the client sees it is not whole.
 * Also what the owner calls in (or after) on_client_gone when it is finished with the call. */
void http_call_abandon(struct http_call *call);
/* Bytes of the reply that the kernel took so far, head and framing included; on_done comes when it took all.
 */
size_t http_call_sent_bytes(const struct http_call *call);
