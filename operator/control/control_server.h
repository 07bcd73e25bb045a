/* The stream that gateways dial: a hello is answered with their environment's snapshot, each change is
 * pushed, each ack and nack is kept. Starts no gateway and decides nothing about configs. */
#pragma once

#include "api/types/control_frames.h"

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
    const char *unix_path;
    int64_t epoch;
    struct control_events events;
};

MUST_CHECK bool control_server_start(struct arena *arena, const struct control_options *options,
                                     struct control_server **out_server, struct error *err);
/* Stops listening and forgets every gateway without telling the owner. */
void control_server_close(struct control_server *server);

/* What this environment's gateways run from now on; pushed when it is another revision than before. Copied.
 */
void control_server_publish(struct control_server *server, struct text workspace, struct text environment,
                            const struct control_snapshot *snapshot);
/* Snapshots bear this epoch from now on, which must be higher than before; what is published is sent again.
 */
void control_server_raise_epoch(struct control_server *server, int64_t epoch);
/* Gateways of the environment get no snapshot any more; what they run they keep. */
void control_server_withdraw(struct control_server *server, struct text workspace, struct text environment);
struct control_count
control_server_count(const struct control_server *server, struct text workspace, struct text environment);
