/* What the tests of lib/net's sockets stand on: a loop, raw clients and raw servers on loopback, and an owner
 * for an HTTP server's calls. Everything runs in one process on one loop; a test waits for an event, never
 * for time. */
#pragma once

#include <stdbool.h>

#include "lib/base/buffer.h"
#include "lib/base/text.h"
#include "lib/net/http_server.h"
#include "lib/net/loop.h"

extern struct arena *rig_arena;
extern struct loop *rig_loop;

void rig_set_up(void);
void rig_tear_down(void);
/* Runs the loop until condition() holds at the end of a turn; fails the test when nothing happens for 20 s.
 */
void rig_run_until(bool (*condition)(void *owner), void *owner);
/* So many turns of the loop. */
void rig_run_turns(int count);

/* One end of a raw TCP connection. */
struct raw_peer {
    int fd;
    struct loop_io *io;
    struct buffer received;
    struct buffer to_send;
    size_t sent;
    bool has_ended; /* the other side sent FIN */
    bool was_reset;
    bool reads;          /* false: lets the bytes wait in the socket */
    size_t send_at_most; /* bytes a turn; 0: all */
};

struct raw_peer *raw_connect(int port);
struct raw_peer *raw_adopt(int fd);
void raw_send(struct raw_peer *peer, struct text bytes);
void raw_read(struct raw_peer *peer, bool reads);
void raw_half_close(struct raw_peer *peer);
void raw_close(struct raw_peer *peer);
struct text raw_received(const struct raw_peer *peer);
/* Until the received bytes contain this. */
void raw_wait_for(struct raw_peer *peer, struct text wanted);
void raw_wait_for_count(struct raw_peer *peer, struct text wanted, size_t count);
void raw_wait_for_length(struct raw_peer *peer, size_t length);
void raw_wait_for_end(struct raw_peer *peer);
size_t text_count(struct text where, struct text wanted);
bool raw_has(const struct raw_peer *peer, struct text wanted);

/* A raw server: takes connections, keeps them in order. */
struct raw_server {
    int fd, port;
    struct loop_io *io;
    struct raw_peer *peers[64];
    size_t peer_count;
};

struct raw_server *raw_listen(void);
void raw_wait_for_peers(struct raw_server *server, size_t count);

/* An owner of calls. */
struct call_owner {
    struct http_server *server;
    enum { ANSWER_ECHO, ANSWER_LATER } mode;
    int requests, dones, gones, refusals, writables;
    int last_refusal;
    size_t last_sent_bytes;
    struct http_call *calls[64]; /* those that are open, by arrival */
    bool abandons_when_gone;
};

struct http_server_options rig_server_options(void);
/* Starts a server on loopback whose calls this owner gets. */
void rig_serve(struct call_owner *owner, const struct http_server_options *options);
void rig_reply(struct http_call *call, int status, struct text body);
struct raw_peer *rig_client_of(struct call_owner *owner);
void rig_wait_for_requests(struct call_owner *owner, int count);
void rig_wait_for_dones(struct call_owner *owner, int count);
