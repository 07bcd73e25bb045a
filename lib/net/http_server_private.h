/* What the files of the HTTP server share: the server, one connection, one call. Nobody else includes it.
 *
 * Memory: a connection has a small arena of its own; a call, and bytes that wait, borrow arenas from the
 * server and give them back, so that an idle connection holds neither. Bytes are read into one scratch buffer
 * of the server. A connection is freed by its task only, never inside a callback of its transport. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/net/http_server.h"
#include "lib/net/loop.h"
#include "lib/net/transport.h"

struct sockaddr_storage;

enum {
    HTTP_SERVER_SCRATCH_BYTES = 65536,
    HTTP_SERVER_HIGH_MARK_BYTES = 256 * 1024,
    HTTP_SERVER_LOW_MARK_BYTES = 64 * 1024,
    HTTP_SERVER_MAX_PEER_BYTES = 46,
};

enum http_connection_state {
    HTTP_CONNECTION_IDLE,   /* no byte of the next request came yet */
    HTTP_CONNECTION_HEAD,   /* part of a head came */
    HTTP_CONNECTION_BODY,   /* the head is whole, the body is not */
    HTTP_CONNECTION_CALL,   /* the owner has the call; what comes meanwhile waits in `input` */
    HTTP_CONNECTION_LINGER, /* the last reply was written; reads and drops until the client closes */
    HTTP_CONNECTION_CLOSED, /* the descriptor is closed; a call may still be the owner's */
};

struct http_server {
    struct loop *loop;
    struct http_server_options options;
    struct http_server_events events;
    int listen_fd;  /* -1 once draining */
    int reserve_fd; /* given up to be able to answer when descriptors run out */
    int port;
    struct loop_io *listen_io;
    struct loop_timer *accept_again;
    struct http_connection *connections;
    int connection_count;
    struct arena **spare_arenas;
    size_t spare_count;
    char *scratch;
    char date_line[48];
    int64_t date_until_ms;
    bool is_draining;
    struct loop_timer *drain_deadline;
    struct loop_task *tell_drained;
    void (*on_drained)(void *owner);
    void *drain_owner;
};

struct http_connection {
    struct http_server *server;
    struct arena *arena;
    struct http_connection *previous, *next;
    struct transport *transport;
    struct loop_timer *timer; /* the one deadline of the state it is in */
    struct loop_task *task;   /* http_connection_settle */
    enum http_connection_state state;
    struct http_call *call;
    struct arena *input_arena; /* NULL while no input waits */
    struct buffer input;       /* bytes of requests to come, from input_at on */
    size_t input_at;
    struct buffer output; /* bytes of the reply that wait, from output_at on; in the call's arena */
    size_t output_at;
    size_t dropped_bytes;
    bool is_full;   /* the socket took less than we had: it says when it takes more */
    bool is_at_end; /* the client will send nothing more */
    char peer[HTTP_SERVER_MAX_PEER_BYTES];
};

enum http_reply_stage { HTTP_REPLY_NONE, HTTP_REPLY_STREAMING, HTTP_REPLY_COMPLETE };

struct http_call {
    struct http_connection *connection;
    struct arena *arena;
    struct buffer message; /* the head's bytes */
    struct http_request_head head;
    struct http_body body_reader;
    struct buffer body;
    int64_t started_us;
    void *state; /* the owner's */
    enum http_reply_stage reply;
    bool is_chunked;   /* how the streamed reply is framed */
    bool drops_body;   /* the reply has none: HEAD, 204, 304 */
    bool closes;       /* the connection ends with this reply */
    bool is_blocked;   /* http_call_send returned false */
    bool is_gone_told; /* on_client_gone was called */
    bool is_abandoned;
    size_t sent_bytes;
};

/* http_server.c */
struct arena *http_server_take_arena(struct http_server *server);
void http_server_return_arena(struct http_server *server, struct arena *arena);

/* http_server_accept.c */
MUST_CHECK bool http_server_listen(struct http_server *server, struct arena *arena, struct error *err);
void http_server_stop_listening(struct http_server *server);

/* http_server_connection.c */
void http_connection_start(struct http_server *server, int fd, const char *peer, bool has_room);
/* Gives up the descriptor at once; the rest follows from the task. */
void http_connection_cut(struct http_connection *connection);
void http_connection_linger(struct http_connection *connection);
void http_connection_refuse(struct http_connection *connection, const struct http_refusal *refusal);
/* Sets the deadline that the state asks for. */
void http_connection_set_deadline(struct http_connection *connection);

/* http_server_input.c */
void http_connection_read(struct http_connection *connection);
void http_connection_next_request(struct http_connection *connection);
void http_connection_begin_call(struct http_connection *connection);
