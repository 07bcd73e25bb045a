/* One stream socket, plain or TLS, as eight verbs. What http_server and upstream_pool stand on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct loop;
struct tls_session;
struct transport;
struct error;

typedef void (*transport_fn)(void *owner);

struct transport_events {
    transport_fn on_readable; /* bytes or end of stream may be there */
    transport_fn on_writable; /* only while wanted */
    void *owner;
};

/* Takes over a connected or connecting non-blocking descriptor; tls may be NULL. The transport lives in the
 * arena; transport_close before the arena ends, and the arena not inside a callback of the transport: post a
 * task for it. */
struct transport *transport_new(struct arena *arena, struct loop *loop, int fd, struct tls_session *tls,
                                const struct transport_events *events);
/* As recv(2): > 0 bytes, 0 at the end of the stream, -1 with errno EAGAIN or another error. */
ssize_t transport_receive(struct transport *transport, void *bytes, size_t capacity);
/* As sendmsg(2) with these pieces: bytes taken, or -1 with errno. */
ssize_t transport_send(struct transport *transport, const struct iovec *pieces, size_t count);
void transport_want_write(struct transport *transport, bool wanted);
/* While paused no on_readable comes: back-pressure to the peer. */
void transport_pause_reading(struct transport *transport, bool paused);
/* Says that no more will be sent (close_notify, FIN); receiving goes on. */
void transport_end_sending(struct transport *transport);
void transport_close(struct transport *transport);
bool transport_is_open(const struct transport *transport);
int transport_fd(const struct transport *transport);
/* Why TLS failed, or the empty text. */
struct text transport_failure(const struct transport *transport);
