/* Cluster-internal WebSocket streams of text messages, by libwebsockets on our loop. Never faces a caller.
 *
 * Messages are whole (fragments are joined, at most max_message_bytes), in order, and queued without loss
 * until the stream closes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct loop;
struct websocket_server;
struct websocket_client;
struct websocket_stream;

struct websocket_events {
    void (*on_open)(void *owner, struct websocket_stream *stream);
    void (*on_message)(void *owner, struct websocket_stream *stream, struct text message);
    void (*on_close)(
        void *owner,
        struct websocket_stream *stream); /* exactly once after on_open; the stream is gone after */
    void *owner;
};

struct websocket_options {
    struct loop *loop;
    const char *unix_path;
    size_t max_message_bytes; /* a longer one closes the stream */
    struct websocket_events events;
};

/* Listens on the unix socket (mode 0600, an old one is replaced) speaking subprotocol "weir-control". */
MUST_CHECK bool websocket_server_start(struct arena *arena, const struct websocket_options *options,
                                       struct websocket_server **out_server, struct error *err);
/* Every open stream hears on_close. When only the arena ends, nobody is told. */
void websocket_server_close(struct websocket_server *server);

/* Dials the unix socket and again after every close, with jittered back-off from 50 ms to 5 s, until closed.
 */
struct websocket_client *websocket_client_start(struct arena *arena, const struct websocket_options *options);
void websocket_client_close(struct websocket_client *client);

void websocket_stream_send(struct websocket_stream *stream, struct text message);
void websocket_stream_close(struct websocket_stream *stream);
void websocket_stream_set_state(struct websocket_stream *stream, void *state);
void *websocket_stream_state(const struct websocket_stream *stream);
