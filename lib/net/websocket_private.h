/* What the two sides of a WebSocket share: one stream. Nobody else includes it. */
#pragma once

#include <libwebsockets.h>

#include "lib/base/buffer.h"
#include "lib/net/websocket.h"

#define WEBSOCKET_PROTOCOL "weir-control"

struct websocket_stream {
    struct arena *arena; /* the stream's own */
    struct lws *wsi;
    const struct websocket_events *events;
    size_t max_message_bytes;
    struct buffer received; /* fragments of the message that is coming */
    struct buffer queued;   /* records of messages to send, from queued_at on */
    size_t queued_at;
    size_t sent_bytes;                 /* of the first record's message */
    size_t begun_at, begun_head_bytes; /* websocket_stream_begin's last */
    bool is_closing;
    bool is_client;
    struct text peer;
    void *state; /* the owner's */
};

struct websocket_stream_options {
    const struct websocket_events *events; /* outlives the stream */
    size_t max_message_bytes;
    bool is_client;
    bool is_verified; /* over TLS */
};

/* NULL when the peer is not who it must be. */
struct websocket_stream *
websocket_stream_open(struct lws *wsi, const struct websocket_stream_options *options);
/* Both return what the lws callback returns: -1 closes the stream. */
int websocket_stream_receive(struct websocket_stream *stream, const void *bytes, size_t length);
int websocket_stream_write(struct websocket_stream *stream);
/* Tells the owner and frees it. NULL is fine. */
void websocket_stream_closed(struct websocket_stream *stream);

/* After how many seconds of silence the other side is asked, and after how many it is gone. */
struct lws_retry_bo websocket_idle_policy(int ping_seconds);

enum websocket_side { WEBSOCKET_UNIX, WEBSOCKET_TLS_CLIENT, WEBSOCKET_TLS_SERVER };

/* What a context of libwebsockets is made with; all of it outlives the context. */
struct websocket_context_options {
    enum websocket_side side;
    const void *protocols;
    void *owner;
    SSL_CTX *client_tls;
    const struct lws_retry_bo *idle; /* NULL: streams may be silent for ever */
};

/* On our loop, without listeners. NULL when libwebsockets does not start. */
struct lws_context *websocket_context_new(struct loop *loop, const struct websocket_context_options *options);
