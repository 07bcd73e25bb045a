/* The stream that gateways dial: a hello is answered with their environment's snapshot, each change is
 * pushed, each ack and nack is kept. Starts no gateway and decides nothing about configs.
 *
 * On a unix socket the file system decides who may dial. Over TCP a gateway's certificate does: its common
 * name must be control_gateway_subject of the workspace and environment in the hello. */
#pragma once

#include "api/types/control_frames.h"
#include "lib/net/websocket.h"

struct arena;
struct error;
struct loop;
struct control_server;

/* What the owner is told; the hello is valid until on_gone of the same gateway returned. */
struct control_events {
    /* Comes before the gateway gets its first snapshot and is counted: time to raise the epoch. */
    void (*on_hello)(void *owner, const struct control_hello *gateway);
    /* reason is empty for an ack, else why the snapshot was refused. Only verdicts on the current snapshot
     * come. */
    void (*on_verdict)(void *owner, const struct control_hello *gateway, struct text reason);
    void (*on_gone)(void *owner, const struct control_hello *gateway);
    void *owner;
};

/* How many gateways of an environment are connected, and how many run its current snapshot. */
struct control_count {
    int connected;
    int acked;
    struct text
        nack_reason; /* of a gateway that refused it; empty when none did; valid until the next event */
};

struct control_options {
    struct loop *loop;
    const char *unix_path; /* NULL: none */
    const char *listen;    /* NULL: none; "0.0.0.0:8443", with mutual TLS by: */
    struct websocket_server_identity identity;
    int64_t epoch;
    struct control_events events;
};

MUST_CHECK bool control_server_start(struct arena *arena, const struct control_options *options,
                                     struct control_server **out_server, struct error *err);
/* Stops listening and forgets every gateway without telling the owner. */
void control_server_close(struct control_server *server);

/* New streams are met with this certificate and these authorities from now on; open ones go on. */
MUST_CHECK bool
control_server_use_identity(struct control_server *server, const struct websocket_server_identity *identity,
                            struct error *err);
int control_server_port(const struct control_server *server); /* of `listen` */

/* What this environment's gateways run from now on; pushed when its revision or its secrets are other than
 * before. Copied. A push makes acks of before no longer count. Nothing happens while suspended. */
void control_server_publish(struct control_server *server, struct text workspace, struct text environment,
                            const struct control_snapshot *snapshot);
/* Snapshots bear this epoch from now on, which must be higher than before; what is published is sent again.
 */
void control_server_raise_epoch(struct control_server *server, int64_t epoch);
/* Gateways of the environment get no snapshot any more; what they run they keep. */
void control_server_withdraw(struct control_server *server, struct text workspace, struct text environment);
struct control_count
control_server_count(const struct control_server *server, struct text workspace, struct text environment);

/* Not the leader (any more): every stream is closed, everything published is forgotten, and who dials is sent
 * away, until resumed with a higher epoch. A server that is to start so is suspended right after its start.
 */
void control_server_suspend(struct control_server *server);
void control_server_resume(struct control_server *server, int64_t epoch);
