/* Where the next dial of a WebSocket client goes. For websocket_client.c only. */
#pragma once

#include "lib/net/resolver.h"
#include "lib/net/unix_socket.h"
#include "lib/net/websocket_private.h"

struct error;

struct websocket_dial {
    /* What libwebsockets dials, once found. */
    char address[UNIX_SOCKET_MAX_PATH + 1]; /* an IP address, or "+/path": libwebsockets' form of a path */
    const char *server_name;
    int port;
    SSL_CTX *tls;      /* NULL on a unix socket */
    bool has_identity; /* tls has certificates that were given: no files are read */

    /* The rest is the dial's own. */
    const char *unix_path;
    struct unix_socket_path opened; /* while a connection is being made */
    struct websocket_client_files files;
    struct text host;
    struct text problem; /* the URL is none */
    struct resolver *resolver;
    int ticket;
    bool is_resolving;
    unsigned dials;
    void (*on_found)(void *owner, const struct error *why);
    void *owner;
};

/* on_found comes once after each websocket_dial_find; why is NULL when address and port are there and tls has
 * its certificates. */
void
websocket_dial_init(struct websocket_dial *dial, struct arena *arena, const struct websocket_options *options,
                    void (*on_found)(void *owner, const struct error *why), void *owner);
void websocket_dial_find(struct websocket_dial *dial);
/* The connection is there, or will not be. */
void websocket_dial_over(struct websocket_dial *dial);
void websocket_dial_close(struct websocket_dial *dial);
