/* Cluster-internal WebSocket streams of text messages, by libwebsockets on our loop. Never faces a caller.
 *
 * Messages are whole (fragments are joined, at most max_message_bytes), in order, and queued without loss
 * until the stream closes. Over a unix socket, or over TCP with TLS 1.3 and certificates on both sides:
 * verification cannot be switched off. Over TCP each side pings, so a peer that is gone without a word is
 * noticed within some tens of seconds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct buffer;
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
    /* A client's dial failed, why; or a server refused a peer before it was a stream. May be NULL. */
    void (*on_refused)(void *owner, struct text reason);
    void *owner;
};

/* PEM texts: whom a server shows itself as, and who signs its clients. Copied where they are taken. */
struct websocket_server_identity {
    struct text certificate, key, client_ca;
};

/* PEM texts: whom a client shows itself as, and who signs its server. Copied where they are taken. */
struct websocket_client_identity {
    struct text certificate, key, server_ca;
};

/* Paths of PEM files, read again at each dial, so that what rotates is followed. */
struct websocket_client_files {
    const char *certificate, *key, *server_ca;
};

struct websocket_options {
    struct loop *loop;
    const char *unix_path; /* or NULL, and: */
    const char *address; /* server: "0.0.0.0:8443" or "[::]:8443" (port 0: any); client: "wss://host:port" */
    struct websocket_server_identity identity; /* server over TCP */
    struct websocket_client_files files;       /* client over TCP; none: websocket_client_use_identity */
    const char *server_name; /* client: what the server's certificate must be for; NULL: the address's host */
    int ping_seconds;        /* over TCP; 0: 15. A peer that is silent for 2.5 times as long is gone */
    size_t max_message_bytes; /* a longer one closes the stream */
    struct websocket_events events;
};

/* Listens on the unix socket (mode 0600, an old one is replaced), or on the TCP address, speaking subprotocol
 * "weir-control". */
MUST_CHECK bool websocket_server_start(struct arena *arena, const struct websocket_options *options,
                                       struct websocket_server **out_server, struct error *err);
/* Every open stream hears on_close. When only the arena ends, nobody is told. */
void websocket_server_close(struct websocket_server *server);
int websocket_server_port(const struct websocket_server *server); /* 0 on a unix socket */
/* From now on new streams are met with these; open ones go on. After a failure the old ones hold. */
MUST_CHECK bool
websocket_server_use_identity(struct websocket_server *server,
                              const struct websocket_server_identity *identity, struct error *err);

/* Dials, and again after every close, with jittered back-off from 50 ms to 5 s, until closed. */
struct websocket_client *websocket_client_start(struct arena *arena, const struct websocket_options *options);
void websocket_client_close(struct websocket_client *client);
/* Over TCP, in place of files: new streams are met with this; open ones go on. Before it, dials fail. After a
 * failure the old one holds. */
MUST_CHECK bool
websocket_client_use_identity(struct websocket_client *client,
                              const struct websocket_client_identity *identity, struct error *err);

void websocket_stream_send(struct websocket_stream *stream, struct text message);
/* A large message is written where it is sent from: add to the buffer all of it but its head, for which so
 * much room is kept, and then end or drop it; nothing else is asked of the stream meanwhile. NULL: it is
 * closing. */
struct buffer *websocket_stream_begin(struct websocket_stream *stream, size_t head_bytes);
void websocket_stream_end(struct websocket_stream *stream, struct text head);
void websocket_stream_drop(struct websocket_stream *stream);
void websocket_stream_close(struct websocket_stream *stream);
void websocket_stream_set_state(struct websocket_stream *stream, void *state);
void *websocket_stream_state(const struct websocket_stream *stream);
/* The verified common name of the peer's certificate; empty over a unix socket. Lives with the stream. */
struct text websocket_stream_peer(const struct websocket_stream *stream);
