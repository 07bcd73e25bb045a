/* What the two sides of a WebSocket share: one stream. Nobody else includes it. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/net/websocket.h"

struct lws;
struct lws_context;

#define WEBSOCKET_PROTOCOL "weir-control"

struct websocket_stream {
    struct arena *arena; /* the stream's own */
    struct lws *wsi;
    const struct websocket_events *events;
    size_t max_message_bytes;
    struct buffer received; /* fragments of the message that is coming */
    struct buffer queued;   /* records of messages to send, from queued_at on */
    size_t queued_at;
    size_t sent_bytes; /* of the first record's message */
    bool is_closing;
    void *state; /* the owner's */
};

struct websocket_stream *
websocket_stream_open(struct lws *wsi, const struct websocket_events *events, size_t max_message_bytes);
/* Both return what the lws callback returns: -1 closes the stream. */
int websocket_stream_receive(struct websocket_stream *stream, const void *bytes, size_t length);
int websocket_stream_write(struct websocket_stream *stream);
/* Tells the owner and frees it. NULL is fine. */
void websocket_stream_closed(struct websocket_stream *stream);

/* A context of libwebsockets on our loop, without listeners and without TLS. */
struct lws_context *websocket_context_new(struct loop *loop, const void *protocols, void *owner);
